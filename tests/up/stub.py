"""A server in miniature, so that the supervisor is tried with real processes and in a moment."""

from __future__ import annotations

import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from server.settings import Settings, from_environment
from server.up.place import CannotStart
from server.up.start import run


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


def work(settings: Settings) -> None:
    """Finishes its job when it is asked to stop, as RQ does, and writes down that it could."""

    def finish(*_: object) -> None:
        time.sleep(float(os.environ.get("STUB_JOB", "0")))
        Path(settings.data, "finished").write_text(settings.redis_url)
        sys.exit(0)

    signal.signal(signal.SIGTERM, finish)
    signal.signal(signal.SIGINT, lambda *_: os._exit(9))
    while True:
        signal.pause()


def main(name: str) -> int:
    settings = from_environment()
    if name == "up":
        this = [sys.executable, __file__]
        return run(settings, prepare, {each: [*this, each] for each in ("web", "worker", "clock")})
    {"web": web, "worker": work, "clock": work}[name](settings)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
