"""The gate's promise, and its answer: every rule looked at, what holds it, and until when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from server.core.throttle import Finding, Touch, Window

LEARNED_FOR = timedelta(days=7)
"""How long a gate believes what it learned of a person, before the ledger is read again."""


class GateAway(Exception):
    """The gate's memory cannot be reached. Who wants to show says no; who wants to send asks the ledger."""


@dataclass(frozen=True)
class Verdict:
    """Allowed, or held by the first rule that failed. `findings` names every rule, pass or fail."""

    findings: tuple[Finding, ...]

    @property
    def allowed(self) -> bool:
        return all(f.passed for f in self.findings)

    @property
    def held_by(self) -> str:
        """The rule that holds it; empty when allowed."""
        return next((f.rule for f in self.findings if not f.passed), "")

    @property
    def until(self) -> datetime | None:
        """The earliest time at which all would pass; None when allowed, or when time alone will not do."""
        failed = [f for f in self.findings if not f.passed]
        times = [f.until for f in failed if f.until]
        return max(times) if failed and len(times) == len(failed) else None


@dataclass(frozen=True)
class Ask:
    """One survey that might be asked now, and the windows it must fit into."""

    survey: int
    channel: str
    windows: tuple[Window, ...]


@dataclass(frozen=True)
class Leased:
    """The place is taken for `asks[index]`, until it is kept, given back or lapses."""

    index: int


@dataclass(frozen=True)
class Held:
    """No survey passed. `verdicts` has one for each ask, in order."""

    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True)
class Unfamiliar:
    """The gate does not know this person's touches: teach it with `learn`, then ask again."""


class Gate(Protocol):
    """Who may be asked now. One answer for every channel, in every process.

    `person` is any text that names one person; `now` is the caller's; nothing here reads a clock. `policy` names the
    rules in force: what was learned under others is not believed, for other touches may count under these.
    Every method raises GateAway when the memory behind it cannot be reached.
    """

    def lease(
        self,
        ticket: str,
        person: str,
        asks: Sequence[Ask],
        policy: str,
        now: datetime,
        lasts: timedelta,
        new: bool = False,
    ) -> Leased | Held | Unfamiliar:
        """Take the place for the first ask that passes. Of any number of simultaneous callers only as many get
        one as the windows allow. The same ticket again gets its own place again. `new` says that this person
        is known to have no touches."""

    def learn(self, person: str, touches: Sequence[Touch], policy: str, now: datetime) -> None:
        """These are the person's touches that count under `policy`, from the ledger. A ticket among them that was
        leased is kept with that."""

    def note(self, person: str, touch: Touch) -> None:
        """One touch came, or changed. What was learned before stays believed."""

    def give_back(self, ticket: str, person: str) -> None:
        """The place is free again, whether leased or kept."""

    def forget(self, person: str) -> None:
        """Everything about this person; the next ask reads the ledger."""
