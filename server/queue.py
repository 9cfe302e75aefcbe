"""The queue as one line: put a job off, by name and id. Durability and time are the database's."""

from __future__ import annotations

from collections.abc import Sequence

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue
from rq.serializers import JSONSerializer

NAME = "askonce"


class QueueAway(Exception):
    """The queue cannot be reached; what it would have carried is still in the database."""


class RedisQueue:
    """RQ, seen from the stories. Jobs travel as JSON: a pickle in Redis would be a way in."""

    def __init__(self, url: str) -> None:
        connection = Redis.from_url(url, socket_timeout=2, socket_connect_timeout=0.2, retry=Retry(NoBackoff(), 1))
        self._queue = Queue(NAME, connection=connection, serializer=JSONSerializer)

    def later(self, job: str, ids: Sequence[str]) -> None:
        """`server.jobs.<job>` called with each id, by a worker. Raises QueueAway."""
        calls = [
            Queue.prepare_data(f"server.jobs.{job}", args=(id,), result_ttl=0, failure_ttl=3600, timeout=60)
            for id in ids
        ]
        try:
            if calls:
                self._queue.enqueue_many(calls)
        except (RedisError, OSError) as why:
            raise QueueAway(str(why)) from why
