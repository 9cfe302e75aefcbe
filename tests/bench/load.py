"""As many requests as a server takes, over connections that stay open; one process, no framework."""

from __future__ import annotations

import selectors
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter


@dataclass
class Measured:
    """What came of one run: seconds of each request, and how many replies held each of the words looked for."""

    seconds: float
    times: list[float] = field(default_factory=list)
    odd: int = 0

    @property
    def per_second(self) -> float:
        return len(self.times) / self.seconds

    def at(self, share: float) -> float:
        """Milliseconds within which this share of the requests was answered."""
        return 1000 * sorted(self.times)[min(len(self.times) - 1, int(share * len(self.times)))]


def request(path: str, body: bytes, origin: str) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: {origin}\r\nUser-Agent: bench\r\n"
    return f"{head}Content-Type: text/plain\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def run(port: int, requests: Sequence[bytes], at_once: int, seconds: float, expected: bytes) -> Measured:
    """Send `requests` round and round for so long; a reply without `expected` in it is odd."""
    watch, turn = selectors.DefaultSelector(), 0
    sent: dict[socket.socket, float] = {}
    lines = [socket.create_connection(("127.0.0.1", port)) for _ in range(at_once)]
    done = Measured(0)
    begun = perf_counter()
    for line in lines:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        watch.register(line, selectors.EVENT_READ, line)
        sent[line] = perf_counter()
        line.sendall(requests[turn % len(requests)])
        turn += 1
    while (now := perf_counter()) < begun + seconds:
        for key, _ in watch.select(1):
            line = key.data
            reply = _whole(line)
            now = perf_counter()
            done.times.append(now - sent[line])
            done.odd += expected not in reply
            sent[line] = now
            line.sendall(requests[turn % len(requests)])
            turn += 1
    done.seconds = now - begun
    for line in lines:
        line.close()
    watch.close()
    return done


def _whole(line: socket.socket) -> bytes:
    """One reply; the server always says how long it is."""
    reply = line.recv(65_536)
    head, _, body = reply.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    while len(body) < length:
        more = line.recv(65_536)
        reply, body = reply + more, body + more
    return reply
