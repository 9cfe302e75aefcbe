"""What follows a message that was sent, or could not be: another channel, a reminder, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from server.core.delivery import WAITING, State
from server.core.surveys.delivery import Delivery

StepKind = Literal["fallback", "reminder", "follow_up", "link"]

REACHED: tuple[State, ...] = ("accepted", "delivered", "unconfirmed")
"""She has it, or may have."""
MISSED: tuple[State, ...] = ("failed", "bounced", "expired", "suppressed")
"""It has not reached her, and another way might."""


@dataclass(frozen=True)
class Step:
    """Which continuation of a story a message is. Of one story each name is planned once. `link`: she asked on the
    phone for a link by text."""

    kind: StepKind
    channel: str
    number: int = 1
    """Of reminders: the first, the second and so on."""

    @property
    def name(self) -> str:
        """`fallback:sms`, `reminder:2:email`, `follow_up:email`."""
        return ":".join([self.kind, *([str(self.number)] if self.kind == "reminder" else []), self.channel])


def step_from(name: str | None) -> Step | None:
    """The step of this name; None for the message that began a story."""
    match (name or "").split(":"):
        case ["reminder", number, channel]:
            return Step("reminder", channel, int(number))
        case ["fallback" | "follow_up" | "link" as kind, channel]:
            return Step(kind, channel)
    return None


@dataclass(frozen=True)
class Leg:
    """One message of a story, as far as it has come: due `at`, and worth sending `until`."""

    step: Step | None
    channel: str
    state: State
    at: datetime
    until: datetime
    attempts: int = 0

    @property
    def is_made(self) -> bool:
        """It is more than a plan."""
        return self.state not in WAITING or self.attempts > 0

    @property
    def is_open(self) -> bool:
        return self.state in (*WAITING, "calling")


@dataclass(frozen=True)
class Next:
    """What follows, and when."""

    step: Step
    due_at: datetime


def what_follows(delivery: Delivery, legs: Sequence[Leg], open_to: Sequence[str], now: datetime) -> Next | None:
    """The one message that comes next in the story of somebody who has neither answered nor said no.

    `legs` begin with the first message, in the order in which they were planned; plans that were overtaken are not
    among them. `open_to`: the channels on which she has an address and may be written to. The same legs give the
    same step, in whatever order they came to be as they are.
    """
    made = [leg for leg in legs if leg.is_made]
    chain = [leg for leg in made if leg.step is None or leg.step.kind == "fallback"]
    if not chain or chain[-1].is_open or any(leg.state == "cancelled" for leg in made):
        return None
    last, reached = chain[-1], [leg for leg in chain if leg.state in REACHED]
    tried = {leg.channel for leg in chain}
    onward = next((each for each in delivery.channels if each in open_to and each not in tried), "")
    if onward and last.state in MISSED:
        # What expired while nobody was at work is not asked hours later by another way either.
        return Next(Step("fallback", onward), min(now, last.until) if last.state == "expired" else now)
    if onward and last.state in REACHED and delivery.fallback_after:
        return Next(Step("fallback", onward), max(now, last.at + delivery.fallback_after))
    return _reminder(delivery, made, reached[-1], now) if reached else None


def _reminder(delivery: Delivery, made: Sequence[Leg], reached: Leg, now: datetime) -> Next | None:
    """By the way that reached her last, for as long as there are any left."""
    said = [leg for leg in made if leg.step and leg.step.kind == "reminder"]
    if delivery.reminders is None or len(said) >= delivery.reminders.times or any(leg.is_open for leg in said):
        return None
    since = max(leg.at for leg in (*said, reached))
    step = Step("reminder", reached.channel, len(said) + 1)
    return Next(step, max(now, since + delivery.reminders.every))
