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
    learned: datetime | None = None

    def judge(self, ask: Ask, ticket: str, now: datetime) -> Verdict:
        about_to = {t: replace(touch, at=now) for t, (touch, _) in self.leases.items()}
        found = judge(ask.windows, [*self.touches.values(), *about_to.values()], now, mine=ticket)
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
        self, ticket: str, person: str, asks: Sequence[Ask], now: datetime, lasts: timedelta, new: bool = False
    ) -> Leased | Held | Unfamiliar:
        with self._lock:
            known = self._people.setdefault(person, _Known())
            if not (new or (known.learned and known.learned > now - LEARNED_FOR)):
                return Unfamiliar()
            known.leases = {t: lease for t, lease in known.leases.items() if lease[1] > now}
            verdicts = tuple(known.judge(ask, ticket, now) for ask in asks)
            for index, (ask, verdict) in enumerate(zip(asks, verdicts, strict=True)):
                if verdict.allowed:
                    known.leases[ticket] = (Touch(ticket, "ask", ask.channel, ask.survey, now), now + lasts)
                    return Leased(index)
            return Held(verdicts)

    def learn(self, person: str, touches: Sequence[Touch], now: datetime) -> None:
        with self._lock:
            known = self._people.setdefault(person, _Known())
            known.touches.update((t.ticket, t) for t in touches)
            known.learned = now

    def keep(self, ticket: str, person: str, touches: Sequence[Touch], now: datetime) -> None:
        self.learn(person, touches, now)
        with self._lock:
            self._people[person].leases.pop(ticket, None)

    def give_back(self, ticket: str, person: str) -> None:
        with self._lock:
            known = self._people.get(person, _Known())
            known.leases.pop(ticket, None)
            known.touches.pop(ticket, None)
