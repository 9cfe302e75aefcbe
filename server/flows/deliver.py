"""A worker hands invitations to their channel: each at most once, whatever dies on the way."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import groupby
from operator import attrgetter

from channels.channel import Kind
from server.core.delivery import KEEP_FOR, LANES, TRANSACTIONAL, backoff, together
from server.flows.ask_gate import note
from server.flows.sending import route
from server.flows.sending.call import call
from server.flows.sending.claim import Batch, claim
from server.flows.sending.crash import reach
from server.flows.sending.keep import Called, keep
from server.queue import QueueAway
from server.services import Services
from server.store import invitations, lanes
from server.store.db import DatabaseError
from server.store.tables import Invitation

log = logging.getLogger("askonce.sends")


def deliver(services: Services, *ids: str) -> None:
    """Send those of these invitations that are due and whose persons may be asked now, in batches; after each, what is
    left goes to the end of its lane if more urgent ones wait.

    Of each the touch and the state `calling` are committed before its provider is called, and no session is open
    during the call. A worker that dies in it leaves `calling` behind, which ends as `unconfirmed`.
    """
    with services.db.reading() as db:
        rows = lanes.waiting(db, ids, services.moment(db))
    for kind in services.providers:
        some = [row for row in rows if route.kind_of(row.channel) == kind]
        lane = max((row.lane for row in some), default=TRANSACTIONAL)
        _all(services, kind, lane, deque(_groups(some)))


def _groups(rows: Sequence[Invitation]) -> Iterator[list[str]]:
    """The unsuspected first; what may have killed its worker goes in smaller and smaller company."""
    lost = attrgetter("runs")
    for runs, some in groupby(sorted(rows, key=lost), key=lost):
        ids, size = [row.id for row in some], together(runs)
        yield from (ids[n : n + size] for n in range(0, len(ids), size))


def _all(services: Services, kind: Kind, lane: int, groups: deque[list[str]]) -> None:
    while groups:
        batch = claim(services, kind, groups.popleft())
        rest = _send(services, batch) + batch.rest if batch else []
        if rest:
            groups.appendleft(rest)
        if groups and _gave_way(services, lane, [id for group in groups for id in group]):
            return


def _gave_way(services: Services, lane: int, ids: Sequence[str]) -> bool:
    """Whether something more urgent waits, and these do so behind it now: a job for many takes minutes."""
    try:
        if not any(services.queue.waiting(before) for before in LANES if before < lane):
            return False
        services.queue.later("deliver", ids, lane)
    except QueueAway:
        return False
    return True


def _send(services: Services, batch: Batch) -> list[str]:
    """One call with all of the batch that may leave; those for which there was no time are free again, and returned."""
    calls, left, trouble = _gather(services, batch)
    reach(services, "after_keep")
    with suppress(DatabaseError):  # what is not free again is found again; who was kept must not wait for it
        _free(services, batch, left, unused=len(batch.ids) - len(calls))
    if calls:
        call(services, batch.provider, calls)
    if trouble:
        raise trouble
    return left


def _gather(services: Services, batch: Batch) -> tuple[list[Called], list[str], DatabaseError | None]:
    """What is kept within KEEP_FOR, what is left, and what the database has against going on."""
    calls: list[Called] = []
    until = services.now() + KEEP_FOR
    for n, id in enumerate(batch.ids):
        if n and services.now() >= until:
            return calls, batch.ids[n:], None
        try:
            called = _keep(services, batch, id)
        except DatabaseError as why:  # no fault of this one, and the next would fare no better
            return calls, batch.ids[n:], why
        if called:
            calls.append(called)
    return calls, [], None


def _keep(services: Services, batch: Batch, id: str) -> Called | None:
    """A bad one never harms the others: it is tried again later, and set aside when that does not help."""
    try:
        called = keep(services, id, batch.provider, batch.lease)
        if called:
            note(services, called.person.site_id, called.person.id, called.touch)
        return called
    except DatabaseError:
        raise
    except Exception as why:
        log.exception("invitation %s could not be sent", id)
        reason = f"could not be sent, as the log says: {type(why).__name__}"
    with services.db.writing() as db:
        row, now = invitations.get(db, id), services.moment(db)
        if row:
            lanes.give_up(db, id, batch.lease, reason, now + backoff(row.runs), now)
    return None


def _free(services: Services, batch: Batch, left: Sequence[str], unused: int) -> None:
    if left:
        with services.db.writing() as db:
            lanes.put_back(db, left, batch.lease, services.moment(db))
    route.give_back(services, batch.provider, unused)
