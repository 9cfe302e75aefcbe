"""The gate in a dictionary: the same promise as the one in Redis, for one process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Lock

from server.core.throttle import Finding, Touch, judge, weightier
from server.gate.verdict import LEARNED_FOR, Answer, Docket, Elsewhere, Held, Known, Leased, Unfamiliar


@dataclass
class _Person:
    touches: dict[str, Touch] = field(default_factory=dict)
    leases: dict[str, tuple[Touch, datetime]] = field(default_factory=dict)
    learned: tuple[str, datetime] | None = None
    barred: frozenset[str] = frozenset()
    elsewhere: str = ""
    beside: str | None = None
    reading: str = ""

    def is_familiar(self, policy: str, beside: str, now: datetime) -> bool:
        is_learned = self.learned is not None and self.learned[0] == policy and self.learned[1] > now - LEARNED_FOR
        return is_learned and self.beside in (None, beside)

    def filled(self, docket: Docket, ticket: str, now: datetime) -> dict[int, Finding]:
        """What stands in each window that is full, by its place in the docket."""
        # Of one moment leases are the newest, and of these the one that lapses last: a place is free when that one is.
        about_to = [replace(touch, at=now) for touch, _ in sorted(self.leases.values(), key=lambda lease: lease[1])]
        found = judge(docket.windows, [*self.touches.values(), *about_to], now, mine=ticket)
        return {n: self._until_it_lapses(finding) for n, finding in enumerate(found) if not finding.passed}

    def _until_it_lapses(self, finding: Finding) -> Finding:
        lease = self.leases.get(finding.touch.ticket) if finding.touch else None
        return replace(finding, until=lease[1], is_lease=True) if lease else finding


class MemoryGate:
    """Every person's touches and leases, behind one lock."""

    def __init__(self) -> None:
        self._people: dict[str, _Person] = {}
        self._lock = Lock()

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
        with self._lock:
            who = self._people.setdefault(person, _Person())
            if not (new or who.is_familiar(docket.policy, beside, now)):
                # The ledger is read next: what it says nothing of any more must not stay for ever.
                who.touches = {}
                who.reading = who.reading or ticket
                return Unfamiliar(who.reading)
            if who.elsewhere:
                return Elsewhere(who.elsewhere)
            who.leases = {t: lease for t, lease in who.leases.items() if lease[1] > now}
            filled = who.filled(docket, ticket, now)
            wanted = range(len(docket.asks)) if tried is None else tried
            for index in wanted:
                ask = docket.asks[index]
                if ask.channel not in who.barred and not filled.keys() & set(docket.looks[index]):
                    if ticket not in who.touches:
                        who.leases[ticket] = (Touch(ticket, "ask", ask.channel, ask.survey, now), now + lasts)
                    return Leased(index)
            return Held(docket, wanted, filled, who.barred)

    def learn(self, person: str, reading: str, known: Known, policy: str, now: datetime) -> bool:
        with self._lock:
            who = self._people.setdefault(person, _Person())
            if not reading or who.reading != reading:
                return False
            for touch in known.touches:
                who.touches[touch.ticket] = touch
                who.leases.pop(touch.ticket, None)
            who.barred, who.elsewhere, who.beside = known.barred, known.elsewhere, known.beside
            who.learned, who.reading = (policy, now), ""
            return True

    def note(self, person: str, touch: Touch) -> None:
        with self._lock:
            who = self._people.setdefault(person, _Person())
            before = who.touches.get(touch.ticket, touch)
            who.touches[touch.ticket] = replace(touch, outcome=weightier(before.outcome, touch.outcome))
            who.leases.pop(touch.ticket, None)
            who.reading = ""

    def give_back(self, ticket: str, person: str) -> None:
        with self._lock:
            who = self._people.get(person, _Person())
            who.leases.pop(ticket, None)
            who.touches.pop(ticket, None)
            who.reading = ""

    def forget(self, person: str) -> None:
        with self._lock:
            self._people.pop(person, None)
