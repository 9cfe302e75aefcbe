"""Open links with a name of their own, and what came back by each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.store.scope import SiteScope
from server.store.tables import Invitation, LinkRow, Response

LINKS_MAX = 500
"""Links of one survey."""


def add(
    scope: SiteScope,
    survey_id: int,
    key: str,
    name: str,
    properties: Mapping[str, Any],
    single_use: bool,
    closes_at: datetime | None,
    by: str,
    now: datetime,
) -> LinkRow:
    said = {"single_use": single_use, "closes_at": closes_at, "properties": dict(properties)}
    return scope.add(LinkRow(survey_id=survey_id, key=key, name=name, made_by=by[:60], made_at=now, **said))


def of_survey(scope: SiteScope, survey_id: int) -> list[LinkRow]:
    """The latest first."""
    found = scope.select(LinkRow).where(LinkRow.survey_id == survey_id)
    return list(scope.db.scalars(found.order_by(LinkRow.id.desc()).limit(LINKS_MAX)))


def get(scope: SiteScope, id: int) -> LinkRow | None:
    return scope.find(LinkRow, LinkRow.id == id) if 0 < id < 2**63 else None


def named(scope: SiteScope, survey_id: int, name: str) -> LinkRow | None:
    return scope.find(LinkRow, LinkRow.survey_id == survey_id, LinkRow.name == name)


def public(db: Session, key: str) -> LinkRow | None:
    """The link behind an address; the site follows from the row."""
    return db.scalars(select(LinkRow).where(LinkRow.key == key)).first()


def take(scope: SiteScope, id: int, now: datetime) -> bool:
    """An answer comes by this link. False when it was for a single use, and has had it. Call inside a write."""
    scope.one_at_a_time(f"link:{id}")
    row = scope.db.get(LinkRow, id, populate_existing=True)
    if row is None or not row.single_use:
        return True
    if row.ended_at is not None:
        return False
    row.ended_at = now
    return True


def answers(scope: SiteScope, survey_id: int) -> dict[int, int]:
    """How many responses came by each link of a survey."""
    came = (
        select(Invitation.link_id, func.count())
        .join(Response, Response.invitation_id == Invitation.id)
        .join(LinkRow, LinkRow.id == Invitation.link_id)
        .where(LinkRow.site_id == scope.site_id, LinkRow.survey_id == survey_id)
        .group_by(Invitation.link_id)
    )
    return {id: times for id, times in scope.db.execute(came) if id is not None}
