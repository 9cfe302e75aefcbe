"""The gate's quick word, and what it hears of: it is taught from the ledger, and told after each commit."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from server.core.throttle import Touch
from server.flows.rulebook import Rulebook
from server.gate.verdict import Ask, Gate, GateAway, Held, Leased, Unfamiliar
from server.store import people, touches
from server.store.scope import SiteScope


def subject(site_id: int, person_id: int) -> str:
    """The name under which the gate knows a person."""
    return f"{site_id}/person/{person_id}"


def lease(
    gate: Gate,
    scope: SiteScope,
    rules: Rulebook,
    ticket: str,
    person_id: int,
    asks: list[Ask],
    now: datetime,
    lasts: timedelta,
) -> Leased | Held | Unfamiliar:
    """The gate's word on a person we know, who is taught to it first if need be. Raises GateAway."""
    name = subject(scope.site_id, person_id)
    answer = gate.lease(ticket, name, asks, rules.name, now, lasts)
    if isinstance(answer, Unfamiliar):
        known = touches.filling(scope, people.family(scope, person_id), rules.windows, now)
        gate.learn(name, known, rules.name, now)
        answer = gate.lease(ticket, name, asks, rules.name, now, lasts)
    return answer


def note(gate: Gate, site_id: int, person_id: int, touch: Touch | None) -> None:
    """After a commit: the gate hears of a touch, or of what came of it. Without Redis it will read the ledger."""
    if touch:
        with suppress(GateAway):
            gate.note(subject(site_id, person_id), touch)
