"""Surveys and their versions."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from server.core.look import Look, look_from
from server.core.surveys import Survey, survey_from
from server.core.targeting import EVERYBODY, Targeting, targeting_from
from server.store.scope import SiteScope
from server.store.tables import Site, SurveyRow, SurveyVersion


@dataclass(frozen=True)
class StoredSurvey:
    """A survey in the version that is asked now, or was asked then."""

    id: int
    site_id: int
    key: str
    slug: str
    state: str
    version_id: int
    survey: Survey
    definition: Mapping[str, Any] = field(default_factory=dict, repr=False)
    targeting: Targeting = EVERYBODY
    look: Look = Look()
    takes: int | None = None
    """Seconds that people really took, once enough of them have answered."""
    cancelled_at: datetime | None = None
    """What was planned by then and had not left is not sent any more."""

    def in_language(self, language: str) -> Survey:
        """The survey in `language` (BCP 47), as far as its author wrote it so."""
        return self.survey if language == self.survey.language else _parsed(self.definition, language)

    @property
    def seconds(self) -> int:
        """About how long it takes."""
        return self.takes or self.survey.seconds

    @cached_property
    def calls_by_name(self) -> bool:
        """Whether any of its texts has her name in it."""
        return "{person." in str(self.definition)


def _parsed(definition: Mapping[str, Any], language: str = "") -> Survey:
    return _parsed_once(json.dumps(definition, ensure_ascii=False), language)


@lru_cache(maxsize=500)
def _parsed_once(definition: str, language: str) -> Survey:
    """A page is asked for far more often than a definition changes."""
    return survey_from(json.loads(definition), language)


def add_survey(
    scope: SiteScope, key: str, slug: str, definition: Mapping[str, Any], now: datetime, by: str = ""
) -> StoredSurvey:
    """A new live survey with `definition` as its first version; the site's first becomes its default."""
    parts = _parts(definition)
    row = scope.add(SurveyRow(key=key, slug=slug, state="live", created_at=now))
    version = SurveyVersion(survey_id=row.id, number=1, definition=dict(definition), made_by=by, created_at=now)
    scope.db.add(version)
    scope.db.flush()
    row.version_id = version.id
    site = scope.db.get_one(Site, scope.site_id)
    site.default_survey = site.default_survey or row.id
    return StoredSurvey(row.id, row.site_id, key, slug, row.state, version.id, *parts)


def live(scope: SiteScope) -> list[StoredSurvey]:
    """The surveys that may be asked now: the default one first, then the oldest."""
    site = scope.db.get_one(Site, scope.site_id)
    found = _join(scope).where(SurveyRow.state == "live").order_by(SurveyRow.id).limit(100)
    surveys = [_stored(row, version) for row, version in scope.db.execute(found)]
    return sorted(surveys, key=lambda s: s.id != site.default_survey)


def named(scope: SiteScope, name: str | None) -> StoredSurvey | None:
    """The survey that the team calls `name` (its slug, key or id), or the site's default for none."""
    if not name:
        default = scope.db.get_one(Site, scope.site_id).default_survey
        fits = SurveyRow.id == default
    elif name.isascii() and name.isdigit() and len(name) < 18:
        fits = SurveyRow.id == int(name)
    else:
        fits = (SurveyRow.slug == name) | (SurveyRow.key == name)
    row = scope.db.execute(_join(scope).where(fits).order_by(SurveyRow.id).limit(1)).first()
    return _stored(*row) if row else None


def public(db: Session, key: str) -> StoredSurvey | None:
    """The survey behind an open link."""
    found = select(SurveyRow, SurveyVersion).join(SurveyVersion, SurveyVersion.id == SurveyRow.version_id)
    row = db.execute(found.where(SurveyRow.key == key)).first()
    return _stored(*row) if row else None


def version(scope: SiteScope, version_id: int) -> StoredSurvey | None:
    """A survey as it was in one version."""
    row = scope.db.execute(_VERSION, {"site": scope.site_id, "version": version_id}).first()
    return _stored(*row) if row else None


_VERSION = (
    select(SurveyRow, SurveyVersion)
    .join(SurveyVersion, SurveyVersion.survey_id == SurveyRow.id)
    .where(SurveyRow.site_id == bindparam("site"), SurveyVersion.id == bindparam("version"))
)


def versions(scope: SiteScope, version_ids: Collection[int]) -> dict[int, Survey]:
    """What was asked in each of these versions."""
    found = scope.db.scalars(_VERSIONS, {"site": scope.site_id, "versions": list(version_ids)})
    return {row.id: _parsed(row.definition) for row in found}


_VERSIONS = (
    select(SurveyVersion)
    .join(SurveyRow, SurveyRow.id == SurveyVersion.survey_id)
    .where(SurveyRow.site_id == bindparam("site"), SurveyVersion.id.in_(bindparam("versions", expanding=True)))
)


def tops(scope: SiteScope, version_ids: Collection[int]) -> dict[int, int]:
    """Where the scale of each version's score ends; versions without a score are left out."""
    scored = {id: survey.scored for id, survey in versions(scope, version_ids).items()}
    return {id: question.high for id, question in scored.items() if question}


def names(scope: SiteScope) -> dict[int, str]:
    """Slug of each survey by id."""
    return dict(scope.db.execute(_NAMES, {"site": scope.site_id}).all())


_NAMES = select(SurveyRow.id, SurveyRow.slug).where(SurveyRow.site_id == bindparam("site")).limit(1000)


def _join(scope: SiteScope) -> Any:
    return (
        select(SurveyRow, SurveyVersion)
        .join(SurveyVersion, SurveyVersion.id == SurveyRow.version_id)
        .where(SurveyRow.site_id == scope.site_id)
    )


def _stored(row: SurveyRow, version: SurveyVersion) -> StoredSurvey:
    parts = _parts(version.definition)
    return StoredSurvey(
        row.id, row.site_id, row.key, row.slug, row.state, version.id, *parts, row.takes, row.cancelled_at
    )


def _parts(definition: Mapping[str, Any]) -> tuple[Survey, Mapping[str, Any], Targeting, Look]:
    """What a definition says, with itself. Raises BadSurvey."""
    said = definition.get
    return _parsed(definition), definition, targeting_from(said("targeting")), look_from(said("look"))
