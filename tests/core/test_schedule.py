"""Send windows, in zones that change their clocks by an hour, by half of one, at two and at midnight."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers.tzdata import TIMEZONE_DATA

from server.core.schedule import (
    EVERY_DAY,
    LOOKED_AHEAD,
    BadZone,
    Hours,
    day_of,
    hour_of,
    is_zone,
    midnight,
    next_open,
    open_now,
    zone_said,
    zones_of,
)

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
HALF = timedelta(minutes=30)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# zone, the instant of the change, what the clock shows at that instant before it is set, by how much it is set
FORWARD = [
    ("Europe/Berlin", utc("2025-03-30T01:00"), "2025-03-30T02:00", HOUR),
    ("America/New_York", utc("2025-03-09T07:00"), "2025-03-09T02:00", HOUR),
    ("Australia/Sydney", utc("2025-10-04T16:00"), "2025-10-05T02:00", HOUR),
    ("Australia/Lord_Howe", utc("2025-10-04T15:30"), "2025-10-05T02:00", HALF),
    ("America/Santiago", utc("2025-09-07T04:00"), "2025-09-07T00:00", HOUR),
    ("America/Havana", utc("2025-03-09T05:00"), "2025-03-09T00:00", HOUR),
]
BACK = [
    ("Europe/Berlin", utc("2025-10-26T01:00"), "2025-10-26T03:00", HOUR),
    ("America/New_York", utc("2025-11-02T06:00"), "2025-11-02T02:00", HOUR),
    ("Australia/Sydney", utc("2025-04-05T16:00"), "2025-04-06T03:00", HOUR),
    ("Australia/Lord_Howe", utc("2025-04-05T15:00"), "2025-04-06T02:00", HALF),
    ("America/Santiago", utc("2025-04-06T03:00"), "2025-04-06T00:00", HOUR),
    ("America/Havana", utc("2025-11-02T05:00"), "2025-11-02T01:00", HOUR),
]
ZONES = [zone for zone, *_ in FORWARD]


def from_wall(wall: datetime, lasts: timedelta, weekdays: frozenset[int] = EVERY_DAY) -> Hours:
    """A window that begins when the clock shows `wall`."""
    return Hours(wall.time(), (wall + lasts).time(), weekdays)


@pytest.mark.parametrize(("zone", "at", "shown", "by"), FORWARD)
def test_a_start_that_the_clock_jumps_over_opens_with_the_first_minute_after_it(
    zone: str, at: datetime, shown: str, by: timedelta
) -> None:
    wall = datetime.fromisoformat(shown)
    for into, opens in [
        (-MINUTE, at - MINUTE),
        (timedelta(0), at),
        (MINUTE, at),
        (by / 2, at),
        (by - MINUTE, at),
        (by, at),
        (by + MINUTE, at + MINUTE),
    ]:
        hours = from_wall(wall + into, 4 * HOUR)
        assert next_open(hours, [zone], at - 2 * HOUR) == opens, into
        assert open_now(hours, [zone], opens), into
        assert not open_now(hours, [zone], opens - MINUTE), into


@pytest.mark.parametrize(("zone", "at", "shown", "by"), FORWARD)
def test_an_end_that_the_clock_jumps_over_closes_with_the_jump(
    zone: str, at: datetime, shown: str, by: timedelta
) -> None:
    wall = datetime.fromisoformat(shown)
    for into in (timedelta(0), MINUTE, by / 2, by):
        hours = from_wall(wall + into - 3 * HOUR, 3 * HOUR)
        assert open_now(hours, [zone], at - MINUTE), into
        assert not open_now(hours, [zone], at), into


@pytest.mark.parametrize(("zone", "at", "shown", "by"), FORWARD)
def test_a_window_that_does_not_exist_on_one_day_opens_on_the_next(
    zone: str, at: datetime, shown: str, by: timedelta
) -> None:
    wall = datetime.fromisoformat(shown)
    hours = from_wall(wall + MINUTE, by / 2)
    assert next_open(hours, [zone], at - MINUTE) == at + DAY - by + MINUTE


@pytest.mark.parametrize(("zone", "at", "shown", "by"), BACK)
def test_a_start_that_the_clock_shows_twice_opens_the_first_time(
    zone: str, at: datetime, shown: str, by: timedelta
) -> None:
    twice = datetime.fromisoformat(shown) - by
    for into in (timedelta(0), MINUTE, by / 2, by - MINUTE):
        hours = from_wall(twice + into, 4 * HOUR)
        opens = at - by + into
        assert next_open(hours, [zone], at - by - 2 * HOUR) == opens, into
        assert not open_now(hours, [zone], opens - MINUTE), into


@pytest.mark.parametrize(("zone", "at", "shown", "by"), BACK)
def test_an_end_that_the_clock_shows_twice_closes_the_first_time_and_for_good(
    zone: str, at: datetime, shown: str, by: timedelta
) -> None:
    twice = datetime.fromisoformat(shown) - by
    for into in (timedelta(0), MINUTE, by / 2, by - MINUTE):
        hours = from_wall(twice + into - 3 * HOUR, 3 * HOUR)
        ends = at - by + into
        assert open_now(hours, [zone], ends - MINUTE), into
        assert not any(open_now(hours, [zone], ends + n * MINUTE) for n in range(120)), into


@pytest.mark.parametrize(("zone", "at", "shown", "by"), BACK)
def test_a_window_inside_the_hour_that_comes_twice_counts_once(
    zone: str, at: datetime, shown: str, by: timedelta
) -> None:
    twice = datetime.fromisoformat(shown) - by
    hours = from_wall(twice + 10 * MINUTE, 10 * MINUTE)
    opened = [n for n in range(-120, 120) if open_now(hours, [zone], at + n * MINUTE)]
    first = int((10 * MINUTE - by) / MINUTE)
    assert opened == list(range(first, first + 10))
    assert next_open(hours, [zone], at - by + 20 * MINUTE) == at + DAY + 10 * MINUTE


@pytest.mark.parametrize(("zone", "at", "shown", "by"), [*FORWARD, *BACK])
def test_all_day_is_every_minute_of_the_day_however_long_it_is(
    zone: str, at: datetime, shown: str, by: timedelta
) -> None:
    for same in (time(0), time(2, 30), time(23, 30)):
        assert all(open_now(Hours(same, same), [zone], at + n * MINUTE) for n in range(-1500, 1500, 5))
    for weekday in range(7):
        hours = Hours(time(0), time(0), frozenset({weekday}))
        for n in range(-1500, 1500, 5):
            now = at + n * MINUTE
            assert open_now(hours, [zone], now) == (now.astimezone(ZoneInfo(zone)).weekday() == weekday)
        opens = next_open(hours, [zone], at)
        assert opens
        assert opens.astimezone(ZoneInfo(zone)).weekday() == weekday


NINE_TO_FIVE = Hours(time(9), time(17), frozenset(range(5)))
NIGHTS = Hours(time(22), time(6), frozenset({4}))


@pytest.mark.parametrize(
    ("hours", "now", "opens"),
    [
        (NINE_TO_FIVE, "2025-06-06T08:59", "2025-06-06T09:00"),
        (NINE_TO_FIVE, "2025-06-06T09:00", "2025-06-06T09:00"),
        (NINE_TO_FIVE, "2025-06-06T16:59", "2025-06-06T16:59"),
        (NINE_TO_FIVE, "2025-06-06T17:00", "2025-06-09T09:00"),  # Friday evening: on Monday
        (NIGHTS, "2025-06-06T21:59", "2025-06-06T22:00"),
        (NIGHTS, "2025-06-06T23:59", "2025-06-06T23:59"),
        (NIGHTS, "2025-06-07T05:59", "2025-06-07T05:59"),  # Saturday morning belongs to Friday's window
        (NIGHTS, "2025-06-07T06:00", "2025-06-13T22:00"),
        (NIGHTS, "2025-06-06T05:59", "2025-06-06T22:00"),  # and Friday morning to none
        (Hours(time(9), time(0)), "2025-06-06T23:59", "2025-06-06T23:59"),
        (Hours(time(9), time(0)), "2025-06-07T00:00", "2025-06-07T09:00"),
    ],
)
def test_windows_by_day_and_over_midnight(hours: Hours, now: str, opens: str) -> None:
    berlin = [at.replace(tzinfo=ZoneInfo("Europe/Berlin")) for at in map(datetime.fromisoformat, (now, opens))]
    assert next_open(hours, ["Europe/Berlin"], berlin[0]) == berlin[1].astimezone(UTC)
    assert open_now(hours, ["Europe/Berlin"], berlin[0]) == (now == opens)


def test_every_zone_must_be_inside() -> None:
    coasts = ("America/New_York", "America/Los_Angeles")
    assert next_open(NINE_TO_FIVE, coasts, utc("2025-06-06T13:00")) == utc("2025-06-06T16:00")  # nine in the west
    assert not open_now(NINE_TO_FIVE, coasts, utc("2025-06-06T21:00"))  # five in the east


def test_the_two_ends_of_the_earth_need_not_ever_be_awake_together() -> None:
    ends, now = ("Pacific/Kiritimati", "Etc/GMT+12"), utc("2025-06-06T12:00")
    assert next_open(Hours(time(9), time(11)), ends, now) is None  # 26 hours apart: two on the clock
    assert next_open(Hours(time(9), time(11, 1)), ends, now) == utc("2025-06-06T21:00")
    assert next_open(Hours(time(9), time(17), frozenset({0})), ends, now) is None  # ... and another day
    assert next_open(Hours(time(9), time(17), frozenset()), ["UTC"], now) is None


minutes = st.builds(time, st.integers(0, 23), st.integers(0, 59))
windows = st.builds(Hours, minutes, minutes, st.frozensets(st.integers(0, 6), min_size=1))
near_changes = st.builds(
    lambda change, by: change[1] + timedelta(seconds=by),
    st.sampled_from([*FORWARD, *BACK]),
    st.integers(-900_000, 900_000),
)
places = st.lists(st.sampled_from([*ZONES, "UTC", "Asia/Kathmandu", "Pacific/Kiritimati"]), min_size=1, max_size=3)


@settings(deadline=None)  # a machine that is busy is no fault
@given(windows, places, near_changes)
def test_the_next_opening_is_open_and_nothing_before_it_is(hours: Hours, zones: list[str], now: datetime) -> None:
    opens = next_open(hours, zones, now)
    last = opens or now + LOOKED_AHEAD
    assert now <= last <= now + LOOKED_AHEAD
    if opens:
        assert open_now(hours, zones, opens)
        assert next_open(hours, zones, opens) == opens
        assert opens == now or not open_now(hours, zones, opens - timedelta(seconds=1))
    before = now
    while before < last:
        assert not open_now(hours, zones, before)
        before += 53 * MINUTE


@given(windows, st.sampled_from(ZONES), near_changes)
def test_nothing_is_open_at_a_time_that_the_local_clock_forbids(hours: Hours, zone: str, now: datetime) -> None:
    shown = now.astimezone(ZoneInfo(zone)).time()
    start, end = hours.start, hours.end
    allowed = start == end or (start <= shown < end if start < end else shown >= start or shown < end)
    assert allowed or not open_now(hours, [zone], now)


def test_hours_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="weekdays"):
        Hours(time(9), time(17), frozenset({7}))
    with pytest.raises(ValueError, match="local"):
        Hours(time(9, tzinfo=UTC), time(17))


NO_ZONES = [
    "",
    "Europe",
    "Mars/Olympus",
    "../../etc/passwd",
    "/etc/localtime",
    "Europe/Berlin\0",
    "zone.tab",
    "x" * 5000,
]


@pytest.mark.parametrize("name", NO_ZONES)
def test_what_is_no_zone_is_said_and_never_a_send(name: str) -> None:
    assert not is_zone(name)
    for asked in (open_now, next_open):
        with pytest.raises(BadZone, match="tzdata"):
            asked(NINE_TO_FIVE, ["UTC", name], utc("2025-06-06T12:00"))
    with pytest.raises(BadZone):
        zones_of(None, None, name)


@pytest.mark.parametrize(
    ("phone", "zone", "found"),
    [
        ("+14155552671", "Asia/Tokyo", ("Asia/Tokyo",)),
        ("+14155552671", None, ("America/Los_Angeles",)),
        ("+14155552671", "Mars/Olympus", ("America/Los_Angeles",)),
        ("+33612345678", "", ("Europe/Paris",)),
        ("+8881234567890", None, ("Europe/Berlin",)),  # of a country that the table does not have
        ("nonsense", None, ("Europe/Berlin",)),
        (None, None, ("Europe/Berlin",)),
        (None, "America/Havana", ("America/Havana",)),
    ],
)
def test_zones_are_hers_else_her_number_s_else_the_default(
    phone: str | None, zone: str | None, found: tuple[str, ...]
) -> None:
    assert zones_of(phone, zone, "Europe/Berlin") == found


@pytest.mark.parametrize(
    ("phone", "among"),
    [
        ("+61491570156", {"Australia/Perth", "Australia/Sydney"}),
        ("+18005550123", {"America/New_York", "Pacific/Honolulu", "Pacific/Guam"}),
    ],
)
def test_a_number_may_be_in_many_places(phone: str, among: set[str]) -> None:
    assert among < set(zones_of(phone, None, "UTC"))


def test_of_a_number_with_a_zone_that_is_unknown_here_nothing_is_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TIMEZONE_DATA, "33", ("Europe/Paris", "Europe/Atlantis"))

    assert zones_of("+33612345678", None, "UTC") == ("UTC",)


@given(st.sampled_from(ZONES), st.floats(0, 366 * 86400))
def test_a_day_and_an_hour_hold_the_instants_between_them_and_their_next(zone: str, into: float) -> None:
    now = utc("2025-01-01T00:00") + timedelta(seconds=into)

    today = day_of(now, zone)
    assert midnight(today, zone) <= now < midnight(today + DAY, zone)
    assert hour_of(now, zone) <= now < hour_of(now, zone) + HOUR
    assert now - hour_of(now, zone) == timedelta(minutes=now.astimezone(ZoneInfo(zone)).minute, seconds=now.second,
                                                 microseconds=now.microsecond)  # fmt: skip


def test_a_day_lasts_as_long_as_its_clocks_say() -> None:
    spring, autumn = date(2025, 3, 30), date(2025, 10, 26)

    assert midnight(spring, "Europe/Berlin") == utc("2025-03-29T23:00")
    assert midnight(spring + DAY, "Europe/Berlin") - midnight(spring, "Europe/Berlin") == 23 * HOUR
    assert midnight(autumn + DAY, "Europe/Berlin") - midnight(autumn, "Europe/Berlin") == 25 * HOUR
    # Midnight does not exist in Havana when summer begins, and comes twice when it ends: the day begins once.
    assert midnight(date(2025, 3, 9), "America/Havana") == utc("2025-03-09T05:00")
    assert midnight(date(2025, 11, 2), "America/Havana") == utc("2025-11-02T04:00")


@pytest.mark.parametrize(
    ("raw", "zone"),
    [("Europe/Berlin", "Europe/Berlin"), ("Mars/Olympus", ""), ("", ""), (None, ""), (7, ""), (["UTC"], ""),
     ("Europe", ""), ("../etc/passwd", ""), ("/etc/localtime", ""), ("x" * 10_000, "")],
)  # fmt: skip
def test_a_zone_that_somebody_names_is_taken_only_when_it_is_one(raw: Any, zone: str) -> None:
    assert zone_said(raw) == zone
