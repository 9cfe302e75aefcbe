"""The rules of the moment: outside the send hours, or with enough asked for today, an ask waits and is not lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal

from server.core.called import messages
from server.core.schedule import EVERY_DAY, Hours, day_of, hour_of, midnight, next_open, open_now
from server.core.throttle import Finding

MOMENT_RULES = ("send_hours", "pace", "budget")
"""What these hold comes free with time alone: a planned send waits for it, until it expires."""

DECIDED = ("paused", "countries")
"""What these hold comes free when somebody decides: a planned send waits for that, until it expires."""

SEND_HOURS = {"sms": Hours(time(8), time(21)), "phone": Hours(time(8), time(21))}
"""When a site that has said nothing sends: texts and calls from 8 a.m. to 9 p.m. where the person is (TCPA, 47 CFR
64.1200(c)(1), of which others copy the hours); mail waits for its reader by itself."""

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ZONES_SAID = 3
"""An American toll-free number has forty; nobody reads them."""

Per = Literal["hour", "day", "month"]
_NOW = {"hour": "this hour", "day": "today", "month": "this month"}


@dataclass(frozen=True)
class Allowance:
    """At most `most` in each hour, day or month of a calendar."""

    most: int
    per: Per

    def begins(self, now: datetime, zone: str) -> datetime:
        """When the hour, day or month of `now` began, by the clock and the calendar of `zone`. Raises BadZone."""
        if self.per == "hour":
            return hour_of(now, zone)
        day = day_of(now, zone)
        return midnight(day if self.per == "day" else day.replace(day=1), zone)

    def ends(self, now: datetime, zone: str) -> datetime:
        """When the next one begins. Raises BadZone."""
        if self.per == "hour":
            return hour_of(now, zone) + timedelta(hours=1)
        day = day_of(now, zone)
        if self.per == "month":
            return midnight((day.replace(day=1) + timedelta(days=32)).replace(day=1), zone)
        return midnight(day + timedelta(days=1), zone)


def judge_hours(channel: str, hours: Hours, zones: Sequence[str], now: datetime) -> Finding:
    """Whether a message on `channel` may leave now, by the clocks of everywhere the person may be. Raises BadZone."""
    if open_now(hours, zones, now):
        return Finding("send_hours", True)
    until = next_open(hours, zones, now)
    never = "" if until else "; it is never that time in all of these places"
    because = f"{messages(channel)} go out {hours_said(hours)} {_where(zones)}{never}"
    return Finding("send_hours", False, until, because=because)


def hours_said(hours: Hours) -> str:
    """`from 08:00 to 21:00`, with the days when it is not every day."""
    days = [WEEKDAYS[day] for day in sorted(hours.weekdays)]
    on = "" if hours.weekdays == EVERY_DAY else f" on {_listed(days)}"
    if hours.start == hours.end:
        return f"all day{on}"
    return f"from {hours.start:%H:%M} to {hours.end:%H:%M}{on}"


def judge_spent(rule: str, allowance: Allowance, spent: int, what: str, now: datetime, zone: str) -> Finding:
    """Whether one more fits; `what` is counted, such as asks. Raises BadZone."""
    if spent < allowance.most:
        return Finding(rule, True)
    because = f"{spent} of {allowance.most} {what} {_NOW[allowance.per]}"
    return Finding(rule, False, allowance.ends(now, zone), because=because)


def _where(zones: Sequence[str]) -> str:
    more = len(zones) - ZONES_SAID
    said = ", ".join(zones[:ZONES_SAID]) + (f" and {more} more" if more > 0 else "")
    return f"where she is ({said})" if len(zones) == 1 else f"everywhere she may be ({said})"


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
