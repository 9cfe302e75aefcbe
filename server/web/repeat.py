"""Something small that a web process does beside its requests, again and again."""

from __future__ import annotations

import atexit
import logging
from collections.abc import Callable
from threading import Event, Thread

log = logging.getLogger("askonce.web")


class Repeat(Thread):
    """Calls `what` every `seconds`, and once more when the process ends in order. A failure is logged."""

    def __init__(self, seconds: float, what: Callable[[], None]) -> None:
        super().__init__(daemon=True, name="askonce-repeat")
        self._seconds, self._what, self._over = seconds, what, Event()

    def run(self) -> None:
        atexit.register(self._end)
        while not self._over.wait(self._seconds):
            self._once()

    def _end(self) -> None:
        self._over.set()
        self._once()

    def _once(self) -> None:
        try:
            self._what()
        except Exception:
            log.exception("%s failed; it is tried again", self._what)
