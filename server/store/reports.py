"""The questions that the desk asks, as SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from server.store.merges import families
from server.store.scope import SiteScope
from server.store.tables import Invitation, Response, TouchRow


def scores(scope: SiteScope, since: datetime) -> dict[int, dict[int, int]]:
    """How often each score was given since then: survey id → score → count."""
    counted = (
        select(Response.survey_id, Response.score, func.count())
        .where(Response.site_id == scope.site_id, Response.created_at >= since)
        .group_by(Response.survey_id, Response.score)
    )
    found: dict[int, dict[int, int]] = {}
    for survey_id, value, count in scope.db.execute(counted):
        if value is not None:
            found.setdefault(survey_id, {})[value] = count
    return found


def states(scope: SiteScope, since: datetime) -> dict[str, int]:
    """How many invitations made since then are in each state."""
    counted = (
        select(Invitation.state, func.count())
        .where(Invitation.site_id == scope.site_id, Invitation.created_at >= since)
        .group_by(Invitation.state)
    )
    return dict(scope.db.execute(counted).all())


def last_sent(scope: SiteScope, person_ids: Sequence[int]) -> dict[int, datetime]:
    """When each person was last asked, on any channel."""
    known = families(scope, person_ids)
    asked = (
        select(TouchRow.person_id, func.max(TouchRow.at))
        .where(
            TouchRow.site_id == scope.site_id,
            TouchRow.person_id.in_({id for family in known.values() for id in family}),
            TouchRow.kind == "ask",
            TouchRow.voided_at.is_(None),
        )
        .group_by(TouchRow.person_id)
    )
    times = dict(scope.db.execute(asked).all())
    return {id: max(times[m] for m in family if m in times) for id, family in known.items() if times.keys() & family}
