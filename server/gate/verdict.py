"""The gate's promise, and its answer: every rule looked at, what holds it, and until when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from typing import NamedTuple, Protocol

from server.core.throttle import Finding, Touch, Window

LEARNED_FOR = timedelta(days=7)
"""How long a gate believes what it learned of a person, before the ledger is read again."""
READING_LASTS = timedelta(seconds=10)
"""How long one may take to read the ledger for a gate that asked for it."""


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
        """The earliest time at which all would pass; None when allowed, or when waiting alone will not do."""
        return _over([f for f in self.findings if not f.passed])


def _over(held: Sequence[Finding]) -> datetime | None:
    """When none of these holds any more; None when there are none, or when waiting alone will not do."""
    ends = [at for finding in held if (at := finding.ends)]
    return max(ends) if held and len(ends) == len(held) else None


@dataclass(frozen=True)
class Ask:
    """One survey that might be asked now, and the windows it must fit into."""

    survey: int
    channel: str
    windows: tuple[Window, ...]


@dataclass(frozen=True, eq=False)
class Docket:
    """What might be asked, in order of preference, under one policy. Made once, and asked about often.

    `policy` names the rules in force: what a gate learned under others it does not believe, for other touches may
    count under these.
    """

    asks: tuple[Ask, ...]
    policy: str

    @cached_property
    def windows(self) -> tuple[Window, ...]:
        """Every different window: most surveys look through the same ones."""
        return tuple(dict.fromkeys(window for ask in self.asks for window in ask.windows))

    @cached_property
    def looks(self) -> tuple[tuple[int, ...], ...]:
        """For each ask, which of `windows` are its own."""
        place = {window: n for n, window in enumerate(self.windows)}
        return tuple(tuple(place[window] for window in ask.windows) for ask in self.asks)


@dataclass(frozen=True)
class Known:
    """What the ledger says of somebody: her touches, as far as any window looks, and on which channels she must not
    be asked at all. Or that this is but another name of hers, and she is known as `elsewhere`. Of a name that nobody
    has yet this holds only for who says the same `beside` it: None when it is somebody's."""

    touches: tuple[Touch, ...] = ()
    barred: frozenset[str] = frozenset()
    elsewhere: str = ""
    beside: str | None = None


@dataclass(frozen=True)
class Leased:
    """The place is taken for `asks[index]`, until it is kept, given back or lapses."""

    index: int


@dataclass(frozen=True)
class Held:
    """None of the asks that were `tried` passed. `filled` has what stands in each window that let nobody through, by
    the window's place in the docket."""

    docket: Docket
    tried: Sequence[int]
    filled: Mapping[int, Finding] = field(default_factory=dict)
    barred: frozenset[str] = frozenset()

    def verdict(self, index: int) -> Verdict:
        """Every rule of `asks[index]`, pass or fail."""
        ask = self.docket.asks[index]
        findings = [self.filled.get(n) or Finding(self.docket.windows[n].rule, True) for n in self.docket.looks[index]]
        if ask.channel in self.barred:
            findings.insert(0, Finding("consent", False, because=f"she must not be asked by {ask.channel}"))
        return Verdict(tuple(findings))

    @property
    def rules(self) -> tuple[str, ...]:
        """The rule that holds each ask of the docket, as its verdict has it; empty for one that was not tried and
        would pass. For those who have no time for the verdicts."""
        return self._pattern.rules

    @property
    def soonest(self) -> datetime | None:
        """The earliest time at which any ask of the docket would pass, of those that are held; None when waiting
        alone will not do."""
        return min((at for full in self._pattern.together if (at := self._until(full))), default=None)

    def until_of(self, index: int) -> datetime | None:
        """The earliest time at which `asks[index]` would pass, as its verdict has it."""
        return self._until(self._pattern.full[index])

    def _until(self, full: Sequence[int]) -> datetime | None:
        return _over([self.filled[n] for n in full])

    @property
    def _pattern(self) -> _Pattern:
        return _pattern(self.docket, frozenset(self.filled), self.barred)

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """One for each ask that was tried, in order."""
        return tuple(self.verdict(index) for index in self.tried)


class _Pattern(NamedTuple):
    """Which asks are held by which windows: there are far fewer such cases than people."""

    rules: tuple[str, ...]
    full: tuple[tuple[int, ...], ...]
    """For each ask the full windows that it looks through; none for one that is barred."""
    together: frozenset[tuple[int, ...]]
    """The different ones of these: most surveys are held by the same windows."""


@lru_cache(maxsize=1024)
def _pattern(docket: Docket, filled: frozenset[int], barred: frozenset[str]) -> _Pattern:
    rules, full = [], []
    for ask, looks in zip(docket.asks, docket.looks, strict=True):
        is_barred = ask.channel in barred
        hers = () if is_barred else tuple(n for n in looks if n in filled)
        rules.append("consent" if is_barred else docket.windows[hers[0]].rule if hers else "")
        full.append(hers)
    return _Pattern(tuple(rules), tuple(full), frozenset(full) - {()})


@dataclass(frozen=True)
class Unfamiliar:
    """The gate does not know this person's touches: teach it with `learn`, naming this reading, then ask again."""

    reading: str


@dataclass(frozen=True)
class Elsewhere:
    """This person is known under another name: ask for that."""

    person: str


Answer = Leased | Held | Unfamiliar | Elsewhere


class Gate(Protocol):
    """Who may be asked now. One answer for every channel, in every process.

    `person` is any text that names one person; `now` is the caller's; nothing here reads a clock. Every method raises
    GateAway when the memory behind it cannot be reached.
    """

    def lease(
        self,
        ticket: str,
        person: str,
        docket: Docket,
        now: datetime,
        lasts: timedelta,
        tried: Sequence[int] | None = None,
        new: bool = False,
        beside: str = "",
    ) -> Answer:
        """Take the place for the first ask that passes, of those that are `tried` (all, when None). Of any number of
        simultaneous callers only as many get one as the windows allow. The same ticket again gets its own place
        again. `new` says that this person is known to have no touches, `beside` what else is said of her."""

    def learn(self, person: str, reading: str, known: Known, policy: str, now: datetime) -> bool:
        """This is what the ledger says under `policy`. False when something happened to the person since this reading
        was asked for, so that it may be out of date: nothing is learned. A ticket among the touches that was leased
        is kept with that."""

    def note(self, person: str, touch: Touch) -> None:
        """One touch came, or something came of it: of two outcomes the one that says more stays, whichever was noted
        last. What was learned before stays believed."""

    def give_back(self, ticket: str, person: str) -> None:
        """The place is free again, whether leased or kept."""

    def forget(self, person: str) -> None:
        """Everything about this person; the next ask reads the ledger."""
