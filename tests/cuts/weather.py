"""A network that breaks off: a proxy before the server, which cuts where the dice say."""

from __future__ import annotations

import asyncio
import random
import re
import socket
import struct
import threading
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

FAULTS = ("refused", "before", "after", "after", "after", "middle", "middle", "stalled", "late", "hotel", "busy")
"""Not taken at all; cut before the server hears it; cut when the server has done it and said nothing; cut within the
reply; held for good; held for a while; answered by somebody else; told to come again."""

HOTEL = b"<!doctype html><title>Hotel</title><h1>Please log in</h1>"
HELD = 1.5
"""Seconds for which a reply comes late."""


@dataclass
class Sky:
    """How likely a request meets a fault, by what it asks for; `calm` is none."""

    dice: random.Random
    answers: float = 0.0
    pages: float = 0.0
    faults: Counter[str] = field(default_factory=Counter)

    def calm(self) -> None:
        self.answers = self.pages = 0.0

    def storm(self) -> None:
        self.answers, self.pages = 0.5, 0.06

    def strike(self, request: str) -> str:
        """What befalls a request (its first line); "" for nothing."""
        likely = self.answers if request.startswith("POST /s/") else self.pages
        if self.dice.random() >= likely:
            return ""
        fault = self.dice.choice(FAULTS if likely == self.answers else FAULTS[:7])
        self.faults[fault] += 1
        return fault


class Proxy:
    """Listens on loopback before `server_port`; one request a connection, so that each can be cut by itself."""

    def __init__(self, sky: Sky, port: int, server_port: int):
        self.sky, self.port, self.server_port = sky, port, server_port
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[None] | None] = set()
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        assert ready.wait(5)

    def _run(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", self.port))
        ready.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        self._tasks.add(task)  # or the loop forgets who waits on a line that is gone
        with suppress(OSError, EOFError, asyncio.LimitOverrunError, asyncio.CancelledError):
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.I)
            body = await reader.readexactly(int(length[1]) if length else 0)
            fault = self.sky.strike(head.split(b"\r\n", 1)[0].decode("latin-1"))
            await self._answer(fault, head, body, writer)
        with suppress(OSError):
            writer.close()
        self._tasks.discard(task)

    async def _answer(self, fault: str, head: bytes, body: bytes, writer: asyncio.StreamWriter) -> None:
        if fault in ("refused", "before"):
            return _cut(writer, reset=fault == "refused")
        if fault == "hotel":
            return writer.write(_reply("200 OK", HOTEL))
        if fault == "busy":
            return writer.write(_reply("503 Service Unavailable", b"later", "Retry-After: 1\r\n"))
        reply = await self._from_server(head, body)
        if fault == "stalled":
            await asyncio.sleep(12)
        if fault == "late":
            await asyncio.sleep(HELD)
        if not reply or fault in ("after", "stalled"):
            return _cut(writer, reset=self.sky.dice.random() < 0.5)
        if fault == "middle":
            writer.write(reply[: self.sky.dice.randrange(1, len(reply))])
            await writer.drain()
            return _cut(writer, reset=False)
        writer.write(reply)
        return await writer.drain()

    async def _from_server(self, head: bytes, body: bytes) -> bytes:
        """The whole reply; what came of it when the server died meanwhile."""
        reply = b""
        with suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", self.server_port)
            alone = re.sub(rb"\r\nconnection:[^\r]*", b"", head, flags=re.I)
            writer.write(alone[:-2] + b"Connection: close\r\n\r\n" + body)
            while part := await reader.read(65536):
                reply += part
            writer.close()
        return reply


def _cut(writer: asyncio.StreamWriter, reset: bool) -> None:
    if reset:  # RST, not FIN
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def _reply(status: str, body: bytes, more: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n{more}Connection: close\r\n"
    return head.encode() + b"\r\n" + body
