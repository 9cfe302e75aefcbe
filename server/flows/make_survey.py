"""The team makes its surveys: a draft is saved in versions, published, paused, resumed and closed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from server.core.links import new_id
from server.core.look import look_from
from server.core.surveys import BadSurvey, Survey, survey_from
from server.core.surveys.words import languages_in
from server.core.targeting import targeting_from
from server.services import Services
from server.store import sites, survey_versions
from server.store.scope import SiteScope
from server.store.tables import Site, SurveyRow, SurveyVersion

SLUG = re.compile(r"[a-z0-9]([a-z0-9_-]{0,58}[a-z0-9])?")
SIZE_MAX = 256 * 1024
"""Bytes of a definition as JSON."""
LANGUAGES_MAX = 20

STATES = {"paused": "paused", "live": "resumed", "closed": "closed"}
"""The states that a published survey may be put into, and what is noted of it."""


class NoSuchSurvey(LookupError):
    """The site has no such survey, or the survey no such version."""


class NotNow(ValueError):
    """This cannot be done with the survey as it is; the message says why."""


class Overtaken(Exception):
    """Somebody else saved a version meanwhile; `number` is its number, `by` who it was."""

    def __init__(self, number: int, by: str):
        super().__init__(f"{by or 'somebody'} saved version {number} meanwhile")
        self.number, self.by = number, by


def read_survey(definition: Any) -> Survey:
    """The survey in `definition`, whole in each of its languages. Raises BadSurvey with every complaint."""
    if not isinstance(definition, Mapping):
        raise BadSurvey(["a survey is a JSON object"])
    try:
        size = len(json.dumps(definition, ensure_ascii=False, allow_nan=False).encode())
    except (ValueError, TypeError, RecursionError) as why:
        raise BadSurvey([f"this holds something that no JSON can keep: {str(why)[:80]}"]) from why
    if size > SIZE_MAX:
        raise BadSurvey([f"a survey has at most {SIZE_MAX // 1024} KiB"])
    languages = languages_in(definition)
    if len(languages) > LANGUAGES_MAX:
        raise BadSurvey([f"a survey has at most {LANGUAGES_MAX} languages"])
    complaints: list[str] = []
    parts: list[Callable[[], object]] = [
        partial(survey_from, definition, language) for language in ("", *sorted(languages))
    ]
    parts += [partial(targeting_from, definition.get("targeting")), partial(look_from, definition.get("look"))]
    for read in parts:
        try:
            read()
        except BadSurvey as why:
            complaints += why.complaints
    if complaints:
        raise BadSurvey(list(dict.fromkeys(complaints)))
    return survey_from(definition)


def slug_from(name: str) -> str:
    """A slug made of a name: lower case, with hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:50].strip("-") or "survey"


def make(services: Services, site_id: int, definition: Mapping[str, Any], by: str, slug: str = "") -> SurveyRow:
    """A new draft of `definition`, under `slug` or one made of its name. Raises BadSurvey."""
    survey, now = read_survey(definition), services.now()
    if slug and not SLUG.fullmatch(slug):
        raise BadSurvey([ASK_SLUG])
    with services.db.writing() as db:
        scope = SiteScope(db, site_id)
        scope.one_at_a_time("surveys")
        if survey_versions.count(scope) >= survey_versions.SURVEYS_MAX:
            raise BadSurvey([f"a site has at most {survey_versions.SURVEYS_MAX} surveys"])
        if slug and survey_versions.by_slug(scope, slug):
            raise BadSurvey([taken(slug)])
        free = slug or _free(scope, slug_from(survey.name))
        return survey_versions.add_draft(scope, new_id(), free, definition, by, now)


ASK_SLUG = "slug must be 1 to 60 small letters, digits, hyphens and underscores, such as post-call"


def taken(slug: str) -> str:
    return f"slug {slug} belongs to another survey of this site"


def _free(scope: SiteScope, slug: str) -> str:
    names = [slug, *(f"{slug}-{n}" for n in range(2, survey_versions.SURVEYS_MAX + 2))]
    return next(name for name in names if not survey_versions.by_slug(scope, name))


