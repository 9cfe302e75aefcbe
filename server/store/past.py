"""The past, person by person: every moment at which one might have been asked, and every touch beside them."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import CompoundSelect, and_, func, literal, or_, select, union_all

from server.core.rehearsal import Chance
from server.core.throttle import Touch
from server.store.coverage import ASKED
from server.store.merges import ROOT
from server.store.scope import SiteScope
from server.store.tables import HeldRow, Invitation, Person, SurveyRow, TouchRow
from server.store.touches import touch_of

AT_ONCE = 1000
"""Rows fetched in one go; the past of a large site does not fit into memory."""


def chances(scope: SiteScope, since: datetime, after: int = 0) -> Generator[tuple[int, list[Chance]], None, None]:
    """For each person with any, whose id comes `after` that one: her chances since then, in order of time."""
    both = _chances(scope, since).subquery()
    told = select(both).where(both.c.person_id > after).order_by(both.c.person_id, both.c.at)
    with scope.db.execute(told.execution_options(yield_per=AT_ONCE)) as rows:
        for person_id, hers in groupby(rows, key=lambda row: row.person_id):
            yield person_id, [_chance(row) for row in hers]


def total(scope: SiteScope, since: datetime) -> int:
    """How many chances there were since then."""
    return scope.db.scalar(select(func.count()).select_from(_chances(scope, since).subquery())) or 0


def _chances(scope: SiteScope, since: datetime) -> CompoundSelect[*tuple[Any, ...]]:
    # By a scalar subquery, for PostgreSQL may read all of a table for `exists`, and never for this.
    kind = select(TouchRow.kind).where(TouchRow.ticket == Invitation.id).scalar_subquery()
    sent = select(
        ROOT.label("person_id"),
        Invitation.created_at.label("at"),
        SurveyRow.slug,
        Invitation.channel,
        func.coalesce(Invitation.follows, Invitation.id).label("ticket"),
        Invitation.state,
        Invitation.reason,
        Invitation.outcome,
    ).where(
        Invitation.site_id == scope.site_id,
        Person.id == Invitation.person_id,
        SurveyRow.id == Invitation.survey_id,
        Invitation.created_at >= since,
        Invitation.state.in_((*ASKED, "held")),
        # What she opened herself was no ask of ours, and what only continued one was none of its own.
        func.coalesce(kind, "") != "answered",
        or_(Invitation.follows.is_(None), kind == "ask"),
    )
    in_browsers = select(
        ROOT,
        HeldRow.at,
        SurveyRow.slug,
        HeldRow.channel,
        literal("held"),
        literal("held"),
        HeldRow.rule,
        literal(None),
    ).where(
        HeldRow.site_id == scope.site_id,
        Person.id == HeldRow.person_id,
        SurveyRow.id == HeldRow.survey_id,
        HeldRow.at >= since,
    )
    return union_all(sent, in_browsers)


def other_touches(
    scope: SiteScope, since: datetime, far_back: datetime, after: int = 0
) -> Generator[tuple[int, list[Touch]], None, None]:
    """For each person with any, whose id comes `after` that one: her touches from `far_back` on that are no chance
    since `since`, namely asks before it and whatever was no ask."""
    found = (
        select(ROOT.label("root"), TouchRow, Invitation.follows)
        .join(Person, Person.id == TouchRow.person_id)
        .outerjoin(Invitation, and_(TouchRow.kind == "continuation", Invitation.id == TouchRow.ticket))
        .where(
            TouchRow.site_id == scope.site_id,
            TouchRow.at > far_back,
            TouchRow.voided_at.is_(None),
            after < ROOT,
            (TouchRow.at < since) | (TouchRow.kind != "ask"),
        )
        .order_by(ROOT)
        .execution_options(yield_per=AT_ONCE)
    )
    with scope.db.execute(found) as rows:
        for person_id, hers in groupby(rows, key=lambda row: row.root):
            yield person_id, [replace(touch_of(row.TouchRow), story=row.follows or "") for row in hers]


def _chance(row: Any) -> Chance:
    held_by = (row.reason or "held") if row.state == "held" else ""
    outcome = row.outcome if row.outcome in ("answered", "dismissed") else ""
    return Chance(row.at, row.slug, row.channel, row.ticket, held_by, outcome)
