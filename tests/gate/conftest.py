"""Both gates behind one door, and servers that are no Redis."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp
from threading import Thread

import pytest

from server.gate.memory import MemoryGate
from server.gate.redis import RedisGate
from server.gate.verdict import Gate
from tests.parts import PATIENCE


@pytest.fixture(params=["memory", "redis"])
def gates(request: pytest.FixtureRequest, redis_url: str) -> Callable[[], Gate]:
    """Each call is another process's gate; the memory has one process only."""
    only = MemoryGate()
    return (lambda: only) if request.param == "memory" else (lambda: RedisGate(redis_url, PATIENCE))


@pytest.fixture
def gate(gates: Callable[[], Gate]) -> Gate:
    return gates()


class Mute:
    """A server that takes every connection and never says a word."""

    def __init__(self) -> None:
        self.path = Path(mkdtemp(prefix="mute-")) / "s"
        self.called = 0
        self._open: list[socket.socket] = []
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(self.path))
        self._server.listen(16)
        Thread(target=self._take, daemon=True).start()

    def _take(self) -> None:
        with suppress(OSError):
            while True:
                self._open.append(self._server.accept()[0])
                self.called += 1

    def close(self) -> None:
        with suppress(OSError):  # a socket in accept() is woken by shutdown only
            self._server.shutdown(socket.SHUT_RDWR)
        for connection in (self._server, *self._open):
            connection.close()


@pytest.fixture
def mute() -> Iterator[Mute]:
    server = Mute()
    yield server
    server.close()
