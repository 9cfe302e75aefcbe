"""One server to a folder and to a port: whoever comes second is told so, in one sentence."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class CannotStart(Exception):
    """Something outside is in the way; the message is one sentence for the person at the terminal."""


@contextmanager
def folder(data: Path) -> Iterator[None]:
    """The data folder, made when missing, readable by its owner alone and held by this process alone."""
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(data / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as why:
        refused = f"cannot keep data in {data} ({why.strerror})"
        raise CannotStart(f"{refused}; set ASKONCE_DATA to a folder that this user may write") from why
    try:
        _hold(lock, data)
        yield
    finally:
        os.close(lock)


def _hold(lock: int, data: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise CannotStart(
            f"another Askonce is running on {data}; stop it, or set ASKONCE_DATA to another folder"
        ) from None


def free_port(host: str, port: int, patience: float = 0.0) -> None:
    """Raises CannotStart unless this user may listen on host and port; waits up to `patience` seconds for it.

    The web server binds with SO_REUSEPORT, with which two servers share a port in silence: so we ask first.
    """
    until = time.monotonic() + patience
    while (why := _bind(host, port)) is not None:
        if why.errno != errno.EADDRINUSE:
            raise CannotStart(f"cannot listen on {host}:{port} ({why.strerror}); set HOST or PORT")
        if time.monotonic() >= until:
            raise CannotStart(f"port {port} is in use on {host}; set PORT to a free one")
        time.sleep(0.1)


def _bind(host: str, port: int) -> OSError | None:
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
    except OSError as why:
        return why
    return None
