"""The queue as one line for each lane: put a job off, by name and ids. Durability and time are the database's."""

from __future__ import annotations

from collections.abc import Sequence

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue
from rq.serializers import JSONSerializer

from server.core.delivery import LANES, TRANSACTIONAL

NAMES = tuple(f"askonce-{lane}" for lane in LANES)
"""A queue for each lane, in the order in which workers look into them."""

JOBS_MOST = 1_000
"""Jobs that may wait in one lane: Redis must not fill because no worker is there."""

LASTS = 300
"""Seconds that a job may take: a batch whose provider is slow, and no more."""


class QueueAway(Exception):
    """The queue cannot be reached; what it would have carried is still in the database."""


class QueueFull(QueueAway):
    """The queue takes no more now."""


class RedisQueue:
    """RQ, seen from the stories. Jobs travel as JSON: a pickle in Redis would be a way in."""

    def __init__(self, url: str) -> None:
        connection = Redis.from_url(url, socket_timeout=2, socket_connect_timeout=0.2, retry=Retry(NoBackoff(), 1))
        self._queues = [Queue(name, connection=connection, serializer=JSONSerializer) for name in NAMES]

    def later(self, job: str, ids: Sequence[str], lane: int = TRANSACTIONAL) -> None:
        """`server.jobs.<job>` called with these ids, by a worker. Raises QueueAway or QueueFull."""
        if self.waiting(lane) >= JOBS_MOST:
            raise QueueFull(f"{JOBS_MOST} jobs wait in lane {lane}")
        call = Queue.prepare_data(
            f"server.jobs.{job}", args=tuple(ids), description=job, result_ttl=0, failure_ttl=3600, timeout=LASTS
        )
        try:
            self._queues[lane].enqueue_many([call])
        except (RedisError, OSError) as why:
            raise QueueAway(str(why)) from why

    def waiting(self, lane: int) -> int:
        """How many jobs wait in a lane. Raises QueueAway."""
        try:
            return self._queues[lane].count
        except (RedisError, OSError) as why:
            raise QueueAway(str(why)) from why
