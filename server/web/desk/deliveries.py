"""What was sent, to how many and with what outcome; and what did not arrive, each with its reason."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import request

from server.core.throttle import SENT
from server.store import deliveries, people, people_lists, surveys
from server.store.deliveries import Line, Place, Wanted
from server.store.notices import standing
from server.store.scope import SiteScope
from server.store.tables import Invitation, Site
from server.web.desk.delivery_said import CALLS, STATES, told
from server.web.desk.door import desk, for_a_site, page
from server.web.desk.lanes import lanes
from server.web.desk.provider_words import called
from server.web.desk.responses import display
from server.web.parts import services

SHOWN = 50
PERIODS = {"1": "24 hours", "7": "7 days", "30": "30 days", "90": "90 days"}
USUAL = "7"

LANES_SAID = {
    "paused": ("good", "It is paused. What is due waits."),
    "resumed": ("good", "It is in use again. What waited leaves now, as far as hours and rests allow."),
    "spent": (
        "bad",
        "It stays paused: too little is left of today’s money. Raise what may be spent, under Policy, or resume it "
        "tomorrow.",
    ),
}
"""What came of pausing or resuming a channel: its tone, and a sentence."""

PARTS = {
    "delivered": ("good", "Delivered", ("delivered",)),
    "accepted": ("fair", "Handed over", ("accepted",)),
    "unconfirmed": ("middle", "Unsure", ("unconfirmed",)),
    "bounced": ("bad", "Came back", ("bounced",)),
    "failed": ("bad", "Failed", ("failed",)),
}
"""Of what was tried: its colour, its name, its states."""
LEFT = frozenset({"delivered", "accepted", "unconfirmed", "bounced"})
"""States in which a message left, or may have."""
NOT_TRIED = ("suppressed", "held", "expired", "cancelled")
WAITS = frozenset({"planned", "queued", "calling"})


@dataclass
class Tally:
    """What became of some messages: so many in each state, and so many answered."""

    states: Counter[str] = field(default_factory=Counter)
    answered: int = 0

    def add(self, line: Line) -> None:
        self.states[line.state] += line.times
        self.answered += line.times if line.is_answered else 0

    @property
    def sent(self) -> int:
        return sum(self.states[state] for state in LEFT)

    @property
    def arrived(self) -> int:
        """As far as anybody knows: a relay reports nothing of what went well."""
        return self.states["delivered"] + self.states["accepted"]

    @property
    def lost(self) -> int:
        return self.states["bounced"] + self.states["failed"] + self.states["unconfirmed"]

    @property
    def waiting(self) -> int:
        return sum(self.states[state] for state in WAITS)

    @property
    def parts(self) -> list[tuple[str, str, str, int]]:
        """Colour, name, state and number of each part of what was tried."""
        return [(tone, name, state, self.states[state]) for state, (tone, name, _) in PARTS.items()]

    @property
    def not_tried(self) -> list[tuple[str, str, int]]:
        """State, name and number."""
        return [(state, STATES[state][1], self.states[state]) for state in NOT_TRIED]


@desk.get("/deliveries")
@for_a_site
def sent(site: Site) -> str:
    """Everything that is sent to people, over a period."""
    days = request.args.get("days", "")
    days = days if days in PERIODS else USUAL
    now = services().now()
    since = now - timedelta(days=int(days))
    wanted = _wanted(since)
    with services().db.reading() as db:
        scope = SiteScope(db, site.id)
        lines = sorted(deliveries.counted(scope, since), key=_rank)
        rows, more = deliveries.listed(scope, wanted, _place(request.args.get("before", "")), SHOWN)
        return page(
            "deliveries.html",
            periods=PERIODS,
            days=days,
            channels=_by(lines, lambda line: line.channel),
            providers=_by((line for line in lines if line.provider), lambda line: (line.channel, line.provider)),
            by_survey=_by(sorted(lines, key=lambda line: line.survey_id), lambda line: line.survey_id),
            surveys=surveys.names(scope),
            rows=_lines(scope, rows),
            older=_address(site, days, wanted, more) if more else "",
            is_first=not request.args.get("before"),
            wanted=wanted,
            state=request.args.get("state", "") if request.args.get("state") in STATES else "",
            states=STATES,
            calls=CALLS,
            sending=SENT,
            called=called,
            now=now,
            notices=standing(db),
            lanes=lanes(scope, since, now),
            lane_said=LANES_SAID.get(request.args.get("lane", "")),
        )


def _wanted(since: datetime) -> Wanted:
    """What the list's filter says; what makes no sense is left out."""
    said = request.args
    survey = said.get("survey", "")
    return Wanted(
        states=[said["state"]] if said.get("state") in STATES else tuple(STATES),
        since=since,
        channel=said.get("channel", "") if said.get("channel") in SENT else "",
        provider=said.get("provider", "") if re.fullmatch(r"[a-z0-9_]{1,20}", said.get("provider", "")) else "",
        survey_id=int(survey) if re.fullmatch(r"[0-9]{1,15}", survey) else 0,
    )


def _by(lines: Iterable[Line], key: Any) -> dict[Any, Tally]:
    """In the order of the lines."""
    found: dict[Any, Tally] = {}
    for line in lines:
        found.setdefault(key(line), Tally()).add(line)
    return found


def _rank(line: Line) -> tuple[int, str]:
    """Channels in the order in which all pages name them, each with its providers."""
    return (SENT.index(line.channel) if line.channel in SENT else len(SENT)), line.provider


def _lines(scope: SiteScope, rows: list[Invitation]) -> list[dict[str, Any]]:
    """Each message that did not arrive, whose it was, and why."""
    ids = [row.person_id for row in rows]
    known, roots = people_lists.known_by(scope, ids), people.roots(scope, ids)
    return [
        {
            "row": row,
            "told": told(row),
            "person": roots[row.person_id].id,
            "who": display(roots[row.person_id].name, known[row.person_id]),
        }
        for row in rows
    ]


def _place(raw: str) -> Place | None:
    """`1764158400000.0123abcd`: milliseconds (14 digits of them last until the year 5138) and an id."""
    at, _, id = raw.partition(".")
    if not re.fullmatch(r"[0-9]{1,14}", at) or not re.fullmatch(r"[A-Za-z0-9_-]{1,32}", id):
        return None
    return Place(datetime.fromtimestamp(int(at) / 1000, UTC), id)


def _address(site: Site, days: str, wanted: Wanted, more: Place) -> str:
    said = {
        "site": site.key, "days": days, "state": wanted.states[0] if len(wanted.states) == 1 else "",
        "channel": wanted.channel, "provider": wanted.provider, "survey": wanted.survey_id or "",
        "before": f"{round(more.at.timestamp() * 1000)}.{more.id}",
    }  # fmt: skip
    return "/desk/deliveries?" + urlencode({name: each for name, each in said.items() if each}) + "#lost"
