"""So much a second and no more, in this process."""

from __future__ import annotations

from threading import Lock
from time import monotonic


class Allowance:
    """A bucket of one second's worth, filled steadily."""

    def __init__(self, per_second: float) -> None:
        self._rate = self._left = per_second
        self._at = monotonic()
        self._lock = Lock()

    def take(self) -> bool:
        """Whether there is one left."""
        with self._lock:
            now = monotonic()
            self._left = min(self._rate, self._left + (now - self._at) * self._rate)
            self._at = now
            if self._left < 1:
                return False
            self._left -= 1
            return True
