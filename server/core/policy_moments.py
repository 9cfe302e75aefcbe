"""What a policy says of moments: zone, send hours, budgets, and of a survey its sample, pace, quota and dates."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Any, Literal, get_args

from server.core.moments import SEND_HOURS, Allowance, Per
from server.core.schedule import EVERY_DAY, Hours, is_zone
from server.core.throttle import SENT

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
COUNT_MOST = 1_000_000_000

_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class MomentReader:
    """Reads these parts of a document and collects what is wrong with them."""

    def __init__(self) -> None:
        self.complaints: list[str] = []

    def identity(self, said: Any) -> Literal["signed", "trusting"]:
        if said not in (None, "signed", "trusting"):
            self.complaints.append("identity must be “signed” or “trusting”")
        return "trusting" if said == "trusting" else "signed"

    def zone(self, said: Any) -> str:
        if said is None:
            return "UTC"
        if not isinstance(said, str) or not is_zone(said):
            self.complaints.append("zone must be a time zone, such as Europe/Berlin")
            return "UTC"
        return said

    def send_hours(self, said: Any) -> dict[str, Hours | None]:
        said = {} if said is None else self.mapping("send_hours", said)
        self.only(said, SENT, "send_hours")
        named = {channel: each for channel, each in said.items() if channel in SENT and each is not None}
        return {
            **SEND_HOURS,
            **{channel: self.hours(each, f"send_hours: {channel}") for channel, each in named.items()},
        }

    def hours(self, said: Any, where: str) -> Hours | None:
        if said == "none":
            return None
        if not isinstance(said, Mapping):
            self.complaints.append(f"{where} must be {{“from”: “08:00”, “to”: “21:00”}}, or “none”")
            return None
        self.only(said, ("from", "to", "weekdays"), where)
        start, end = (self.clock(said.get(name), f"{where}: {name}") for name in ("from", "to"))
        return Hours(start, end, self.weekdays(said.get("weekdays"), where))

    def clock(self, said: Any, where: str) -> time:
        found = _CLOCK.fullmatch(said) if isinstance(said, str) else None
        if found:
            return time(int(found[1]), int(found[2]))
        if said != "24:00":
            self.complaints.append(f"{where} must be a time from 00:00 to 24:00, such as 08:00")
        return time.min

    def weekdays(self, said: Any, where: str) -> frozenset[int]:
        if said is None:
            return EVERY_DAY
        if not isinstance(said, list | tuple) or not said or not all(day in WEEKDAYS for day in said):
            self.complaints.append(f"{where}: weekdays must be a list of {', '.join(WEEKDAYS)}")
            return EVERY_DAY
        return frozenset(WEEKDAYS.index(day) for day in said)

    def budgets(self, said: Any) -> dict[str, Allowance | None]:
        said = {} if said is None else self.mapping("budgets", said)
        self.only(said, SENT, "budgets")
        return {
            channel: self.allowance(each, f"budgets: {channel}", "sends", ("day", "month"))
            for channel, each in said.items()
            if channel in SENT
        }

    def allowance(self, said: Any, where: str, what: str, pers: Sequence[Per]) -> Allowance | None:
        if said is None or said == "none":
            return None
        if not isinstance(said, Mapping):
            self.complaints.append(f"{where} must be {{“{what}”: …, “per”: “{pers[0]}”}}, or “none”")
            return None
        self.only(said, (what, "per"), where)
        most, per = self.count(said.get(what), f"{where}: {what}"), said.get("per")
        if not isinstance(per, str) or per not in pers:
            self.complaints.append(f"{where}: per must be {' or '.join(pers)}")
            return None
        return Allowance(most, next(each for each in get_args(Per) if each == per))

    def consent_required(self, said: Any) -> frozenset[str]:
        if said is None or said == "none":
            return frozenset()
        if not isinstance(said, list | tuple) or not all(channel in SENT for channel in said):
            self.complaints.append(f"consent_required must be a list of channels ({', '.join(SENT)}), or “none”")
            return frozenset()
        return frozenset(said)

    def sample(self, said: Any, slug: str) -> float | None:
        if said is None or said == "none":
            return None
        if isinstance(said, bool) or not isinstance(said, int | float) or not 0.1 <= said <= 100:
            self.complaints.append(f"{slug}: sample_percent must be a number from 0.1 to 100, or “none”")
            return None
        return float(said)

    def quota(self, said: Any, slug: str) -> int | None:
        if said is None or said == "none":
            return None
        if not isinstance(said, Mapping):
            self.complaints.append(f"{slug}: quota must be {{“responses”: …}}, or “none”")
            return None
        self.only(said, ("responses",), f"{slug}: quota")
        return self.count(said.get("responses"), f"{slug}: quota: responses")

    def count(self, said: Any, where: str) -> int:
        if isinstance(said, bool) or not isinstance(said, int) or not 1 <= said <= COUNT_MOST:
            self.complaints.append(f"{where} must be a whole number from 1 to {COUNT_MOST}")
            return 1
        return said

    def dates(self, said: Mapping[str, Any], slug: str) -> tuple[date | None, date | None]:
        """The first and the last day, both inclusive."""
        begins, ends = (self.day(said.get(name), f"{slug}: {name}") for name in ("from", "until"))
        if begins and ends and ends < begins:
            self.complaints.append(f"{slug}: until must not be before from")
        return begins, ends

    def day(self, said: Any, where: str) -> date | None:
        if said is None or said == "none":
            return None
        try:
            # Python reads more forms of a date than anybody who reads the document expects.
            return date.fromisoformat(said if _DATE.fullmatch(said) else "")
        except (ValueError, TypeError):
            self.complaints.append(f"{where} must be a date, such as 2026-11-01, or “none”")
            return None

    def mapping(self, what: str, said: Any) -> Mapping[str, Any]:
        if isinstance(said, Mapping):
            return said
        self.complaints.append(f"{what} must be a JSON object")
        return {}

    def only(self, said: Mapping[str, Any], known: Sequence[str], where: str) -> None:
        for name in said:
            if name not in known:
                self.complaints.append(f"{where}: “{name}” is no rule; known are {', '.join(known)}")
