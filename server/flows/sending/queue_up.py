"""What is due goes to the workers, lane by lane and in batches; without a queue it is sent right here."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product
from math import ceil

from channels.channel import Kind
from server.core.delivery import BUSY_PATIENCE, HANDED_MOST, LANES, QUEUE_PATIENCE, together
from server.flows.deliver import deliver
from server.flows.plan import hand_on
from server.flows.sending import route
from server.flows.sending.follow import follow
from server.queue import JOBS_MOST, QueueAway, QueueFull
from server.services import Services
from server.store import invitations, lanes
from server.store.db import Session
from server.store.tables import Invitation

AHEAD = timedelta(seconds=4)
"""What an account can send within this time is with the workers; urgent ones must not wait behind more."""

OURSELVES = timedelta(seconds=2)
OURSELVES_MOST = 50
"""How long, and in how many batches, the clock sends before it looks at everything else again."""

log = logging.getLogger("askonce.clock")


@dataclass(frozen=True)
class Job:
    """What one worker gets at a time."""

    lane: int
    ids: list[str]


def queue_up(services: Services) -> None:
    """One turn: what is due, and what was lost with a worker or with Redis. Each is claimed by one clock."""
    jobs: deque[Job] = deque()
    try:
        waiting = [services.queue.waiting(lane) for lane in LANES]
        jobs.extend(_claim(services, waiting))
        while jobs:
            services.queue.later("deliver", jobs[0].ids, jobs[0].lane)
            jobs.popleft()
    except QueueFull as why:
        log.warning("%s; what is due waits in the database", why)
        _take_back(services, jobs)
    except QueueAway:
        log.warning("the queue is away: the clock sends by itself")
        _take_back(services, jobs)
        _ourselves(services)


def _take_back(services: Services, jobs: Sequence[Job]) -> None:
    """What was claimed for the workers and did not reach them is due again."""
    if jobs:
        with services.db.writing() as db:
            lanes.put_off(db, [id for job in jobs for id in job.ids], services.moment(db))


def _ourselves(services: Services) -> None:
    """What is most urgent, and again what is most urgent, for a while."""
    until = services.now() + OURSELVES
    for _ in range(OURSELVES_MOST):
        jobs = deque(_claim(services, [0] * len(LANES), single=True))
        if not jobs:
            return
        while jobs:
            deliver(services, *jobs.popleft().ids)
            if services.now() >= until:
                _take_back(services, jobs)
                return


def _claim(services: Services, waiting: Sequence[int], single: bool = False) -> list[Job]:
    """Everything that the workers should have now, or the most urgent batch of it. `waiting` says how many jobs wait in
    each lane."""
    with services.db.reading() as db:
        seen = lanes.look(db, tuple(services.providers), services.moment(db), HANDED_MOST)
    if not any(each.handed or each.is_due for each in seen.values()):
        return []
    _expire(services)
    jobs: list[Job] = []
    free = [JOBS_MOST - count for count in waiting]
    with services.db.writing() as db:
        now = services.moment(db)
        room = {kind: _room(services, db, kind, now) for kind in services.providers}
        for lane, (kind, providers) in product(LANES, services.providers.items()):
            size = max(each.caps.batch_max for each in providers)
            room[kind] -= 0 if single else seen[kind, lane].handed
            fit = max(0, free[lane])
            lost = _lost(db, kind, lane, now, bool(waiting[lane]), fit) if seen[kind, lane].handed else []
            most = min(size, room[kind]) if single else min(room[kind], size * free[lane] - len(lost))
            due = lanes.due(db, kind, lane, now, most) if most > 0 and seen[kind, lane].is_due else []
            room[kind] -= len(due)
            mine = _jobs(lane, [*lost, *due], size)
            jobs, free[lane] = jobs + mine, free[lane] - len(mine)
            if single and jobs:
                return jobs
    return jobs


def _lost(db: Session, kind: Kind, lane: int, now: datetime, busy: bool, most: int) -> list[lanes.Claimed]:
    """What was handed over and came to no end. Of what nobody took up yet it may be that it just waits its turn."""
    taken = lanes.forgotten(db, kind, lane, now, QUEUE_PATIENCE, most, taken=True)
    patience = BUSY_PATIENCE if busy else QUEUE_PATIENCE
    return [*taken, *lanes.forgotten(db, kind, lane, now, patience, most - len(taken))]


def _room(services: Services, db: Session, kind: Kind, now: datetime) -> int:
    """How many invitations of a kind may be with the workers."""
    found = 0
    for way in route.ways(services, db, kind, now):
        soon = ceil(way.bucket.left(now) + way.provider.per_second * AHEAD.total_seconds())
        found += min(1, soon) if way.on_trial else max(0, soon)
    return min(found, HANDED_MOST)


def _expire(services: Services) -> None:
    """While every account is paused nobody takes up what waits; it is over all the same when its time is."""
    following: list[Invitation] = []
    for kind in services.providers:
        with services.db.reading() as db:
            now = services.moment(db)
            paused = not route.ways(services, db, kind, now)
            over = [id for lane in LANES if paused for id in lanes.outdated(db, kind, lane, now, HANDED_MOST)]
        for id in over:
            with services.db.writing() as db:
                invitations.move(db, id, "expired", now, reason="its time had passed while nothing could be sent")
                following += follow(services, db, [id], now)
    hand_on(services, following)


def _jobs(lane: int, claimed: Sequence[lanes.Claimed], size: int) -> list[Job]:
    """In batches of one letter, as far as they go: a provider sends what many have in common once. Of those that a
    worker came to no end with fewer at a time: with the next one all would be lost again."""
    batches: dict[tuple[int, int], list[str]] = {}
    for each in claimed:
        batches.setdefault((each.version, min(size, together(each.runs))), []).append(each.id)
    return [Job(lane, ids[n : n + most]) for (_, most), ids in batches.items() for n in range(0, len(ids), most)]
