"""The clock: what is due is handed over, what was lost on the way is found again, what died is settled."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial

from server.core.delivery import CALL_LEASE, REMINDER, RUNS
from server.flows.call.expect import FORGOTTEN_AFTER
from server.flows.call.spoken import AT_ONCE, fetch
from server.flows.plan import hand_on
from server.flows.receipt import KEPT, UNKNOWN_KEPT, take_left
from server.flows.sending.claim import POISON
from server.flows.sending.follow import follow
from server.flows.sending.pause import LOOK_EVERY, recheck
from server.flows.sending.queue_up import queue_up
from server.flows.sending.record import first_look
from server.flows.sending.resolve import resolve
from server.flows.sending.weigh import weigh
from server.queue import QueueAway, QueueFull
from server.services import Services
from server.store import (
    accounts,
    calls,
    counters,
    doubts,
    held,
    invitations,
    lanes,
    notices,
    receipts,
    recordings,
    takes,
)
from server.store.db import DatabaseError
from server.store.steps import Question, those_that_find

Step = Callable[[Services], None]

log = logging.getLogger("askonce.clock")

TICK = timedelta(seconds=2)
BATCH = 500
COUNTED_KEPT = timedelta(days=40)
"""The longest bucket is a month; past it nobody asks what was spent, and nothing is given back."""
ALIKE_KEPT = timedelta(hours=2)
"""Numbers of one range are counted within an hour."""
NOTICES_KEPT = timedelta(days=90)
POISON_LASTS = timedelta(days=1)
"""Nobody ends this notice: it is over when nothing was set aside for so long."""

LOOKS_AT_ONCE = 3
"""Calls of unknown end that one worker looks into at a time."""
LOOKS_LAST = timedelta(seconds=40)
"""So long it has for them, and a provider that does not answer takes its time for each; then another one looks."""
LOOKS_WAITING = 20
"""Jobs in the lane of the looks with which no more of them are handed over: none should wait there for long."""

TIMED_AFTER = timedelta(hours=1)
"""How old what a survey is said to take may be."""
TIMED_LAST, TIMED_ENOUGH = 100, 20
"""Of how many responses it is the median, and from how many on."""
TIMED_AT_ONCE = 20


def turn(services: Services) -> None:
    """As `tick`, and a database that is away or too busy is no reason to end: the next turn makes up for it."""
    try:
        tick(services)
    except DatabaseError as why:
        log.warning("the database was not there for a turn of the clock: %s", why.orig)


def tick(services: Services) -> None:
    """One turn of the clock. Any number of clocks may turn: each step is claimed by one."""
    with services.db.reading() as db:
        due = those_that_find(db, _due(services.moment(db)))
    for step in STEPS:
        if step in due or step in WITHOUT_QUESTION:
            step(services)


def _due(now: datetime) -> Mapping[Step, tuple[Question, ...]]:
    """What each step is for, in one look: where that finds nothing, the step is not begun."""
    return {
        take_left: (receipts.left(now),),
        settle_abandoned: (lanes.dead(now, CALL_LEASE),),
        look_into_doubts: (doubts.due(now),),
        look_at_accounts: (accounts.unlooked(now, LOOK_EVERY),),
        fetch_spoken: (recordings.waiting(now),),
        forget_old: (
            calls.over(now - FORGOTTEN_AFTER),
            counters.old(now - COUNTED_KEPT),
            counters.old_alike(now - ALIKE_KEPT),
            held.old(now),
            *notices.old(POISON, now - POISON_LASTS, now - NOTICES_KEPT),
            *receipts.old(now - KEPT, now - UNKNOWN_KEPT),
        ),
        time_surveys: (takes.unlooked(now - TIMED_AFTER),),
    }


def settle_abandoned(services: Services) -> None:
    """A worker that died in a call leaves nobody who knows whether it left: unconfirmed, until somebody finds out."""
    moved: list[str] = []
    with services.db.writing() as db:
        now = services.moment(db)
        for id, lease in lanes.abandoned(db, now, CALL_LEASE, BATCH):
            said = {"reason": "the worker died in the call; it may have left", "look_at": first_look(services, now)}
            if invitations.move_held(db, id, lease, "unconfirmed", now, **said):
                moved.append(id)
        following = follow(services, db, moved, now)
    hand_on(services, following)


def look_into_doubts(services: Services) -> None:
    """Somebody asks what became of calls of unknown end. One whose looks come to no end is left in doubt."""
    if _is_busy(services):
        return
    with services.db.writing() as db:
        found = doubts.to_look_at(db, services.moment(db), LOOKS_LAST, LOOKS_AT_ONCE * LOOKS_WAITING)
    _leave(services, [id for id, runs in found.items() if runs > RUNS])
    ids = [id for id, runs in found.items() if runs <= RUNS]
    for n in range(0, len(ids), LOOKS_AT_ONCE):
        some = ids[n : n + LOOKS_AT_ONCE]
        if not _put_off(services, "resolve", some, partial(resolve, services, *some)):
            return


def _is_busy(services: Services) -> bool:
    try:
        return services.queue.waiting(REMINDER) >= LOOKS_WAITING
    except QueueAway:
        return False  # then it is done here


def _leave(services: Services, ids: list[str]) -> None:
    """Nobody finds out what became of these."""
    for id in ids:
        with services.db.writing() as db:
            doubts.look_again(db, id, None)
            text = (
                f"What became of an invitation could not be found out, {RUNS} times; the log says why. The last: {id}"
            )
            notices.tell(db, POISON, text, services.moment(db))


def look_at_accounts(services: Services) -> None:
    """Paused accounts are asked whether they work again."""
    with services.db.writing() as db:
        names = accounts.to_look_at(db, services.moment(db), LOOK_EVERY)
    if names:
        _put_off(services, "recheck", names, partial(recheck, services, *names))


def fetch_spoken(services: Services) -> None:
    """What was spoken on the phone is fetched, and deleted at its provider."""
    with services.db.reading() as db:
        ids = [str(id) for id in recordings.due(db, services.moment(db), AT_ONCE)]
    if ids:
        _put_off(services, "fetch_recordings", ids, partial(fetch, services, *ids))


def _put_off(services: Services, job: str, ids: list[str], ourselves: Callable[[], None]) -> bool:
    """To a worker, or done here while no queue is there; False when there is no place for more."""
    try:
        services.queue.later(job, ids, REMINDER)
    except QueueFull:
        return False
    except QueueAway:
        ourselves()
        return False  # it takes its time; what is left comes with the next turns
    return True


def forget_old(services: Services) -> None:
    """What was held back, counted or told long ago is forgotten, some of it in each turn."""
    with services.db.writing() as db:
        now = services.moment(db)
        calls.forget_expected(db, now - FORGOTTEN_AFTER, BATCH)
        counters.forget(db, now - COUNTED_KEPT, BATCH)
        counters.forget_alike(db, now - ALIKE_KEPT, BATCH)
        held.forget(db, held.outdated(db, now, BATCH))
        notices.lapse(db, POISON, now - POISON_LASTS, now)
        notices.forget(db, now - NOTICES_KEPT)
        receipts.forget(db, now - KEPT, now - UNKNOWN_KEPT, BATCH)


def time_surveys(services: Services) -> None:
    """How long surveys really take, some of them in each turn: people are told before they begin."""
    with services.db.reading() as db:
        now = services.moment(db)
        due = list(db.scalars(takes.unlooked(now - TIMED_AFTER).limit(TIMED_AT_ONCE)))
    for id in due:
        with services.db.writing() as db:
            takes.look(db, id, TIMED_LAST, TIMED_ENOUGH, now)


STEPS: tuple[Step, ...] = (
    take_left,
    settle_abandoned,
    queue_up,
    look_into_doubts,
    look_at_accounts,
    fetch_spoken,
    weigh,
    forget_old,
    time_surveys,
)
WITHOUT_QUESTION: tuple[Step, ...] = (queue_up, weigh)
"""These ask more than whether there is a row."""
