"""The score and its interval are the published ones."""

from __future__ import annotations

from math import isclose, sqrt
from typing import Literal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from server.core.scoring import Z95, group_of, nps_interval, score, share_interval

counts = st.integers(0, 400)


def test_nps_is_promoters_less_detractors() -> None:
    found = score("nps", {10: 4, 9: 3, 8: 1, 7: 1, 6: 1, 0: 0}, 10)

    assert (found.count, found.value) == (10, 60.0)
    assert dict(found.groups) == {"promoter": 7, "passive": 2, "detractor": 1}


@pytest.mark.parametrize(
    ("kind", "top", "given", "value"), [("csat", 5, {5: 2, 4: 1, 3: 1}, 75), ("ces", 7, {7: 1, 4: 3}, 25)]
)
def test_csat_and_ces_are_the_share_above_the_middle(
    kind: Literal["csat", "ces"], top: int, given: dict[int, int], value: float
) -> None:
    assert score(kind, given, top).value == value


@pytest.mark.parametrize(
    ("kind", "top", "groups"),
    [
        ("nps", 10, "DDDDDDDPP++"),
        ("csat", 3, "-0+"),
        ("csat", 5, "--0++"),
        ("csat", 7, "---0+++"),
        ("csat", 10, "----00++++"),
        ("ces", 5, "--0++"),
        ("ces", 7, "---0+++"),
    ],
)
def test_every_value_of_every_scale_has_its_group(kind: str, top: int, groups: str) -> None:
    letters = {
        "promoter": "+", "passive": "P", "detractor": "D", "neutral": "0",
        "satisfied": "+", "unsatisfied": "-", "agree": "+", "disagree": "-",
    }  # fmt: skip
    first = 0 if kind == "nps" else 1

    assert "".join(letters[group_of(kind, n, top)] for n in range(first, top + 1)) == groups


def test_nobody_answered_is_no_score() -> None:
    found = score("nps", {}, 10)

    assert (found.count, found.value, found.low, found.high) == (0, None, None, None)


@pytest.mark.parametrize(
    ("promoters", "detractors", "total", "low", "high"),
    [
        # By hand after Rocks (2016): n' = n+3, p' = (p+3/4)/n', d' = (d+3/4)/n', z = 1.96, points.
        # 7, 1 of 10: p' = 7.75/13, d' = 1.75/13, difference 6/13 = .46154, variance 9.5/13 - .21302 = .51775.
        (7, 1, 10, 46.1538 - 39.1145, 46.1538 + 39.1145),
        # 50, 20 of 100: difference 30/103 = .29126, variance 71.5/103 - .08483 = .60934.
        (50, 20, 100, 29.1262 - 15.0751, 29.1262 + 15.0751),
        # 0, 0 of 1: difference 0, variance 1.5/4; the margin is 1.96 sqrt(.375/4).
        (0, 0, 1, -60.0114, 60.0114),
    ],
)  # fmt: skip
def test_the_nps_interval_is_the_adjusted_wald_of_rocks(
    promoters: int, detractors: int, total: int, low: float, high: float
) -> None:
    assert nps_interval(promoters, detractors, total) == pytest.approx((low, high), abs=0.001)


@pytest.mark.parametrize(
    ("good", "total", "low", "high"),
    [
        # R. G. Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3 (score, no correction).
        (81, 263, 25.53, 36.62),
        (15, 148, 6.24, 16.05),
        (0, 20, 0.00, 16.11),
        (1, 29, 0.61, 17.18),
    ],
)
def test_the_interval_of_a_share_is_wilsons(good: int, total: int, low: float, high: float) -> None:
    assert share_interval(good, total) == pytest.approx((low, high), abs=0.006)


@given(counts, counts, counts)
def test_an_nps_interval_stays_on_its_scale_and_round_the_adjusted_value(up: int, mid: int, down: int) -> None:
    total = up + mid + down
    assume(total)

    low, high = nps_interval(up, down, total)
    assert -100 <= low <= 100 * (up - down) / (total + 3) <= high <= 100


@given(st.integers(0, 400), st.integers(1, 400))
def test_a_share_lies_in_its_interval(good: int, total: int) -> None:
    assume(good <= total)

    low, high = share_interval(good, total)
    assert 0 <= low <= 100 * good / total + 1e-9
    assert 100 * good / total - 1e-9 <= high <= 100


@given(counts, counts, counts, st.integers(2, 20))
def test_more_answers_of_the_same_kind_make_it_surer(up: int, mid: int, down: int, times: int) -> None:
    total = up + mid + down
    assume(total >= 10)
    few, many = (nps_interval(up * n, down * n, total * n) for n in (1, times))
    few_share, many_share = (share_interval(up * n, total * n) for n in (1, times))

    assert many_share[1] - many_share[0] < few_share[1] - few_share[0]
    if 0 < up + down < total:  # at the edges of the scale three pseudo-answers weigh more than the rest
        assert many[1] - many[0] <= few[1] - few[0] + 1e-9


@given(counts, counts, counts)
def test_the_score_lies_in_its_interval_once_enough_have_answered(up: int, mid: int, down: int) -> None:
    total = up + mid + down
    assume(total >= 30 and min(up, mid, down) >= 5)

    low, high = nps_interval(up, down, total)
    assert low < 100 * (up - down) / total < high


def test_promoters_and_detractors_are_mirrored() -> None:
    low, high = nps_interval(7, 1, 10)

    assert nps_interval(1, 7, 10) == pytest.approx((-high, -low))
    assert isclose(Z95, 1.96, abs_tol=1e-4)
    assert isclose((high - low) / 2, 100 * 1.959964 * sqrt(0.517751 / 13), abs_tol=1e-2)
