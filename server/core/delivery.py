"""The states of an invitation and the moves between them; a late event never moves it back."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

State = Literal[
    "planned", "queued", "calling", "accepted", "delivered", "bounced", "failed", "unconfirmed",
    "held", "suppressed", "expired", "cancelled", "shown",
]  # fmt: skip
Outcome = Literal["answered", "dismissed", "ignored", "unseen"]

MOVES: dict[State, frozenset[State]] = {
    "planned": frozenset({"queued", "calling", "held", "suppressed", "expired", "cancelled", "failed"}),
    "queued": frozenset({"planned", "calling", "held", "suppressed", "expired", "cancelled", "failed"}),
    # Back to planned only by the worker that holds the lease, when the provider proved that nothing left.
    "calling": frozenset({"planned", "accepted", "delivered", "bounced", "failed", "unconfirmed"}),
    "accepted": frozenset({"delivered", "bounced", "failed"}),
    "unconfirmed": frozenset({"accepted", "delivered", "bounced", "failed"}),
    # In whatever order it is told: what arrived did not fail, and what came back in the end did not arrive.
    "failed": frozenset({"delivered", "bounced"}),
    "delivered": frozenset({"bounced"}),
    "shown": frozenset({"cancelled"}),
}

WAITING: tuple[State, ...] = ("planned", "queued")
SETTLED: tuple[State, ...] = (
    "accepted", "delivered", "bounced", "failed", "unconfirmed", "held", "suppressed", "expired", "cancelled", "shown",
)  # fmt: skip

CALL_LEASE = timedelta(seconds=30)
"""A worker has this long for one call to a provider; past it, it died there."""

QUEUE_PATIENCE = timedelta(seconds=10)
"""A job handed to the queue and not taken up by then was lost with it, and is handed over again."""

BUSY_PATIENCE = timedelta(seconds=60)
"""The same while jobs wait in the queue: it may well be one of these."""

BEATS = timedelta(seconds=10)
"""How often a worker in a long call says that it lives."""

KEEP_FOR = timedelta(seconds=2)
"""How long a batch is gathered before it is called with what there is: who was kept first must not wait, and a person
who says no meanwhile is heard."""

TRANSACTIONAL, REMINDER, BULK = LANES = (0, 1, 2)
"""What somebody waits for (a hook, an API call), what reminds, what was planned for many: an earlier one goes first."""

HANDED_MOST = 1_000
"""Invitations of one lane that are with the workers at a time; all others wait in the database."""

RUNS = 10
"""A worker that took one up and came to no end, so many times: it is set aside."""

RESENT = frozenset({"email"})
"""Channels on which what may have left is sent once more: a mail twice is a nuisance (its readers show it once, by its
Message-ID), a text twice costs money and trust."""

LOOK_AFTER = timedelta(minutes=1)
"""How long after a call of unknown end the provider is first asked what became of it."""

ATTEMPTS = 8
EXPIRES_AFTER = timedelta(hours=72)
"""What could not leave by then is too old to be sent. A weekend and its nights fit in: what a team that sends on
weekdays plans on Friday evening leaves on Monday."""


def together(runs: int) -> int:
    """How many are taken up at once of those that a worker came to no end with, `runs` times: a tenth each time. What
    kills its worker is soon alone, and what merely died with it is not sent one by one because of that."""
    return max(1, HANDED_MOST // int(10**runs))


def may_move(now: State, then: State) -> bool:
    """Whether an invitation in state `now` may become `then`."""
    return then in MOVES.get(now, frozenset())


def before(then: State) -> tuple[State, ...]:
    """Every state from which `then` may be reached: the guard of one UPDATE."""
    return tuple(state for state, moves in MOVES.items() if then in moves)


def backoff(attempt: int) -> timedelta:
    """How long to wait after the `attempt`-th try (from 1): 10 s, 1 min, 5 min, 15 min, then an hour."""
    return timedelta(seconds=(10, 60, 300, 900, 3600)[min(attempt, 5) - 1])
