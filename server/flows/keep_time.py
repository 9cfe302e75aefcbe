"""The clock: what is due is handed over, what was lost on the way is found again, what died is settled."""

from __future__ import annotations

import logging
from datetime import timedelta

from server.core.delivery import CALL_LEASE, QUEUE_PATIENCE
from server.flows.deliver import deliver
from server.queue import QueueAway
from server.services import Services
from server.store import invitations

TICK = timedelta(seconds=2)
BATCH = 500

log = logging.getLogger("askonce.clock")


def tick(services: Services) -> None:
    """One turn of the clock. Any number of clocks may turn: each step is claimed by one."""
    settle_abandoned(services)
    now = services.now()
    with services.db.writing() as db:
        ids = invitations.due(db, now, BATCH)
        ids += invitations.forgotten(db, now, QUEUE_PATIENCE, BATCH)
    try:
        services.queue.later("deliver", ids)
    except QueueAway:
        log.warning("the queue is away: the clock sends by itself (%d due)", len(ids))
        for id in ids:
            deliver(services, id)


def settle_abandoned(services: Services) -> None:
    """A worker that died in a call leaves nobody who knows whether it left: unconfirmed, and never sent again."""
    now = services.now()
    with services.db.writing() as db:
        for row in invitations.abandoned(db, now, CALL_LEASE, BATCH):
            reason = "the worker died in the call; it may have left"
            invitations.move_held(db, row.id, row.lease or "", "unconfirmed", now, reason=reason)
