"""A database that is busy, or starts anew, is asked again: a message that is as good as gone must not be lost by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import sleep
from typing import TypeVar

from server.store.db import DatabaseError

Written = TypeVar("Written")

WAITS = (0.1, 0.4, 1.5, 4.0, 6.0)
"""Seconds from one try to the next. A database that its machine starts anew is back within them."""


def insist(write: Callable[[], Written], waits: Iterator[float] | None = None) -> Written:
    """What `write` returns at the first try that succeeds. Raises DatabaseError when not even the last one did.

    `waits` is what several writes have in common: all in all they wait no longer than one.
    """
    left = iter(WAITS) if waits is None else waits
    while True:
        try:
            return write()
        except DatabaseError:
            wait = next(left, None)
            if wait is None:
                raise
            sleep(wait)
