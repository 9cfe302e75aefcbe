"""Send hours and allowances: what fits into the moment, in words, and when the next one begins."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.moments import MOMENT_RULES, SEND_HOURS, Allowance, Per, judge_hours, judge_spent
from server.core.schedule import Hours
from server.core.throttle import Finding

HOUR = timedelta(hours=1)
PERS: list[Per] = ["hour", "day", "month"]
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Havana", "Asia/Kolkata",
         "America/Santiago", "Pacific/Kiritimati"]  # fmt: skip
zones = st.sampled_from(ZONES)
pers = st.sampled_from(PERS)
instants = st.integers(0, 3 * 366 * 86400).map(lambda s: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=s))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@given(zones, pers, instants)
def test_every_moment_is_in_one_bucket_and_the_next_begins_where_it_ends(zone: str, per: Per, now: datetime) -> None:
    allowance = Allowance(1, per)
    begins, ends = allowance.begins(now, zone), allowance.ends(now, zone)

    assert begins <= now < ends
    assert allowance.begins(begins, zone) == begins
    assert allowance.begins(ends, zone) != begins
    assert allowance.begins(ends - timedelta(seconds=1), zone) >= begins


@given(zones, pers, instants, instants)
def test_a_later_moment_is_in_no_earlier_bucket(zone: str, per: Per, one: datetime, other: datetime) -> None:
    earlier, later = sorted((one, other))

    assert Allowance(1, per).begins(earlier, zone) <= Allowance(1, per).begins(later, zone)


@pytest.mark.parametrize(
    ("per", "zone", "now", "begins", "ends"),
    [
        ("hour", "UTC", "2026-11-23T12:34:56", "2026-11-23T12:00", "2026-11-23T13:00"),
        ("hour", "Asia/Kolkata", "2026-11-23T12:34:56", "2026-11-23T12:30", "2026-11-23T13:30"),
        ("day", "UTC", "2026-11-23T12:34:56", "2026-11-23T00:00", "2026-11-24T00:00"),
        ("day", "Europe/Berlin", "2026-11-23T23:30", "2026-11-23T23:00", "2026-11-24T23:00"),
        ("day", "Europe/Berlin", "2025-03-30T12:00", "2025-03-29T23:00", "2025-03-30T22:00"),
        ("day", "Europe/Berlin", "2025-10-26T12:00", "2025-10-25T22:00", "2025-10-26T23:00"),
        ("month", "Europe/Berlin", "2025-03-30T12:00", "2025-02-28T23:00", "2025-03-31T22:00"),
        ("month", "UTC", "2026-12-31T23:59", "2026-12-01T00:00", "2027-01-01T00:00"),
        ("month", "UTC", "2028-01-31T00:00", "2028-01-01T00:00", "2028-02-01T00:00"),
    ],
)
def test_hours_days_and_months_are_those_of_the_site(per: Per, zone: str, now: str, begins: str, ends: str) -> None:
    allowance = Allowance(1, per)

    assert (allowance.begins(utc(now), zone), allowance.ends(utc(now), zone)) == (utc(begins), utc(ends))


def test_the_hour_that_comes_twice_has_two_allowances() -> None:
    """On 26 October 2025 Berlin has two hours from two o'clock on."""
    hours = [utc("2025-10-26T00:30") - HOUR + n * HOUR for n in range(4)]

    begun = [Allowance(1, "hour").begins(at, "Europe/Berlin") for at in hours]

    assert [later - earlier for earlier, later in pairwise(begun)] == [HOUR] * 3


@given(st.integers(1, 1000), st.integers(0, 2000))
def test_there_is_room_until_everything_is_spent(most: int, spent: int) -> None:
    now = utc("2026-11-23T12:34")
    found = judge_spent("pace", Allowance(most, "day"), spent, "asks", now, "UTC")

    assert found.passed is (spent < most)
    assert found.until == (None if found.passed else utc("2026-11-24T00:00"))


@pytest.mark.parametrize(("per", "said"), [("hour", "this hour"), ("day", "today"), ("month", "this month")])
def test_what_is_spent_is_said_in_words(per: Per, said: str) -> None:
    found = judge_spent("budget", Allowance(100, per), 100, "text messages", utc("2026-11-23T12:00"), "UTC")

    assert found.because == f"100 of 100 text messages {said}"


NIGHT = utc("2026-11-24T04:00")  # 23:00 in New York, 20:00 in Los Angeles


def test_a_text_waits_for_the_morning_where_she_is_and_says_so() -> None:
    assert judge_hours("sms", SEND_HOURS["sms"], ["America/New_York"], NIGHT) == Finding(
        "send_hours", False, utc("2026-11-24T13:00"),
        because="text messages go out from 08:00 to 21:00 where she is (America/New_York)",
    )  # fmt: skip
    assert judge_hours("sms", SEND_HOURS["sms"], ["America/Los_Angeles"], NIGHT) == Finding("send_hours", True)


def test_who_may_be_in_many_places_is_told_of_a_few() -> None:
    zones = ["America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "Pacific/Honolulu"]
    found = judge_hours("sms", SEND_HOURS["sms"], zones, NIGHT)

    assert found.because.endswith(
        "everywhere she may be (America/New_York, America/Chicago, America/Denver and 2 more)"
    )
    assert found.until == utc("2026-11-24T18:00")  # eight o'clock in Honolulu


def test_weekdays_are_said() -> None:
    weekdays = Hours(time(9), time(17), frozenset(range(5)))
    saturday = utc("2026-11-28T12:00")

    found = judge_hours("email", weekdays, ["UTC"], saturday)
    assert found.because == (
        "emails go out from 09:00 to 17:00 on Monday, Tuesday, Wednesday, Thursday and Friday where she is (UTC)"
    )
    assert found.until == utc("2026-11-30T09:00")
    assert "all day on Sunday where" in judge_hours(
        "email", Hours(time(0), time(0), frozenset({6})), ["UTC"], saturday
    ).because  # fmt: skip


def test_hours_that_never_meet_are_said_to_never_meet() -> None:
    nine = Hours(time(9), time(10))
    found = judge_hours("sms", nine, ["Europe/Berlin", "Asia/Tokyo"], utc("2026-11-23T12:00"))

    assert (found.passed, found.until) == (False, None)
    assert "never" in found.because


def test_the_rules_of_the_moment_are_named_once() -> None:
    assert MOMENT_RULES == ("send_hours", "pace", "budget")
