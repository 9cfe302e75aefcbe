"""A hundred points are shared by the providers of a kind, and none is ever lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.weights import FAULTS_MOST, SLOW_FROM, STEP, WHOLE, Minute, moved, pick, resting, restored

shares = st.integers(2, 5).flatmap(
    lambda n: st.lists(st.integers(0, WHOLE), min_size=n - 1, max_size=n - 1).map(
        lambda cuts: [b - a for a, b in zip([0, *sorted(cuts)], [*sorted(cuts), WHOLE], strict=True)]
    )
)


@given(weights=shares, data=st.data())
def test_points_go_from_the_bad_to_the_good(weights: list[int], data: st.DataObject) -> None:
    bad = data.draw(st.lists(st.booleans(), min_size=len(weights), max_size=len(weights)))

    now = moved(weights, bad)

    assert (sum(now), min(now) >= 0) == (WHOLE, True)
    if all(bad) or not any(bad):
        assert now == weights
    else:
        changes = [b - a for a, b in zip(weights, now, strict=True)]
        assert all(
            change == -min(STEP, weight) if is_bad else change >= 0
            for change, weight, is_bad in zip(changes, weights, bad, strict=True)
        )


@given(weights=shares)
def test_in_calm_all_come_back_to_rest(weights: list[int]) -> None:
    rest = resting(len(weights))
    for _ in range(WHOLE):
        now = restored(weights, rest)
        assert sum(now) == WHOLE
        assert sum(abs(a - b) for a, b in zip(weights, now, strict=True)) <= 2 * STEP
        weights = now

    assert weights == rest


@pytest.mark.parametrize(("n", "rest"), [(1, [100]), (2, [50, 50]), (3, [34, 33, 33])])
def test_at_rest_all_have_the_same(n: int, rest: list[int]) -> None:
    assert resting(n) == rest


@pytest.mark.parametrize(
    ("minute", "is_bad"),
    [
        (Minute(), False),
        (Minute(FAULTS_MOST, 1, 0), False),
        (Minute(FAULTS_MOST + 1, 1, 0), True),
        (Minute(0, SLOW_FROM - 1, SLOW_FROM - 1), False),
        (Minute(0, SLOW_FROM, 2), False),
        (Minute(0, SLOW_FROM, 3), True),
    ],
)
def test_what_a_bad_minute_is(minute: Minute, is_bad: bool) -> None:
    assert minute.is_bad is is_bad


def test_each_is_picked_as_often_as_its_weight_says() -> None:
    picked = [pick([30, 0, 70], n / 100) for n in range(100)]

    assert [picked.count(n) for n in range(3)] == [30, 0, 70]
    assert pick([0, 0], 0.5) == 0
