"""The gate in a dictionary: the same promise as the one in Redis, for one process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Lock

from server.core.throttle import Finding, Touch, judge
from server.gate.verdict import LEARNED_FOR, Ask, Held, Leased, Unfamiliar, Verdict


@dataclass
class _Known:
    touches: dict[str, Touch] = field(default_factory=dict)
    leases: dict[str, tuple[Touch, datetime]] = field(default_factory=dict)
    learned: tuple[str, datetime] | None = None

    def is_familiar(self, policy: str, now: datetime) -> bool:
        return self.learned is not None and self.learned[0] == policy and self.learned[1] > now - LEARNED_FOR

    def judge(self, ask: Ask, ticket: str, now: datetime) -> Verdict:
        # Of one moment leases are the newest, and of these the one that lapses last: a place is free when that one is.
        about_to = [replace(touch, at=now) for touch, _ in sorted(self.leases.values(), key=lambda lease: lease[1])]
        found = judge(ask.windows, [*self.touches.values(), *about_to], now, mine=ticket)
        return Verdict(tuple(self._until_it_lapses(f) for f in found))

    def _until_it_lapses(self, finding: Finding) -> Finding:
        lease = self.leases.get(finding.touch.ticket) if finding.touch else None
        return replace(finding, until=lease[1], is_lease=True) if lease else finding


class MemoryGate:
    """Every person's touches and leases, behind one lock."""

    def __init__(self) -> None:
        self._people: dict[str, _Known] = {}
        self._lock = Lock()

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
        with self._lock:
            known = self._people.setdefault(person, _Known())
            if not (new or known.is_familiar(policy, now)):
                # The ledger is read next: what it says nothing of any more must not stay for ever.
                known.touches = {}
                return Unfamiliar()
            known.leases = {t: lease for t, lease in known.leases.items() if lease[1] > now}
            verdicts = tuple(known.judge(ask, ticket, now) for ask in asks)
            for index, (ask, verdict) in enumerate(zip(asks, verdicts, strict=True)):
                if verdict.allowed:
                    if ticket not in known.touches:
                        known.leases[ticket] = (Touch(ticket, "ask", ask.channel, ask.survey, now), now + lasts)
                    return Leased(index)
            return Held(verdicts)

    def learn(self, person: str, touches: Sequence[Touch], policy: str, now: datetime) -> None:
        with self._lock:
            known = self._people.setdefault(person, _Known())
            for touch in touches:
                known.touches[touch.ticket] = touch
                known.leases.pop(touch.ticket, None)
            known.learned = (policy, now)

    def note(self, person: str, touch: Touch) -> None:
        with self._lock:
            known = self._people.setdefault(person, _Known())
            known.touches[touch.ticket] = touch
            known.leases.pop(touch.ticket, None)

    def give_back(self, ticket: str, person: str) -> None:
        with self._lock:
            known = self._people.get(person, _Known())
            known.leases.pop(ticket, None)
            known.touches.pop(ticket, None)

    def forget(self, person: str) -> None:
        with self._lock:
            self._people.pop(person, None)
