"""What became of messages: counted by channel, provider and survey; and one by one those that did not arrive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, get_args

from sqlalchemy import ColumnElement, and_, func, not_, or_, select

from server.core.delivery import State
from server.core.throttle import SENT
from server.store.scope import SiteScope
from server.store.tables import Invitation

LOOKED_MOST = 10_000
"""Invitations in one state that are looked at for one page of a list; with a rare filter few of them are on it."""


STATES = tuple(state for state in get_args(State) if state != "shown")
"""Of what is sent."""


class Line(NamedTuple):
    """So many messages that went the same way. `provider` is empty before one was asked."""

    channel: str
    provider: str
    survey_id: int
    state: str
    is_answered: bool
    times: int


def counted(scope: SiteScope, since: datetime) -> list[Line]:
    """Messages that came to where they are since then: one that was planned before and delivered after is counted.

    Everything that it reads stands in one index, state by state, for this is asked of hundreds of thousands.
    """
    is_answered = func.coalesce(Invitation.outcome, "") == "answered"
    of = (Invitation.channel, Invitation.provider, Invitation.survey_id, Invitation.state, is_answered)
    found = (
        select(*of, func.count())
        .where(
            Invitation.site_id == scope.site_id,
            Invitation.state.in_(STATES),
            Invitation.state_at >= since,
            Invitation.channel.in_(SENT),
        )
        .group_by(*of)
    )
    return [
        Line(channel, provider or "", survey_id, state, bool(answered), times)
        for channel, provider, survey_id, state, answered, times in scope.db.execute(found)
    ]


class Place(NamedTuple):
    """Where one page of a list ends, and the next begins behind."""

    at: datetime
    id: str


@dataclass(frozen=True)
class Wanted:
    """What a list shows; empty for all."""

    states: Sequence[str]
    since: datetime
    channel: str = ""
    provider: str = ""
    survey_id: int = 0


def listed(scope: SiteScope, wanted: Wanted, after: Place | None, limit: int) -> tuple[list[Invitation], Place | None]:
    """Messages in these states, the latest first, and where the list goes on; None at its end.

    State by state, each along its index: no page looks at more than LOOKED_MOST rows of one, however few of them a
    filter leaves. Then it ends early, and goes on from where it stopped looking.
    """
    rows: list[Invitation] = []
    stops: list[Place] = []
    for state in wanted.states:
        found, stop = _in_state(scope, wanted, state, after, limit)
        rows += found
        stops += [stop] if stop else []
    rows.sort(key=lambda row: (row.state_at, row.id), reverse=True)
    last = max(stops, default=None)
    seen = [row for row in rows if last is None or (row.state_at, row.id) >= last]
    if len(seen) > limit:
        return seen[:limit], Place(seen[limit - 1].state_at, seen[limit - 1].id)
    return seen, last


def _in_state(
    scope: SiteScope, wanted: Wanted, state: str, after: Place | None, limit: int
) -> tuple[list[Invitation], Place | None]:
    """The next rows in one state, one more than `limit` at most, and where looking for them stopped."""
    of = [Invitation.site_id == scope.site_id, Invitation.state == state, Invitation.state_at >= wanted.since]
    if after:
        of.append(_is_behind(after))
    order = (Invitation.state_at.desc(), Invitation.id.desc())
    looked = select(Invitation.state_at, Invitation.id).where(*of).order_by(*order)
    end = scope.db.execute(looked.offset(LOOKED_MOST - 1).limit(1)).first()
    last = Place(*end) if end else None
    within = [Invitation.state_at >= last.at, not_(_is_behind(last))] if last else []
    found = select(Invitation).where(*of, *within, *_filters(wanted)).order_by(*order).limit(limit + 1)
    rows = list(scope.db.scalars(found))
    return rows, None if len(rows) > limit else last


def _is_behind(place: Place) -> ColumnElement[bool]:
    """Older than what stands there; said so that an index is followed."""
    same = and_(Invitation.state_at == place.at, Invitation.id < place.id)
    return and_(Invitation.state_at <= place.at, or_(Invitation.state_at < place.at, same))


def _filters(wanted: Wanted) -> list[ColumnElement[bool]]:
    channel = Invitation.channel == wanted.channel if wanted.channel else Invitation.channel.in_(SENT)
    found = [channel]
    if wanted.provider:
        found.append(Invitation.provider == wanted.provider)
    if wanted.survey_id:
        found.append(Invitation.survey_id == wanted.survey_id)
    return found
