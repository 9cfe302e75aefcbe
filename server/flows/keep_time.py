"""The clock: what is due is handed over, what was lost on the way is found again, what died is settled."""

from __future__ import annotations

import logging
from datetime import timedelta

from server.core.delivery import CALL_LEASE, QUEUE_PATIENCE
from server.flows.deliver import deliver
from server.flows.plan import hand_on
from server.flows.receipt import take_left
from server.flows.settle import settled
from server.queue import QueueAway
from server.services import Services
from server.store import counters, held, invitations, takes
from server.store.scope import SiteScope
from server.store.tables import Invitation

TICK = timedelta(seconds=2)
BATCH = 500
COUNTED_KEPT = timedelta(days=40)
"""The longest bucket is a month; past it nobody asks what was spent, and nothing is given back."""

TIMED_AFTER = timedelta(hours=1)
"""How old what a survey is said to take may be."""
TIMED_LAST, TIMED_ENOUGH = 100, 20
"""Of how many responses it is the median, and from how many on."""
TIMED_AT_ONCE = 20

log = logging.getLogger("askonce.clock")


def tick(services: Services) -> None:
    """One turn of the clock. Any number of clocks may turn: each step is claimed by one."""
    take_left(services)
    settle_abandoned(services)
    forget_old(services)
    time_surveys(services)
    with services.db.writing() as db:
        now = services.moment(db)
        ids = invitations.due(db, now, BATCH)
        ids += invitations.forgotten(db, now, QUEUE_PATIENCE, BATCH)
        counters.forget(db, now - COUNTED_KEPT, BATCH)
    try:
        services.queue.later("deliver", ids)
    except QueueAway:
        log.warning("the queue is away: the clock sends by itself (%d due)", len(ids))
        for id in ids:
            deliver(services, id)


def settle_abandoned(services: Services) -> None:
    """A worker that died in a call leaves nobody who knows whether it left: unconfirmed, and never sent again."""
    following: list[Invitation] = []
    with services.db.writing() as db:
        now = services.moment(db)
        for row in invitations.abandoned(db, now, CALL_LEASE, BATCH):
            reason = "the worker died in the call; it may have left"
            if invitations.move_held(db, row.id, row.lease or "", "unconfirmed", now, reason=reason):
                following += settled(services, SiteScope(db, row.site_id), row, now)
    hand_on(services, following)


def forget_old(services: Services) -> None:
    """What was held back from people long ago is forgotten, some of it in each turn."""
    now = services.now()
    with services.db.reading() as db:
        ids = held.outdated(db, now, BATCH)
    if ids:
        with services.db.writing() as db:
            held.forget(db, ids)


def time_surveys(services: Services) -> None:
    """How long surveys really take, some of them in each turn: people are told before they begin."""
    with services.db.reading() as db:
        now = services.moment(db)
        due = takes.unlooked(db, now - TIMED_AFTER, TIMED_AT_ONCE)
    for id in due:
        with services.db.writing() as db:
            takes.look(db, id, TIMED_LAST, TIMED_ENOUGH, now)
