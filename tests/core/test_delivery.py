"""An invitation moves forward only."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from typing import get_args

import pytest

from server.core.delivery import ATTEMPTS, MOVES, SETTLED, WAITING, State, backoff, before, may_move

STATES: tuple[State, ...] = get_args(State)

PROGRESS: dict[State, int] = {
    "planned": 0, "queued": 1, "calling": 2, "unconfirmed": 3, "accepted": 4, "failed": 5, "delivered": 6, "bounced": 7,
    "held": 7, "suppressed": 7, "expired": 7, "shown": 1, "cancelled": 7,
}  # fmt: skip
# A job that was lost is planned anew, and so is a call that is proven not to have left.
BACK: set[tuple[State, State]] = {("queued", "planned"), ("calling", "planned")}


@pytest.mark.parametrize(("now", "then"), [*product(STATES, STATES)])
def test_no_move_goes_back(now: State, then: State) -> None:
    assert not may_move(now, then) or PROGRESS[now] < PROGRESS[then] or (now, then) in BACK


@pytest.mark.parametrize("state", STATES)
def test_what_is_settled_is_never_sent_again(state: State) -> None:
    assert (state in SETTLED) == (state not in (*WAITING, "calling"))
    assert state not in SETTLED or not may_move(state, "calling")
    assert state not in SETTLED or not any(may_move(state, waiting) for waiting in WAITING)


@pytest.mark.parametrize("state", ["bounced", "held", "suppressed", "expired", "cancelled"])
def test_an_end_is_an_end(state: State) -> None:
    assert not any(may_move(state, then) for then in STATES)


@pytest.mark.parametrize("one", ["accepted", "failed", "delivered", "bounced"])
@pytest.mark.parametrize("other", ["accepted", "failed", "delivered", "bounced"])
def test_what_is_told_in_either_order_comes_to_the_same(one: State, other: State) -> None:
    assert (one == other) or may_move(one, other) != may_move(other, one)


@pytest.mark.parametrize(("now", "then"), [*product(STATES, STATES)])
def test_the_guard_of_a_move_is_the_moves_read_backwards(now: State, then: State) -> None:
    assert (now in before(then)) == may_move(now, then) == (then in MOVES.get(now, ()))


def test_only_what_waits_may_be_called() -> None:
    assert before("calling") == WAITING


def test_each_wait_is_longer_until_it_is_an_hour() -> None:
    waits = [backoff(n) for n in range(1, ATTEMPTS + 1)]

    assert waits[0] == timedelta(seconds=10)
    assert waits == sorted(waits)
    assert set(waits[4:]) == {timedelta(hours=1)}
