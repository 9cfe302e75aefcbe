"""How large the storm is, over whom it goes, and what is held to be true afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

CHANNELS = ("widget", "view", "email", "sms")
SKEWS = tuple(timedelta(minutes=minutes) for minutes in (0, 5, -5, 1, -3, 4, -1, 2))
"""How far the clock of each process is off."""


@dataclass(frozen=True)
class Rules:
    """A site's policy, and how many asks of one survey it allows one person within the hour; None is any number."""

    name: str
    policy: dict[str, Any]
    allows: int | None
    lasts: timedelta = timedelta(days=1)
    """The storm must not last longer than this for `allows` to be so."""


NO_RESTS = {f"rest{after}_days": "none" for after in ("", "_after_dismissal", "_after_answer")}
AT_NIGHT = {"send_hours": {"sms": "none"}}
"""The storm goes on at any hour."""
RULES = (
    Rules("rest", {**AT_NIGHT, "load": "none"}, 1),
    Rules("load", {**AT_NIGHT, **NO_RESTS, "load": {"touches": 2, "days": 7}}, 2),
    Rules("none", {**AT_NIGHT, **NO_RESTS, "load": "none"}, None),
    Rules("short", {**AT_NIGHT, "rest_days": 0.001, "load": "none"}, 1, timedelta(days=0.001)),
)
"""The last is shorter than the clocks are apart: only one time for all can keep it."""


@dataclass(frozen=True)
class Plan:
    """`persons`, each asked `asks` times on each channel at about the same time, by all processes."""

    persons: int = 500
    asks: int = 64
    processes: int = 8
    threads: int = 4
    at_once: int = 4
    """Persons whose asks are mixed, so that the storm goes over all of them at the same time."""
    fault_every: float = 2.0

    @property
    def total(self) -> int:
        return self.persons * self.asks * len(CHANNELS)

    def rules_of(self, person: int) -> Rules:
        return RULES[person % len(RULES)]


@dataclass(frozen=True)
class Place:
    """Where the parts are, and the sites by the name of their rules."""

    database_url: str
    redis_url: str
    data: str
    sites: dict[str, int]


@dataclass(frozen=True)
class Left:
    """One ask that reached somebody: a 200 of `show`, or a message that the provider took."""

    ticket: str
    person: int
    channel: str
    at: float
    """Seconds since 1970, by the one true clock."""
    heard: bool = True
    """Whoever sent it knows that it left."""


def email(person: int) -> str:
    return f"p{person}@example.com"


def phone(person: int) -> str:
    return f"+1415{2_000_000 + person}"
