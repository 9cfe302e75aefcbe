"""Surveys as their team works on them: drafts, versions, states, and who did what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from server.store.scope import SiteScope
from server.store.tables import Response, Site, SurveyChange, SurveyRow, SurveyVersion

SURVEYS_MAX = 500
"""Surveys of one site."""
RUNNING_MAX = 100
"""Live at once: as many as an offer looks at."""


@dataclass(frozen=True)
class Listed:
    """A survey among all of its site: its newest version, the number of that which is asked, and what came back."""

    row: SurveyRow
    newest: SurveyVersion
    asked: int | None
    answers: int


def get(scope: SiteScope, id: int) -> SurveyRow | None:
    return scope.find(SurveyRow, SurveyRow.id == id) if 0 < id < 2**63 else None


def by_slug(scope: SiteScope, slug: str) -> SurveyRow | None:
    return scope.find(SurveyRow, SurveyRow.slug == slug)


def count(scope: SiteScope, state: str = "") -> int:
    """How many surveys the site has, in one state if that is said."""
    found = select(func.count()).select_from(SurveyRow).where(SurveyRow.site_id == scope.site_id)
    return scope.db.scalar(found.where(SurveyRow.state == state) if state else found) or 0


def add_draft(
    scope: SiteScope, key: str, slug: str, definition: Mapping[str, Any], by: str, now: datetime
) -> SurveyRow:
    """A new survey that nobody is asked yet, with `definition` as its first version."""
    row = scope.add(SurveyRow(key=key, slug=slug, state="draft", created_at=now))
    add_version(scope, row, definition, by, now)
    return row


def add_version(
    scope: SiteScope, row: SurveyRow, definition: Mapping[str, Any], by: str, now: datetime
) -> SurveyVersion:
    """`definition` as the survey's next version. Call inside a write, one at a time."""
    latest = scope.db.scalar(select(func.max(SurveyVersion.number)).where(SurveyVersion.survey_id == row.id)) or 0
    made = SurveyVersion(
        survey_id=row.id, number=latest + 1, definition=dict(definition), made_by=by[:60], created_at=now
    )
    scope.db.add(made)
    scope.db.flush()
    return made


def publish(scope: SiteScope, row: SurveyRow, version: SurveyVersion) -> None:
    """`version` is asked from now on; the site's first survey that is becomes its default."""
    row.version_id, row.state = version.id, "live"
    site = scope.db.get_one(Site, scope.site_id)
    site.default_survey = site.default_survey or row.id


def note(scope: SiteScope, row: SurveyRow, what: str, by: str, now: datetime, detail: str = "") -> None:
    """What was done with a survey, for whoever asks later."""
    scope.add(SurveyChange(survey_id=row.id, what=what, detail=detail[:120], made_by=by[:60], made_at=now))


def versions(scope: SiteScope, survey_id: int, limit: int = 200) -> list[SurveyVersion]:
    """Of a survey, the latest first."""
    found = _versions(scope).where(SurveyVersion.survey_id == survey_id)
    return list(scope.db.scalars(found.order_by(SurveyVersion.number.desc()).limit(limit)))


def version(scope: SiteScope, survey_id: int, number: int) -> SurveyVersion | None:
    if not 0 < number < 2**31:
        return None
    found = _versions(scope).where(SurveyVersion.survey_id == survey_id, SurveyVersion.number == number)
    return scope.db.scalars(found).first()


def newest(scope: SiteScope, survey_id: int) -> SurveyVersion | None:
    return next(iter(versions(scope, survey_id, 1)), None)


def changes(scope: SiteScope, survey_id: int, limit: int = 200) -> list[SurveyChange]:
    """What was done with a survey, the latest first."""
    found = scope.select(SurveyChange).where(SurveyChange.survey_id == survey_id)
    return list(scope.db.scalars(found.order_by(SurveyChange.id.desc()).limit(limit)))


def listed(scope: SiteScope) -> list[Listed]:
    """Every survey of the site, the one that was worked on last first."""
    rows = {row.id: row for row in scope.db.scalars(scope.select(SurveyRow).limit(SURVEYS_MAX))}
    latest = select(func.max(SurveyVersion.id)).where(SurveyVersion.survey_id.in_(rows)).group_by(
        SurveyVersion.survey_id
    )  # fmt: skip
    newest = {v.survey_id: v for v in scope.db.scalars(select(SurveyVersion).where(SurveyVersion.id.in_(latest)))}
    live = select(SurveyVersion.survey_id, SurveyVersion.number).join(
        SurveyRow, SurveyRow.version_id == SurveyVersion.id
    )  # fmt: skip
    asked = dict(scope.db.execute(live.where(SurveyRow.site_id == scope.site_id)).all())
    came = select(Response.survey_id, func.count()).where(Response.site_id == scope.site_id)
    answers = dict(scope.db.execute(came.group_by(Response.survey_id)).all())
    found = [Listed(row, newest[id], asked.get(id), answers.get(id, 0)) for id, row in rows.items() if id in newest]
    return sorted(found, key=lambda each: (each.newest.created_at, each.row.id), reverse=True)


def _versions(scope: SiteScope) -> Select[SurveyVersion]:
    joined = select(SurveyVersion).join(SurveyRow, SurveyRow.id == SurveyVersion.survey_id)
    return joined.where(SurveyRow.site_id == scope.site_id)
