"""Coverage: of how many chances to ask how many were taken, and why not the others. A score says little without it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import Select, and_, case, func, or_, select
from sqlalchemy.orm import aliased

from server.core.delivery import WAITING
from server.store import held
from server.store.scope import SiteScope
from server.store.tables import Invitation, TouchRow

ASKED = ("accepted", "delivered", "bounced", "unconfirmed", "shown")
"""States of an invitation whose person was asked, or may have been."""


@dataclass
class OnChannel:
    """What became of the chances to ask on one channel: `unasked` by rule or state."""

    asked: int = 0
    answered: int = 0
    unasked: Counter[str] = field(default_factory=Counter)

    @property
    def chances(self) -> int:
        return self.asked + self.unasked.total()

    @property
    def response_rate(self) -> float | None:
        """The share of those asked who answered, from 0 to 1; None when nobody was."""
        return self.answered / self.asked if self.asked else None


@dataclass
class Coverage:
    """What became of the chances to ask one survey, on each channel and on all."""

    channels: dict[str, OnChannel] = field(default_factory=dict)

    def on(self, channel: str) -> OnChannel:
        return self.channels.setdefault(channel, OnChannel())

    @property
    def all(self) -> OnChannel:
        every = self.channels.values()
        unasked = sum((each.unasked for each in every), Counter[str]())
        return OnChannel(sum(c.asked for c in every), sum(c.answered for c in every), unasked)


def first_of(at: datetime) -> datetime:
    """The beginning of the UTC day of `at`."""
    return datetime.combine(at.astimezone(UTC).date(), time(), UTC)


def days_of(since: datetime, until: datetime) -> tuple[datetime, datetime]:
    """The beginning of the first day and the end of the last, in UTC, of the time from `since` until before `until`."""
    return first_of(since), first_of(until - timedelta(milliseconds=1)) + timedelta(days=1)


def coverage(scope: SiteScope, since: datetime, until: datetime) -> dict[int, Coverage]:
    """For each survey with any, by its id: who was asked and who was not from `since` until before `until`.

    Held asks are counted by whole days in UTC, so everything is: from the beginning of the first day to the end of
    the last. What still waits is no chance yet; what a person opened herself was no ask.
    """
    first, end = days_of(since, until)
    found: dict[int, Coverage] = {}
    for survey_id, channel, state, outcome, count in scope.db.execute(_invited(scope, first, end)):
        covered = found.setdefault(survey_id, Coverage()).on(channel)
        if state in ASKED:
            covered.asked += count
            covered.answered += count if outcome == "answered" else 0
        else:
            covered.unasked["consent" if state == "suppressed" else state] += count
    for line in held.counted(scope, first.date(), (end - timedelta(days=1)).date()):
        found.setdefault(line.survey_id, Coverage()).on(line.channel).unasked[line.rule] += line.times
    return found


def _invited(scope: SiteScope, first: datetime, end: datetime) -> Select[int, str, str, str | None, int]:
    """Invitations that have come to rest otherwise than held, which is counted where it happened. Of a story that one
    which was the ask, or the first where none was."""
    # By a scalar subquery, for PostgreSQL may read all of a table for `exists`, and never for this.
    kind = select(TouchRow.kind).where(TouchRow.ticket == Invitation.id).scalar_subquery()
    later = aliased(Invitation)
    came_later = (
        select(func.count())
        .join_from(later, TouchRow, TouchRow.ticket == later.id)
        .where(later.follows == Invitation.id, TouchRow.kind == "ask", TouchRow.voided_at.is_(None))
        .scalar_subquery()
    )
    is_ask = case(
        (Invitation.follows.is_not(None), and_(kind == "ask", Invitation.state.in_(ASKED))),
        else_=or_(Invitation.state.in_(ASKED), came_later == 0),
    )
    of = (Invitation.survey_id, Invitation.channel, Invitation.state, Invitation.outcome)
    return (
        select(*of, func.count())
        .where(
            Invitation.site_id == scope.site_id,
            Invitation.created_at >= first,
            Invitation.created_at < end,
            Invitation.state.not_in((*WAITING, "calling", "held")),
            or_(Invitation.channel != "link", func.coalesce(kind, "") != "answered"),
            is_ask,
        )
        .group_by(*of)
    )
