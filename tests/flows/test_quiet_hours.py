"""Where clocks change, and where nobody knows where she is: each message leaves once, and none in the quiet hours."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from phonenumbers import parse
from phonenumbers.timezone import time_zones_for_number

from server.core.moments import SEND_HOURS
from server.core.people import claims_of
from server.core.throttle import SENT
from server.flows.invite import Wish
from server.flows.keep_time import tick
from tests.flows.moments import Days, days

__all__ = ["days"]

PAID = [channel for channel in SENT if channel in SEND_HOURS]
"""Texts, and calls as soon as there are any."""

CHANGES = {
    "America/New_York": ("2026-03-08", "2026-11-01"),
    "Europe/Berlin": ("2026-03-29", "2026-10-25"),
    "Australia/Lord_Howe": ("2026-04-05", "2026-10-04"),
    "America/Santiago": ("2026-04-05", "2026-09-06"),
    "Pacific/Auckland": ("2026-04-05", "2026-09-27"),
}
"""Both nights of the year in which the clocks of each place change: by half an hour, and at midnight, too."""

NIGHT = ("20:59:59", "21:00:00", "23:30:00", "01:30:00", "02:30:00", "07:59:59", "08:00:00", "21:00:01")
"""When messages are due, one after the other: from the evening before the change until the one after."""

SEVERAL = {"+18005550123": 40, "+61491570156": 4, "+77012345678": 2, "+79261234567": 2, "+393471234567": 1}
"""Numbers, and of how many zones at least each may be."""


def wall(at: datetime, zone: str) -> datetime:
    return at.astimezone(ZoneInfo(zone))


def plan(days: Days, channel: str, phone: str, zone: str, due: datetime) -> str:
    delay = due - days.town.clock()
    return days.wished(Wish(claims_of(phone=phone), "", channel, delay, True, {}, None, zone)).id


def run(days: Days, ids: list[str]) -> dict[str, datetime]:
    """The clock goes from one moment at which something is due to the next; when each message left."""
    left: dict[str, datetime] = {}
    for _ in range(10 * len(ids)):
        post = days.town.post_of(days.town.row(ids[0]).channel)
        before = len(post.sent)
        tick(days.town.services)
        days.town.queue.carry_out(days.town.services)
        for message in post.sent[before:]:
            assert message.id not in left, "sent twice"
            left[message.id] = days.town.clock()
        rows = [days.town.row(id) for id in ids]
        waits = [row.due_at for row in rows if row.state == "planned" and row.due_at]
        if not waits:
            break
        days.town.clock.time = max(min(waits), days.town.clock() + timedelta(seconds=2))
    return left


def moments_of(day: str, zone: str) -> list[datetime]:
    """NIGHT on these walls, in order; what the clock skips is an hour later, as people read it."""
    on, found = date.fromisoformat(day) - timedelta(days=1), []
    for n, at in enumerate(NIGHT):
        on += timedelta(days=1) if n and at < NIGHT[n - 1] else timedelta(0)
        found.append(datetime.combine(on, time.fromisoformat(at), ZoneInfo(zone)).astimezone(UTC))
    return found


def opening(due: datetime, zone: str, channel: str) -> datetime:
    """When it may leave: at once by day, else when it is next eight on that wall."""
    hours, at = SEND_HOURS[channel], wall(due, zone)
    if hours.start <= at.time() < hours.end:
        return due
    day = at.date() + (timedelta(days=1) if at.time() >= hours.end else timedelta(0))
    return datetime.combine(day, hours.start, ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize("channel", PAID)
@pytest.mark.parametrize(("zone", "day"), [(zone, day) for zone, both in CHANGES.items() for day in both])
def test_in_a_night_in_which_the_clock_changes_each_leaves_once_and_by_day(
    zone: str, day: str, channel: str, days: Days
) -> None:
    due = moments_of(day, zone)
    days.town.clock.time = due[0] - timedelta(hours=1)
    ids = [plan(days, channel, f"+1415555{n:04d}", zone, at) for n, at in enumerate(due)]

    left = run(days, ids)

    assert left.keys() == set(ids)
    for id, at in zip(ids, due, strict=True):
        late = left[id] - opening(at, zone, channel)
        assert timedelta(0) <= late <= timedelta(seconds=4), (wall(at, zone), wall(left[id], zone))


@pytest.mark.parametrize("channel", PAID)
@pytest.mark.parametrize("phone", SEVERAL)
def test_a_number_of_several_places_leaves_when_it_is_day_in_all_of_them(phone: str, channel: str, days: Days) -> None:
    zones = time_zones_for_number(parse(phone, None))
    assert len(zones) >= SEVERAL[phone]
    due = [days.at("2026-11-01T00:00+00:00") + n * timedelta(hours=9) for n in range(3)]
    ids = [plan(days, channel, f"{phone[:-1]}{n}", "", at) for n, at in enumerate(due)]

    left = run(days, ids)

    hours = SEND_HOURS[channel]
    assert left.keys() == set(ids)
    assert [
        (at, zone) for at in left.values() for zone in zones if not hours.start <= wall(at, zone).time() < hours.end
    ] == []


@pytest.mark.parametrize("channel", PAID)
@pytest.mark.parametrize(
    ("phone", "zone"),
    [("+88213300655", "Asia/Tokyo"), ("+8801712345678", "Asia/Dhaka"), ("+447700900123", "Europe/London")],
)  # fmt: skip
def test_where_nobody_knows_the_zone_the_countrys_clocks_count_and_else_the_sites_own(
    phone: str, zone: str, channel: str, days: Days
) -> None:
    days.decide(zone="Asia/Tokyo")
    days.at("2026-11-23T23:00+00:00")  # eight in the morning in Tokyo, eleven at night in London
    id = plan(days, channel, phone, "", days.town.clock())

    assert wall(run(days, [id])[id], zone).hour == 8
