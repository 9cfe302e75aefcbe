"""Asks that were held in a browser, counted in this process until they are written down together."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from threading import Lock

MOST = 10_000
"""Different lines kept between two writes; beyond it the newest are dropped, for counts must not eat the server."""


@dataclass(frozen=True)
class HeldAsk:
    """Who was held back from what, by which rule."""

    site_id: int
    person_id: int
    survey_id: int
    channel: str
    rule: str


class Tally:
    """Counts by HeldAsk, safe between threads."""

    def __init__(self) -> None:
        self._counts: Counter[HeldAsk] = Counter()
        self._lock = Lock()

    def add(self, held: HeldAsk) -> None:
        with self._lock:
            if held in self._counts or len(self._counts) < MOST:
                self._counts[held] += 1

    def take(self) -> dict[HeldAsk, int]:
        """What was counted since the last time; the counts start anew."""
        with self._lock:
            taken, self._counts = dict(self._counts), Counter()
        return taken
