"""The scripts that others have their users load, out of their public packages, packed as ours are."""

from __future__ import annotations

import gzip
import json
import mimetypes
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass(frozen=True)
class Peer:
    """`package` is the head of the archive's name; `scripts` are what a page of theirs loads to begin with."""

    name: str
    package: str
    scripts: tuple[str, ...]
    what: str
    is_module: bool = False

    def archive(self, folder: Path) -> Path:
        """Where its package is; FileNotFoundError with what to type where it is not."""
        found = sorted(folder.glob(f"{self.package}-[0-9]*.tgz"))
        if not found:
            raise FileNotFoundError(f"{folder} has no {self.package}-*.tgz; `npm pack` in it brings one")
        return found[-1]

    def version(self, folder: Path) -> str:
        with tarfile.open(self.archive(folder)) as packed:
            said = packed.extractfile("package/package.json")
            assert said
            return str(json.load(said)["version"])


PEERS = (
    Peer("PostHog", "posthog-js", ("dist/array.js",), "array.js"),
    Peer("PostHog", "posthog-js", ("dist/array.js", "dist/surveys.js"), "with surveys.js"),
    Peer("Sprig", "sprig-technologies-sprig-browser", ("dist/index.js",), "index.js", is_module=True),
    Peer("Typeform", "typeform-embed", ("build/embed.js",), "embed.js, no frame"),
    Peer("Formbricks", "formbricks-js", ("dist/index.js",), "the npm shim alone", is_module=True),
)
"""Formbricks' package loads its real script from a server of theirs, which is not in it."""


@contextmanager
def shelf(folder: Path, peer: Peer) -> Iterator[str]:
    """A server of the peer's files, gzip throughout; the tag for a page, as long as the block lasts."""
    files: dict[str, bytes] = {}
    with tarfile.open(peer.archive(folder)) as packed:
        for member in packed.getmembers():
            content = packed.extractfile(member) if member.isfile() else None
            if content and member.name.endswith((".js", ".css")):
                files["/" + member.name.removeprefix("package/")] = gzip.compress(content.read(), 9)

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = files.get(self.path)
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", mimetypes.guess_type(self.path)[0] or "text/plain")
            self.send_header("Access-Control-Allow-Origin", "*")
            if body:
                self.send_header("Content-Encoding", "gzip")
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    place = f"http://127.0.0.1:{server.server_address[1]}/"
    kind = ' type="module"' if peer.is_module else ""
    try:
        yield "".join(f'<script src="{place}{script}"{kind}></script>' for script in peer.scripts)
    finally:
        server.shutdown()
        server.server_close()
