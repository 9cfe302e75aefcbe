"""From an address to a Redis: a server, a cluster whose slots one server owns, or the master that Sentinels name."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

from redis import ConnectionError, Redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from redis.sentinel import Sentinel

SENTINEL = "redis+sentinel"
SENTINEL_PORT = 26379


def dial(url: str, patience: float) -> Redis:
    """A client that waits at most `patience` seconds for each answer. Nothing is connected yet.

    `redis://…`, `rediss://…`, `unix://…`, or `redis+sentinel://[user:password@]host[:port][,host…]/service`: user and
    password are the master's.
    """
    # One more try when a pooled connection turns out to be dead; none after a time-out, which was long enough.
    once = Retry(NoBackoff(), 1, supported_errors=(ConnectionError,))
    waits: dict[str, Any] = {"socket_timeout": patience, "socket_connect_timeout": patience}
    parts = urlsplit(url)
    if parts.scheme != SENTINEL:
        return Redis.from_url(url, retry=once, **waits)
    auth, _, hosts = parts.netloc.rpartition("@")
    user, _, password = auth.partition(":")
    known = {"username": unquote(user) or None, "password": unquote(password) or None}
    watchers = Sentinel([_place(host) for host in hosts.split(",")], sentinel_kwargs=waits)  # type: ignore[no-untyped-call]
    master: Redis = watchers.master_for(parts.path.strip("/"), retry=once, **waits, **known)  # type: ignore[no-untyped-call]
    return master


def _place(host: str) -> tuple[str, int]:
    name, _, port = host.rpartition(":")
    return (name, int(port)) if name and port.isdigit() else (host, SENTINEL_PORT)