def save(
    services: Services,
    site_id: int,
    id: int,
    definition: Mapping[str, Any],
    by: str,
    slug: str = "",
    since: int | None = None,
) -> SurveyVersion:
    """`definition` as the survey's newest version, which nobody is asked before it is published; the newest as it is
    when that says the same. `slug` renames it at once. `since`: the number of the version that was changed.

    Raises BadSurvey, NoSuchSurvey, and Overtaken when another version came since.
    """
    with services.db.writing() as db:
        scope = SiteScope(db, site_id)
        row, newest = _latest(scope, id)
        if wrong := _wrong(scope, id, definition, slug):
            raise BadSurvey(wrong)
        if since is not None and newest.number != since:
            raise Overtaken(newest.number, newest.made_by)
        if slug and slug != row.slug:
            _rename(scope, row, slug, by, services)
        if newest.definition == dict(definition):
            return newest
        return survey_versions.add_version(scope, row, definition, by, services.now())


def wrong_with(services: Services, site_id: int, id: int, definition: Mapping[str, Any], slug: str) -> list[str]:
    """Every complaint that `save` would have."""
    with services.db.reading() as db:
        return _wrong(SiteScope(db, site_id), id, definition, slug)


def _wrong(scope: SiteScope, id: int, definition: Mapping[str, Any], slug: str) -> list[str]:
    found: list[str] = []
    try:
        read_survey(definition)
    except BadSurvey as why:
        found += why.complaints
    if slug and not SLUG.fullmatch(slug):
        return [ASK_SLUG, *found]
    holder = survey_versions.by_slug(scope, slug) if slug else None
    return [taken(slug), *found] if holder and holder.id != id else found


def _rename(scope: SiteScope, row: SurveyRow, slug: str, by: str, services: Services) -> None:
    """The rules that the policy has for this survey go with its name."""
    before, row.slug = row.slug, slug
    survey_versions.note(scope, row, "renamed", by, services.now(), before)
    policy = scope.db.get_one(Site, scope.site_id).policy
    own = policy.get("surveys", {})
    if before in own:
        renamed = {slug if name == before else name: rules for name, rules in own.items()}
        sites.set_policy(scope, {**policy, "surveys": renamed}, by, services.now())


def publish(services: Services, site_id: int, id: int, by: str, number: int | None = None) -> int:
    """The newest version (or that with `number`, when it still is the newest) is asked from now on; its number.

    Raises NoSuchSurvey, Overtaken, NotNow, and BadSurvey for a draft that is not finished.
    """
    with services.db.writing() as db:
        scope = SiteScope(db, site_id)
        row, newest = _latest(scope, id)
        if number is not None and newest.number != number:
            raise Overtaken(newest.number, newest.made_by)
        read_survey(newest.definition)
        _check_room(scope, row)
        survey_versions.publish(scope, row, newest)
        survey_versions.note(scope, row, "published", by, services.now(), str(newest.number))
        return newest.number


def put(services: Services, site_id: int, id: int, state: str, by: str) -> None:
    """Pause, resume or close a survey that was published. Raises NoSuchSurvey and NotNow."""
    with services.db.writing() as db:
        scope = SiteScope(db, site_id)
        row, _ = _latest(scope, id)
        if row.version_id is None:
            raise NotNow("nobody was ever asked this survey; publish it first")
        if row.state == state:
            return
        if state == "live":
            _check_room(scope, row)
        row.state = state
        survey_versions.note(scope, row, STATES[state], by, services.now())


def _check_room(scope: SiteScope, row: SurveyRow) -> None:
    most = survey_versions.RUNNING_MAX
    if row.state != "live" and survey_versions.count(scope, "live") >= most:
        raise NotNow(f"{most} surveys of this site are live, which is the most; pause one first")


def restore(services: Services, site_id: int, id: int, number: int, by: str) -> SurveyVersion:
    """What version `number` said, as the newest version. Raises NoSuchSurvey."""
    with services.db.writing() as db:
        scope = SiteScope(db, site_id)
        row, newest = _latest(scope, id)
        past = survey_versions.version(scope, id, number)
        if past is None:
            raise NoSuchSurvey(f"there is no version {number}")
        if past.definition == newest.definition:
            return newest
        return survey_versions.add_version(scope, row, past.definition, by, services.now())


def _latest(scope: SiteScope, id: int) -> tuple[SurveyRow, SurveyVersion]:
    """Locked until this write ends. Raises NoSuchSurvey."""
    scope.one_at_a_time("surveys")
    row = survey_versions.get(scope, id)
    newest = survey_versions.newest(scope, id) if row else None
    if row is None or newest is None:
        raise NoSuchSurvey("there is no such survey")
    return row, newest
