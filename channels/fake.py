"""What stand-ins for providers are built on: a small server on this machine that fails on demand."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import urlsplit

from channels.faults import Fault, Weather, is_after
from channels.stand_in import StandIn, Threads

KEPT = 20_000
"""Messages held at most; older ones are forgotten."""
RUBBISH = b"<!doctype html><title>Welcome to our guest network</title>"


@dataclass(frozen=True)
class Call:
    """One request as it arrived; header names in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """What the stand-in answers; `body` is sent as JSON, or as it is when it is bytes."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Fake(StandIn):
    """Base of all stand-ins: `with TwilioFake(…) as twilio:` runs one on 127.0.0.1 at `twilio.url`.

    `faults` says what the next sends meet (`channels/faults.py`). Other processes POST a JSON list to `/_faults`, or
    `{"share": 0.3, "faults": […], "seed": 1}` to `/_weather`, and GET `/_messages` and `/_count`.
    """

    body_max = 1_000_000

    def __init__(self, port: int = 0):
        server = _Server(("127.0.0.1", port), _Handler)
        server.fake = self
        super().__init__(server)
        self._counting = threading.Lock()
        self._messages: deque[dict[str, Any]] = deque(maxlen=KEPT)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def messages(self) -> list[dict[str, Any]]:
        """What was accepted, oldest first."""
        return list(self._messages)

    def serve(self) -> None:
        """Print the address on one line and run until interrupted: for use from the command line."""
        with self:
            print(self.url, flush=True)
            try:
                self.closing.wait()
            except KeyboardInterrupt:
                return

    def answer(self, call: Call) -> Reply:
        """The provider's own behaviour."""
        raise NotImplementedError

    def keep(self, message: dict[str, Any]) -> None:
        """A message was accepted."""
        self._messages.append(message)
        with self._counting:
            self.count += 1

    def control(self, call: Call) -> Reply | None:
        """Requests of whoever runs the stand-in; None for the provider's own."""
        match call.method, call.path:
            case "GET", "/_messages":
                return Reply(200, self.messages)
            case "GET", "/_count":
                return Reply(200, self.count)
            case "POST", "/_faults":
                self.faults.extend(json.loads(call.body))
                return Reply(200, len(self.faults))
            case "POST", "/_weather":
                said = json.loads(call.body)
                self.faults.set_weather(Weather(**said) if said else None)
                return Reply(200)
        return None


class _Server(Threads, HTTPServer):
    fake: Fake


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 10  # a client that stops in mid-sentence is not waited for

    def do_POST(self) -> None:
        call = self._read()
        if call is None:
            return
        try:
            reply = self.server.fake.control(call) or self._provider(call)
        except Exception as why:  # whatever was sent, the stand-in stays up
            reply = Reply(400, {"message": f"not understood: {why!r}"})
        if reply:
            self._write(reply)

    do_GET = do_DELETE = do_POST

    def _read(self) -> Call | None:
        length = self.headers.get("Content-Length", "0")
        if not (length.isascii() and length.isdigit()):
            self._write(Reply(400, {"message": "bad Content-Length"}))
            return None
        if len(length) > 12 or int(length) > self.server.fake.body_max:
            self._discard(int(length[:12]))
            self._write(Reply(413, b"<html>413 Request Entity Too Large</html>", {"Content-Type": "text/html"}))
            return None
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Call(self.command, parts.path, parts.query, headers, self.rfile.read(int(length)))

    def _discard(self, length: int) -> None:
        """Whoever is still writing would see the line cut, and not our answer."""
        left = min(length, 4 * self.server.fake.body_max)
        while left > 0 and (piece := self.rfile.read(min(left, 65_536))):
            left -= len(piece)

    def _provider(self, call: Call) -> Reply | None:
        fake = self.server.fake
        fault = fake.faults.next() if call.method == "POST" else None
        done = fake.answer(call) if fault is None or is_after(fault) else None
        return done if fault is None else self._fail(fault)

    def _fail(self, fault: Fault) -> Reply | None:
        if not isinstance(fault, str):
            return Reply(fault[0], {"message": "on demand"}, fault[1])
        match fault.removesuffix("-after"):
            case "drop":
                return Reply(502, b"<html>502 Bad Gateway</html>", {"Content-Type": "text/html"})
            case "rubbish":
                return Reply(200, RUBBISH, {"Content-Type": "text/html"})
            case "hang":
                self.server.fake.closing.wait(60)
            case "garbage":
                self.wfile.write(b"this is not HTTP\r\n\r\n")
            case "reset":
                linger = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close_connection = True
        return None

    def _write(self, reply: Reply) -> None:
        said = reply.body
        body = said if isinstance(said, bytes) else b"" if said is None else json.dumps(said).encode()
        self.send_response(reply.status)
        for name, value in {"Content-Type": "application/json", **reply.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads a stand-in's log."""
