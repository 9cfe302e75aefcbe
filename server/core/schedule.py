"""When messages may leave: inside the send window, by the clocks of everywhere the person may be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers.timezone import UNKNOWN_TIMEZONE, time_zones_for_number

from server.core.destinations import destination, zones_of_country

EVERY_DAY = frozenset(range(7))

LOOKED_AHEAD = timedelta(days=14)
"""How far the next opening is searched: every weekday comes twice, whatever the clocks do."""

ZONE_MAX = 40
"""Characters in the name of a zone: what its column holds; the longest of them has 32."""

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


class BadZone(ValueError):
    """This machine knows no such time zone; the message says what to do."""


@dataclass(frozen=True)
class Hours:
    """Sends are allowed from `start` until before `end`, on `weekdays` (0 is Monday), by the local clock.

    An `end` before `start` is on the next day, and the window belongs to the day on which it began. Equal ones mean
    the whole day, from midnight to midnight.
    """

    start: time
    end: time
    weekdays: frozenset[int] = EVERY_DAY

    def __post_init__(self) -> None:
        if self.start.tzinfo or self.end.tzinfo:
            raise ValueError("send hours are local: give them without a time zone")
        if not self.weekdays <= EVERY_DAY:
            raise ValueError("weekdays are 0 (Monday) to 6 (Sunday)")

    def window(self, day: date) -> tuple[datetime, datetime]:
        """Where the window of `day` begins and ends, on a clock on the wall."""
        if self.start == self.end:
            return datetime.combine(day, time.min), datetime.combine(day + _DAY, time.min)
        later = _DAY if self.end < self.start else timedelta(0)
        return datetime.combine(day, self.start), datetime.combine(day + later, self.end)


def zones_of(phone: str | None, zone: str | None, default: str) -> tuple[str, ...]:
    """Every zone that the person may be in: her own `zone`, else those of her number, else `default`.

    A number may belong to many zones (toll-free, Australian mobiles), and is portable: a hint. One of which this
    machine knows not every zone says nothing. Raises BadZone when it comes to `default` and that is unknown.
    """
    if zone and is_zone(zone):
        return (zone,)
    hinted = _zones_of_number(phone) if phone else ()
    if hinted and all(is_zone(z) for z in hinted):
        return hinted
    _clock(default)
    return (default,)


def open_now(hours: Hours, zones: Sequence[str], now: datetime) -> bool:
    """Whether `now` is inside the window in every one of `zones`. Raises BadZone.

    Where clocks go back, a window that has ended does not open a second time when its last hour comes again.
    """
    return all(_is_inside(hours, _clock(zone), now) for zone in zones)


def next_open(hours: Hours, zones: Sequence[str], now: datetime) -> datetime | None:
    """The earliest instant from `now` on, in UTC, at which the window is open in every zone; None when there is none
    within LOOKED_AHEAD. Where clocks go forward over its start, it opens with the first minute that exists.
    Raises BadZone."""
    clocks = [_clock(zone) for zone in zones]
    now = now.astimezone(UTC)
    last = now + LOOKED_AHEAD
    # A window opens with its first minute or with a change of the clock, and all are open when the last one opens.
    moments = {now, *(at for clock in clocks for at in _turns(hours, clock, now, last) if now < at <= last)}
    return next((at for at in sorted(moments) if all(_is_inside(hours, clock, at) for clock in clocks)), None)


def closes(hours: Hours, zones: Sequence[str], now: datetime) -> datetime | None:
    """When the window that is open `now` in all zones ends in the first of them, in UTC; None when it is not open.
    Raises BadZone."""
    ends = [_end(hours, _clock(zone), now) for zone in zones]
    return min((end for end in ends if end), default=None) if all(ends) else None


def is_zone(name: str) -> bool:
    """Whether this machine knows the time zone `name`, such as Europe/Berlin."""
    try:
        _clock(name)
    except BadZone:
        return False
    return True


def zone_said(raw: Any) -> str:
    """The zone that a program named, empty for what is none here: a wish for a zone is never worth a refusal."""
    return raw if isinstance(raw, str) and len(raw) <= ZONE_MAX and is_zone(raw) else ""


def day_of(now: datetime, zone: str) -> date:
    """What the calendar on the wall says at `now`. Raises BadZone."""
    return now.astimezone(_clock(zone)).date()


def midnight(day: date, zone: str) -> datetime:
    """The instant with which `day` begins, in UTC; with the first minute that exists, and the first of two midnights.
    Raises BadZone."""
    return _instant(datetime.combine(day, time.min), _clock(zone), fold=0)


def hour_of(now: datetime, zone: str) -> datetime:
    """The instant with which the hour on the clock began, in UTC: an hour that comes twice is two. Raises BadZone."""
    wall = now.astimezone(_clock(zone))
    into = timedelta(minutes=wall.minute, seconds=wall.second, microseconds=wall.microsecond)
    return now.astimezone(UTC) - into


def _clock(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as why:  # not found; a path; a folder such as "Europe"
        raise BadZone(f"{name!r} is no time zone here; if it should be, install the package tzdata") from why


def _is_inside(hours: Hours, clock: ZoneInfo, now: datetime) -> bool:
    return _end(hours, clock, now) is not None


def _end(hours: Hours, clock: ZoneInfo, now: datetime) -> datetime | None:
    """When the window ends in which `now` is; None outside of one."""
    wall = now.astimezone(clock).replace(tzinfo=None)
    if hours.start == hours.end:
        if wall.weekday() not in hours.weekdays:
            return None
        days = (wall.date() + n * _DAY for n in range(1, 8))
        last = next((day for day in days if day.weekday() not in hours.weekdays), wall.date() + 8 * _DAY)
        return _instant(datetime.combine(last, time.min), clock, fold=0)
    for day in (wall.date(), wall.date() - _DAY):
        begin, end = hours.window(day)
        ends = _instant(end, clock, fold=0)
        if day.weekday() in hours.weekdays and begin <= wall < end and now < ends:
            return ends
    return None


def _turns(hours: Hours, clock: ZoneInfo, now: datetime, last: datetime) -> Iterator[datetime]:
    """Every instant at which a window of this clock could open, and some at which none does."""
    day = now.astimezone(clock).date() - _DAY
    while day <= last.astimezone(clock).date():
        begin, _ = hours.window(day)
        yield _instant(begin, clock, fold=0)
        yield _instant(begin, clock, fold=1)
        day += _DAY
    at = now.replace(microsecond=0)
    while at < last:
        if at.astimezone(clock).utcoffset() != (at + _DAY).astimezone(clock).utcoffset():
            yield _change(clock, at, at + _DAY)
        at += _DAY


def _instant(wall: datetime, clock: ZoneInfo, fold: int) -> datetime:
    """When the clock shows `wall`: of two such instants the first (`fold` 0) or the second."""
    return wall.replace(tzinfo=clock, fold=fold).astimezone(UTC)


def _change(clock: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The second between `before` and `after` from which the clock is set otherwise."""
    was = before.astimezone(clock).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) // (2 * _SECOND) * _SECOND
        if middle.astimezone(clock).utcoffset() == was:
            before = middle
        else:
            after = middle
    return after


def _zones_of_number(phone: str) -> tuple[str, ...]:
    """Zones of a number in E.164, or of its country where nobody knows more; none for what is no number."""
    try:
        number = phonenumbers.parse(phone, None)
    except phonenumbers.NumberParseException:
        return ()
    known = tuple(zone for zone in time_zones_for_number(number) if zone != UNKNOWN_TIMEZONE)
    return known or zones_of_country(destination(phone).country)
