"""Our scripts in Redis, called over connections of their own.

The client's pool looks at each connection, takes two locks and counts for its metrics before and after every call:
more than the call itself costs the process that makes it.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Sequence
from hashlib import sha1
from typing import Any

from redis import ConnectionError, Redis
from redis.connection import AbstractConnection
from redis.exceptions import NoScriptError


class Script:
    """One script, sent to the server when that does not have it. Connections are made as the client makes them."""

    def __init__(self, client: Redis, text: str) -> None:
        self._pool = client.connection_pool
        self._text = text
        self._sha = sha1(text.encode(), usedforsecurity=False).hexdigest()
        self._idle: deque[AbstractConnection] = deque()
        self._process = os.getpid()

    def __call__(self, keys: Sequence[str], args: Sequence[str | int]) -> Any:
        """Run once; a second time when the connection turned out to be dead. Raises RedisError."""
        call = (self._sha, len(keys), *keys, *args)
        try:
            return self._run(self._line(), call)
        except ConnectionError:
            self._idle.clear()  # the others are likely to be as dead
            return self._run(self._line(), call)

    def _run(self, line: AbstractConnection, call: tuple[str | int, ...]) -> Any:
        try:
            answer = _say(line, "EVALSHA", *call)
        except NoScriptError:
            _say(line, "SCRIPT", "LOAD", self._text)
            answer = _say(line, "EVALSHA", *call)
        self._idle.append(line)
        return answer

    def _line(self) -> AbstractConnection:
        """One that nobody else uses: as many are made as callers were ever there at once in this process."""
        if self._process != os.getpid():  # a fork must not speak on its parent's lines
            self._idle, self._process = deque(), os.getpid()
        try:
            return self._idle.pop()
        except IndexError:
            line: AbstractConnection = self._pool.connection_class(**self._pool.connection_kwargs)
            line.connect()  # type: ignore[no-untyped-call]
            return line


def _say(line: AbstractConnection, *words: str | int) -> Any:
    line.send_command(*words)  # type: ignore[no-untyped-call]
    return line.read_response()
