"""A worker: takes ids from the queues, of the first lane before those of the next, and sends."""

from __future__ import annotations

import logging
import time

from redis import Redis, RedisError
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer

import server.jobs
from server.queue import NAMES
from server.services import Services

log = logging.getLogger("askonce.worker")

PATIENCE = 1.0


def work(services: Services) -> None:
    """Work until told to stop. RQ's SimpleWorker: no fork a job, and our modules are imported already.

    Without Redis there is nothing to take: the clock sends meanwhile, and we wait for it to come back.
    """
    connection = Redis.from_url(services.settings.redis_url, socket_connect_timeout=1)
    _wait_for(connection)
    queues = [Queue(name, connection=connection, serializer=JSONSerializer) for name in NAMES]
    # Jobs lost with a worker are the clock's to find again, so RQ need not look for them.
    worker = SimpleWorker(queues, connection=connection, serializer=JSONSerializer)
    worker.work(logging_level="WARNING", with_scheduler=False)


def _wait_for(connection: Redis) -> None:
    told = False
    while True:
        try:
            connection.ping()
            return
        except RedisError as why:
            if not told:
                log.warning("waiting for Redis: %s", why)
                told = True
            time.sleep(PATIENCE)


__all__ = ["server", "work"]
