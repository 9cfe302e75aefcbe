"""Looks at real processes from outside, as `ps` does (Linux)."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
STUB = Path(__file__).with_name("stub.py")


@dataclass(frozen=True)
class Process:
    pid: int

    @property
    def alive(self) -> bool:
        try:
            return Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        except OSError:
            return False

    @property
    def command(self) -> str:
        try:
            return Path(f"/proc/{self.pid}/cmdline").read_text().replace("\0", " ")
        except OSError:
            return ""

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)


def children(pid: int) -> list[Process]:
    """Everything below `pid` that is alive."""
    try:
        found = [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
    below = [Process(each) for each in found]
    return [each for each in below if each.alive] + [each for one in found for each in children(one)]


def until(true: Callable[[], object], seconds: float = 10.0) -> float:
    """Waits for a condition; the seconds that it took."""
    start = time.monotonic()
    while not true():
        assert time.monotonic() - start < seconds, "it never came true"
        time.sleep(0.01)
    return time.monotonic() - start


def ask(port: int, request: bytes = b"GET / HTTP/1.0\r\n\r\n") -> bytes:
    """The whole reply, or nothing when nobody answers."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
            line.sendall(request)
            return b"".join(iter(lambda: line.recv(4096), b""))
    except OSError:
        return b""
