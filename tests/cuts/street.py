"""The server behind a network that breaks, and a shop on an origin of its own whose page frames surveys."""

from __future__ import annotations

import os
import random
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.error import URLError

from tests.cuts.weather import Proxy, Sky
from tests.ports import free_port
from tests.running import Running, running
from tests.up.processes import children


@dataclass
class Street:
    """`server` is reached through the weather of `sky`, `direct` is the same without it."""

    server: Running
    direct: Running
    sky: Sky
    shop: str
    site: dict[str, Any]
    events: Counter[str] = field(default_factory=Counter)

    def kill(self) -> None:
        """The web server's processes; its keeper starts them again."""
        self.events["server killed"] += 1
        for each in children(self.server.process.pid):
            if "server.cli web" in each.command or "granian" in each.command:
                with suppress(ProcessLookupError):
                    os.kill(each.pid, signal.SIGKILL)

    def is_up(self) -> bool:
        try:
            return self.direct.call("/readyz")[0] == 200
        except (URLError, OSError):
            return False

    @property
    def cuts(self) -> int:
        return self.sky.faults.total() + self.events.total()


@contextmanager
def street(folder: Path, dice: random.Random) -> Iterator[Street]:
    sky, port = Sky(dice), free_port()
    with shop() as origin, running(folder / "data", PUBLIC_URL=f"http://127.0.0.1:{port}") as server:
        own = int(server.env["PORT"])
        proxy = Proxy(sky, port, own)
        direct = replace(server, url=f"http://127.0.0.1:{own}")
        direct.allow(origin)
        yield Street(server, direct, sky, origin, server.command("site", "list")[0])
        proxy.stop()


class Shop(BaseHTTPRequestHandler):
    """A page that frames the address after its question mark."""

    def do_GET(self) -> None:
        asked = self.path.partition("?")[2]
        frame = f'<iframe src="{asked}" width="400" height="400"></iframe>' if asked.startswith("http") else ""
        page = f"<!doctype html><title>Shop</title><link rel=icon href=data:,><h1>Shop</h1>{frame}".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def shop() -> Iterator[str]:
    """Its origin: another than the server's. The same site, or this Chromium refuses the frame all storage on http,
    and what waits would go with its tab."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    server.daemon_threads = True
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
