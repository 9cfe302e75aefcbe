"""A provider takes so many messages a second: how many may be sent now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil


@dataclass(frozen=True)
class Bucket:
    """`tokens` there were at `at`; each second brings `per_second` more, up to one second's worth.

    With `at` in the future there are none until then.
    """

    per_second: float
    tokens: float
    at: datetime

    @property
    def holds(self) -> float:
        """A full bucket: at least one, or a slow account would never send anything."""
        return max(self.per_second, 1.0)

    def left(self, now: datetime) -> float:
        """Tokens at `now`; below zero while it rests."""
        return min(self.holds, self.tokens + self.per_second * (now - self.at).total_seconds())

    def take(self, wanted: int, now: datetime) -> tuple[int, Bucket]:
        """How many of `wanted` there are, and what is left then."""
        left = self.left(now)
        taken = max(0, min(wanted, int(left)))
        return taken, Bucket(self.per_second, left - taken, now) if taken else self

    def owe(self, more: int, now: datetime) -> Bucket:
        """So many more are gone, also where there are none: then nothing is sent until they are made up for."""
        left = self.left(now) if self.at <= now else min(self.holds, self.tokens)
        return Bucket(self.per_second, left - more, max(self.at, now))

    def back(self, unused: int) -> Bucket:
        """Some that were taken and not used."""
        return Bucket(self.per_second, min(self.holds, self.tokens + unused), self.at)

    def rest(self, until: datetime) -> Bucket:
        """Empty, and filled again from `until` on; never earlier than it was to be."""
        return Bucket(self.per_second, 0.0, max(until, self.at)) if until > self.at or self.tokens > 0 else self

    def wait(self, now: datetime) -> timedelta:
        """Until there is one, in whole milliseconds; zero when there is."""
        missing = 1.0 - self.left(now)
        return timedelta(milliseconds=ceil(1000 * missing / self.per_second)) if missing > 0 else timedelta(0)
