"""What every request needs and few things change is read once and kept ready."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from typing import Generic, TypeVar

Thing = TypeVar("Thing")

MOST = 1_000
"""Things on one shelf; beyond it the one that was asked for longest ago goes."""
IDLE = 60.0
"""Seconds after which what nobody asked for is no longer kept fresh."""


@dataclass
class _Kept(Generic[Thing]):
    thing: Thing
    made: float
    asked: float


class Shelf(Generic[Thing]):
    """Things by name, each at most `patience` seconds old. With none of it (as at first) each is made anew every
    time; somebody who calls `renew` every second may have a lot, and then no request ever waits for one."""

    def __init__(self) -> None:
        self.patience = 0.0
        self._kept: dict[str, _Kept[Thing]] = {}
        self._lock = Lock()

    def get(self, name: str, make: Callable[[], Thing]) -> Thing:
        """The thing called `name`, made by `make` unless it is here and young enough."""
        now = monotonic()
        kept = self._kept.get(name)
        if kept and now - kept.made < self.patience:
            kept.asked = now
            return kept.thing
        return self._put(name, make(), now, now)

    def put(self, name: str, thing: Thing) -> Thing:
        """`thing` is what there is now under this name."""
        now = monotonic()
        return self._put(name, thing, now, now)

    def renew(self, make: Callable[[str], Thing]) -> None:
        """Make everything anew that was asked for lately, and let go of the rest."""
        now = monotonic()
        for name, kept in list(self._kept.items()):
            if now - kept.asked < IDLE:
                self._put(name, make(name), now, kept.asked)
            else:
                self._kept.pop(name, None)

    def _put(self, name: str, thing: Thing, made: float, asked: float) -> Thing:
        with self._lock:
            if name not in self._kept and len(self._kept) >= MOST:
                self._kept.pop(min(self._kept, key=lambda each: self._kept[each].asked))
            self._kept[name] = _Kept(thing, made, asked)
        return thing
