"""Two providers of one kind share what is sent: who does badly gets less, and gets it back when all is calm.

As GOV.UK Notify does it (`send_to_providers.py`): a provider that fails is left slowly, so that both stay in use and
neither is flooded at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

WHOLE, STEP = 100, 10
MOVE_EVERY = timedelta(minutes=1)
CALM = timedelta(minutes=5)

FAULTS_MOST = 50
"""Failures within a minute that are bad luck; more are a bad provider."""

SLOW = timedelta(seconds=5)
SLOW_SHARE, SLOW_FROM = 0.15, 20
"""Of its calls within a minute so large a share may take longer than SLOW, once there are so many."""


@dataclass(frozen=True)
class Minute:
    """How the calls of one provider went within a minute: messages that failed, calls, and slow ones among them."""

    faults: int = 0
    calls: int = 0
    slow: int = 0

    @property
    def is_bad(self) -> bool:
        return self.faults > FAULTS_MOST or (self.calls >= SLOW_FROM and self.slow >= SLOW_SHARE * self.calls)


def resting(providers: int) -> list[int]:
    """Weights when all is well: the same for each, what cannot be shared for the first."""
    each, rest = divmod(WHOLE, providers)
    return [each + rest, *[each] * (providers - 1)]


def moved(weights: Sequence[int], bad: Sequence[bool]) -> list[int]:
    """STEP points from each bad one to the good ones. When all are bad nobody is better off elsewhere."""
    good = [n for n, is_bad in enumerate(bad) if not is_bad]
    if not good or len(good) == len(weights):
        return list(weights)
    lost = [min(STEP, weight) if is_bad else 0 for weight, is_bad in zip(weights, bad, strict=True)]
    shares = iter(_shared(sum(lost), len(good)))
    return [w - lost[n] if bad[n] else w + next(shares) for n, w in enumerate(weights)]


def restored(weights: Sequence[int], rest: Sequence[int]) -> list[int]:
    """STEP points back towards `rest`, from whoever is farthest above to whoever is farthest below."""
    now = list(weights)
    for _ in range(STEP):
        above = [weight - wanted for weight, wanted in zip(now, rest, strict=True)]
        if max(above) <= 0:
            break
        now[above.index(max(above))] -= 1
        now[above.index(min(above))] += 1
    return now


def pick(weights: Sequence[int], dice: float) -> int:
    """The index that `dice` (0 to 1, without 1) falls on; the first with any weight when nobody else has some."""
    point = dice * sum(weights)
    for n, weight in enumerate(weights):
        point -= weight
        if point < 0:
            return n
    return 0


def _shared(points: int, among: int) -> list[int]:
    each, rest = divmod(points, among)
    return [each + (n < rest) for n in range(among)]
