"""Ports for the servers that tests start."""

from __future__ import annotations

import os
import random
import socket
from contextlib import suppress

FIRST, SHARE, WORKERS = 11_000, 2_500, 8
"""All lie below what the system itself gives to whoever connects, and above what no browser calls."""

_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % WORKERS
_drawn = iter(random.Random().sample(range(FIRST + _worker * SHARE, FIRST + (_worker + 1) * SHARE), SHARE))


def free_port() -> int:
    """One that nobody listens on, never the same twice. Workers that ask at the same time never hear the same."""
    for port in _drawn:
        with suppress(OSError), socket.socket() as line:
            line.bind(("127.0.0.1", port))
            return port
    raise RuntimeError(f"none of {SHARE} ports is free")
