"""A tenth of the people is the same tenth for ever."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from server.core.sampling import in_sample

who = st.text(max_size=40)
ids = st.integers(1, 2**40)
percents = st.floats(0, 100)
CROWD = [f"user/{n}" for n in range(20_000)]


def chosen(percent: float, survey: int = 1, site: int = 1) -> set[str]:
    return {who for who in CROWD if in_sample(site, survey, who, percent)}


def test_it_is_the_same_people_in_every_year_and_on_every_machine() -> None:
    """Written down once: were another hash used one day, every running sample would change."""
    assert [n for n in range(60) if in_sample(1, 1, f"user/{n}", 10)] == FIRST_TENTH


FIRST_TENTH = [0, 14, 33, 44, 46]


@given(ids, ids, who, percents, percents)
def test_a_larger_sample_contains_the_smaller_one(site: int, survey: int, who: str, one: float, other: float) -> None:
    small, large = sorted((one, other))

    assert in_sample(site, survey, who, small) <= in_sample(site, survey, who, large)


@given(ids, ids, who)
def test_everybody_is_in_the_whole_and_nobody_in_nothing(site: int, survey: int, who: str) -> None:
    assert in_sample(site, survey, who, 100)
    assert not in_sample(site, survey, who, 0)


def test_a_share_of_many_is_that_share() -> None:
    for percent in (0.1, 1, 10, 50, 99):
        expected = len(CROWD) * percent / 100
        assert abs(len(chosen(percent)) - expected) < 4 * (expected * (1 - percent / 100)) ** 0.5 + 1


def test_two_surveys_ask_different_people_and_so_do_two_sites() -> None:
    tenth = chosen(10)

    for other in (chosen(10, survey=2), chosen(10, survey=11), chosen(10, site=2)):
        # Of one tenth about a tenth is in the other: neither the same people nor everybody else.
        assert abs(len(tenth & other) - 200) < 60


def test_half_a_character_in_a_name_is_no_reason_to_stumble() -> None:
    assert in_sample(1, 1, "user/\ud83d", 100)
