"""What every stand-in for a provider is: a server on this machine that goes with the block that started it."""

from __future__ import annotations

import threading
from socketserver import TCPServer, ThreadingMixIn
from types import TracebackType
from typing import Any, Self

from channels.faults import Faults


class Threads(ThreadingMixIn):
    """A thread for each client, none of which is waited for."""

    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news."""


class StandIn:
    """Runs `server` while its block lasts. `faults` says what the next sends meet (`channels/faults.py`)."""

    def __init__(self, server: TCPServer):
        self.faults = Faults()
        self.count = 0
        """Messages accepted since the start."""
        self.closing = threading.Event()
        self._server = server
        self._thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, why: BaseException | None, at: TracebackType | None) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
