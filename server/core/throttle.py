"""How often is too often: every frequency rule is a window over the touches of one person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

TouchKind = Literal["ask", "continuation", "external", "answered"]
Channel = Literal["widget", "view", "link", "email", "sms"]
SENT: tuple[Channel, ...] = ("email", "sms")
SHOWN: tuple[Channel, ...] = ("widget", "view")

SLACK = timedelta(hours=12)
"""Taken off windows of whole days, so that "every 90 days" does not creep a little later each time."""

DEFAULT_REST = timedelta(days=30)

LEASE_SHOWN = timedelta(minutes=2)
LEASE_SENT = timedelta(minutes=10)
"""How long a place is held between the decision and the deed: a blocked frame, a dead worker."""


@dataclass(frozen=True)
class Touch:
    """A line of the contact ledger. `survey` is 0 for what another system reported."""

    ticket: str
    kind: TouchKind
    channel: str
    survey: int
    at: datetime


@dataclass(frozen=True)
class Window:
    """At most `limit` touches of `kinds` in the last `lasts`; of one survey only when `survey` is set."""

    rule: str
    kinds: tuple[TouchKind, ...]
    limit: int
    lasts: timedelta
    survey: int = 0

    def counts(self, touch: Touch) -> bool:
        return touch.kind in self.kinds and self.survey in (0, touch.survey)


@dataclass(frozen=True)
class Finding:
    """One rule looked at: passed, or held until a time by a touch."""

    rule: str
    passed: bool
    until: datetime | None = None
    touch: Touch | None = None
    because: str = ""
    is_lease: bool = False
    """Held by a place that another ask is about to take; it may yet come free."""


@dataclass(frozen=True)
class Policy:
    """What a site has decided about asking. `rest` of None switches the rule off, explicitly."""

    rest: timedelta | None = DEFAULT_REST

    def windows(self, survey: int) -> tuple[Window, ...]:
        """The windows that an ask of `survey` must fit into."""
        if self.rest is None:
            return ()
        return (Window("rest", ("ask",), 1, with_slack(self.rest)),)


def policy_from(stored: Mapping[str, Any]) -> Policy:
    """A policy as it is stored: `{"rest_days": 30}`; `"none"` switches a rule off, absent means the default."""
    days = stored.get("rest_days")
    if days is None:
        return Policy()
    return Policy(rest=None if days == "none" else timedelta(days=float(days)))


def with_slack(lasts: timedelta) -> timedelta:
    """`lasts`, less the slack when it is a number of whole days."""
    whole_days = lasts >= timedelta(days=1) and lasts % timedelta(days=1) == timedelta(0)
    return lasts - SLACK if whole_days else lasts


def judge(windows: Sequence[Window], touches: Iterable[Touch], now: datetime, mine: str = "") -> tuple[Finding, ...]:
    """Each window against the ledger, at `now`. The touch of ticket `mine` is not held against itself.

    A touch later than `now` counts: a clock that went back must not make a rest shorter.
    """
    others = [t for t in touches if t.ticket != mine]
    return tuple(_judge_one(window, others, now) for window in windows)


def _judge_one(window: Window, touches: Sequence[Touch], now: datetime) -> Finding:
    counted = sorted((t for t in touches if window.counts(t) and t.at > now - window.lasts), key=lambda t: t.at)
    if len(counted) < window.limit:
        return Finding(window.rule, passed=True)
    last = counted[-window.limit]
    return Finding(window.rule, passed=False, until=last.at + window.lasts, touch=last)


def reach(windows: Iterable[Window]) -> timedelta:
    """How far back the ledger must be read for these windows."""
    return max((w.lasts for w in windows), default=timedelta(0))
