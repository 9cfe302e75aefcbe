"""So many a second, and no more, whatever is asked for."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from server.core.bucket import Bucket
from tests.parts import NOON

SECOND = timedelta(seconds=1)


@given(
    rate=st.floats(0.1, 1000),
    asks=st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 500)), min_size=1, max_size=40),
)
def test_in_any_time_no_more_than_a_full_bucket_and_what_came_since(rate: float, asks: list[tuple[int, int]]) -> None:
    bucket, now, taken = Bucket(rate, 1e9, NOON), NOON, 0
    for wait, wanted in asks:
        now += timedelta(milliseconds=wait)
        some, bucket = bucket.take(wanted, now)
        assert 0 <= some <= wanted
        taken += some
    assert taken <= bucket.holds + rate * (now - NOON).total_seconds() + 1e-6


@given(rate=st.floats(0.1, 1000))
def test_after_the_wait_there_is_one(rate: float) -> None:
    _, empty = Bucket(rate, 1e9, NOON).take(10_000, NOON)

    wait = empty.wait(NOON)

    assert empty.take(1, NOON + wait)[0] == 1
    if wait > timedelta(milliseconds=2):
        assert empty.take(1, NOON + wait - timedelta(milliseconds=2))[0] == 0


def test_while_it_rests_there_is_none_and_a_shorter_rest_changes_nothing() -> None:
    resting = Bucket(100, 5, NOON).rest(NOON + 60 * SECOND)

    assert resting.rest(NOON + 10 * SECOND) == resting
    assert resting.take(9, NOON + 60 * SECOND)[0] == 0
    assert resting.take(9, NOON + 61 * SECOND)[0] == 9


def test_what_was_not_used_is_there_again_and_never_more_than_fits() -> None:
    _, left = Bucket(5, 1e9, NOON).take(4, NOON)

    assert left.back(3).left(NOON) == 4
    assert left.back(99).left(NOON) == 5


def test_what_takes_more_places_than_there_are_is_made_up_for() -> None:
    full = Bucket(1, 1e9, NOON)
    owing = full.take(1, NOON)[1].owe(2, NOON)

    assert [owing.take(1, NOON + n * SECOND)[0] for n in (1, 2, 3)] == [0, 0, 1]
    assert owing.wait(NOON) == 3 * SECOND
    assert full.owe(2, NOON + 60 * SECOND).left(NOON + 60 * SECOND) == -1  # of a long rest nothing is kept
    assert full.rest(NOON + 60 * SECOND).owe(2, NOON).left(NOON + 62 * SECOND) == 0
