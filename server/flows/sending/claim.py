"""A worker takes up a batch: nobody else has it then, and that it was taken up is written before anything is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from channels.channel import Kind, Provider
from server.core.delivery import RUNS
from server.core.links import new_id
from server.flows.plan import hand_on
from server.flows.sending import route
from server.flows.sending.crash import reach
from server.flows.sending.follow import follow
from server.services import Services
from server.store import invitations, lanes, notices
from server.store.db import Session
from server.store.tables import Invitation

POISON = "poison/sends"
"""The notice of what was set aside."""


@dataclass(frozen=True)
class Batch:
    """Invitations in the hands of the worker that has `lease`, to go by one provider."""

    provider: Provider
    lease: str
    ids: list[str]
    rest: list[str]
    """For which there was no place in it."""


def claim(services: Services, kind: Kind, ids: Sequence[str]) -> Batch | None:
    """As many of `ids`, from the first on, as one call of a provider takes, and as its account has room for.

    None when nothing of this kind may be sent now: then all of them wait.
    """
    with services.db.writing() as db:
        now = services.moment(db)
        ways = route.ways(services, db, kind, now)
        way = route.choose([w for w in ways if w.room(now)] or ways)
        if way is None or not way.room(now):
            lanes.put_off(db, ids, now, until=now + way.bucket.wait(now) if way else None)
            return None
        lease, most = new_id(), min(way.provider.caps.batch_max, way.room(now))
        taken = lanes.take(db, ids[:most], lease, now)
        poison = [id for id, runs in taken.items() if runs > RUNS]
        good = [id for id in taken if id not in poison]
        granted = route.take(db, way.provider, len(good), now)
        lanes.put_back(db, good[granted:], lease, now)
        following = [row for id in poison for row in _set_aside(services, db, id, now)]
    hand_on(services, following)
    reach(services, "after_claim")
    return Batch(way.provider, lease, good[:granted], [*good[granted:], *ids[most:]])


def _set_aside(services: Services, db: Session, id: str, now: datetime) -> list[Invitation]:
    """It has killed its worker again and again. What follows."""
    invitations.move(db, id, "failed", now, reason=f"set aside: its worker came to no end with it, {RUNS} times")
    text = (
        f"Invitations were set aside because their worker came to no end with them, {RUNS} times each. The last: {id}"
    )
    notices.tell(db, POISON, text, now)
    return follow(services, db, [id], now)
