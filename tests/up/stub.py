"""A server in miniature, so that the supervisor is tried with real processes and in a moment."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

from server.environment import from_environment
from server.settings import Settings
from server.up.place import CannotStart


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *args: object) -> None:
        pass


def prepare(settings: Settings) -> list[str]:
    if "nowhere" in settings.database_url:
        raise CannotStart("no database answers at DATABASE_URL")
    return ["demo http://127.0.0.1/demo"]


def web(settings: Settings) -> None:
    if os.environ.get("STUB") == "broken":
        sys.exit("broken on purpose")
    HTTPServer((settings.host, settings.port), Answer).serve_forever()


def granian(settings: Settings) -> None:
    from server.up.serve import serve

    serve(settings, target="stub:create_app")


def work(settings: Settings) -> None:
    """Finishes its job when it is asked to stop, as RQ does, and writes down that it could."""

    def finish(*_: object) -> None:
        time.sleep(float(os.environ.get("STUB_JOB", "0")))
        Path(settings.data, "finished").touch()
        sys.exit(0)

    signal.signal(signal.SIGTERM, finish)
    signal.signal(signal.SIGINT, lambda *_: os._exit(9))
    Path(settings.data, "new").write_text(settings.redis_url)
    Path(settings.data, "new").replace(Path(settings.data, "started"))
    while True:
        signal.pause()


def create_app() -> Callable[..., list[bytes]]:
    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        body = environ["wsgi.input"].read() if environ["REQUEST_METHOD"] == "POST" else b""
        start_response("200 OK", [("Connection", "close")])
        return [b"%d %s" % (os.getpid(), body)]

    return app


def main(name: str) -> int:
    settings = from_environment()
    if name == "up":
        from server.up.start import run  # only where it is needed: it costs the other parts half a second

        this = [sys.executable, __file__]
        names = {"web": os.environ.get("STUB_WEB", "web"), "worker": "worker", "clock": "clock"}
        return run(settings, prepare, {name: [*this, each] for name, each in names.items()})
    parts: dict[str, Callable[[Settings], object]] = {
        "web": web,
        "granian": granian,
        "worker": work,
        "clock": lambda _: signal.pause(),
    }
    parts[name](settings)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
