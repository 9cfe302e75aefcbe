"""The web server's own processes: none is orphaned, none stays dead, and slow visitors do not stop the rest."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.up.processes import ROOT, STUB, Process, ask, children, until


class Web:
    def __init__(self, data: Path):
        self.port = free_port()
        env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PORT": str(self.port)}
        command = [sys.executable, str(STUB), "granian"]
        self.process = subprocess.Popen(command, env={**env, "ASKONCE_DATA": str(data)})
        self.heard: set[bytes] = set()
        until(self.complete)

    def complete(self) -> bool:
        """Whether there are two workers and both have answered: one that is still loading would not hear a stop."""
        self.heard.update(self.get().split()[-1:])
        workers = {b"%d" % each.pid for each in self.workers()}
        return len(workers) == 2 and workers <= self.heard

    def workers(self) -> list[Process]:
        return children(self.process.pid)

    def get(self) -> bytes:
        return ask(self.port)

    def open(self, request: bytes) -> socket.socket:
        line = socket.create_connection(("127.0.0.1", self.port), timeout=5)
        line.sendall(request)
        return line


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    web = Web(tmp_path)
    yield web
    if web.process.poll() is None:
        web.process.terminate()
        web.process.wait(10)


def test_a_killed_web_server_leaves_no_worker_on_the_port(web: Web) -> None:
    workers = web.workers()
    web.process.kill()
    web.process.wait()
    until(lambda: not any(each.alive for each in workers), 2)
    assert web.get() == b""


def test_a_killed_worker_is_replaced_while_the_other_answers(web: Web) -> None:
    web.workers()[0].kill()
    assert until(web.get) < 1  # what had just been given to the dead one is lost, and the visitor tries again
    until(lambda: len(web.workers()) == 2)


def test_half_sent_requests_do_not_stop_the_others(web: Web) -> None:
    half = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\nab"
    with ExitStack() as open_lines:
        lines = [open_lines.enter_context(web.open(half % size)) for size in [4] * 40 + [9_000_000] * 40]
        assert all(b" 200 OK" in web.get() for _ in range(20))
        lines[0].sendall(b"cd")
        assert b" 200 OK" in lines[0].recv(4096)


def test_it_stops_soon_with_quiet_connections_open(web: Web) -> None:
    with web.open(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"):
        web.process.terminate()
        assert until(lambda: web.process.poll() is not None) < 2
    assert web.process.returncode == 0
