"""Redis is killed, restarted and emptied, again and again, while the storm lasts."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from redis import Redis, RedisError

from server.up import valkey


class Memory:
    """A Valkey of our own that can be killed."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.path = folder, folder / "v.sock"
        self.killed = self.flushed = 0
        self._start()

    @property
    def url(self) -> str:
        return valkey.url(self.path)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        self.killed += 1
        self._start()

    def flush(self) -> None:
        try:
            Redis.from_url(self.url, socket_timeout=5).flushall()
            self.flushed += 1
        except RedisError:
            self.kill()

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()

    def _start(self) -> None:
        self._process = subprocess.Popen(valkey.command(self.path, self.folder))
        valkey.wait_until_ready(self.path, lambda: self._process.poll() is None, self.folder)


@contextmanager
def bad_weather(memory: Memory, every: float) -> Iterator[None]:
    """A fault every `every` seconds until the block ends; then Redis is there, and empty."""
    over = Event()

    def rage() -> None:
        while not over.wait(every):
            (memory.flush if memory.killed > memory.flushed else memory.kill)()

    thread = Thread(target=rage)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        memory.flush()
