"""Surveys by API: read, written as drafts, published and paused, as the desk does it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint, Response, jsonify, request

from server.core.surveys import BadSurvey
from server.flows.click import rule_of
from server.flows.make_survey import STATES, NoSuchSurvey, NotNow, make, publish, put, save
from server.flows.trigger import Invalid
from server.store import survey_versions
from server.store.scope import SiteScope
from server.store.tables import Site
from server.web.api import door
from server.web.errors import said
from server.web.parts import services

api = Blueprint("surveys", __name__)

ROOM = 512 * 1024
BY = "api"


def told(view: Callable[..., Any]) -> Callable[..., Any]:
    """The view is called with the key's site; what cannot be done is told as the API tells it."""

    @wraps(view)
    def called(**rest: Any) -> Any:
        request.max_content_length = ROOM
        site = door.site()
        try:
            return view(site, **rest)
        except NoSuchSurvey as why:
            return said(404, str(why))
        except NotNow as why:
            return said(409, str(why))
        except BadSurvey as why:
            raise Invalid({"definition": list(why.complaints)}) from why

    return called


@api.get("/v1/surveys")
@told
def listed(site: Site) -> Response:
    """Every survey, the one that was changed last first."""
    with services().db.reading() as db:
        found = survey_versions.listed(SiteScope(db, site.id))
    return jsonify([_shape(site, each) for each in found])


@api.get("/v1/surveys/<slug>")
@told
def one(site: Site, slug: str) -> Response:
    """A survey with the definition of its newest version."""
    found = _named(site, slug)
    return jsonify({**_shape(site, found), "definition": found.newest.definition})


@api.post("/v1/surveys")
@told
def made(site: Site) -> Response:
    """`{"definition", "slug"?}`: a new draft."""
    body = door.body()
    row = make(services(), site.id, _definition(body), BY, str(body.get("slug") or ""))
    response = jsonify(_shape(site, _named(site, row.slug)))
    response.status_code = 201
    return response


@api.post("/v1/surveys/<slug>")
@told
def changed(site: Site, slug: str) -> Response:
    """`{"definition"?, "state"?: "live" | "paused" | "closed", "publish"?: true}`; each is done in this order."""
    body, found = door.body(), _named(site, slug)
    state = body.get("state")
    if state is not None and state not in STATES:
        raise Invalid({"state": [f"must be one of {', '.join(STATES)}"]})
    if "definition" in body:
        save(services(), site.id, found.row.id, _definition(body), BY)
    if state is not None:
        put(services(), site.id, found.row.id, state, BY)
    if body.get("publish") is True:
        publish(services(), site.id, found.row.id, BY)
    return jsonify(_shape(site, _named(site, slug)))


def _definition(body: dict[str, Any]) -> dict[str, Any]:
    given = body.get("definition")
    if not isinstance(given, dict):
        raise Invalid({"definition": ["must be a JSON object; /desk/surveys/schema.json says what may be in it"]})
    return given


def _named(site: Site, slug: str) -> survey_versions.Listed:
    with services().db.reading() as db:
        found = next((s for s in survey_versions.listed(SiteScope(db, site.id)) if s.row.slug == slug), None)
    if found is None:
        raise NoSuchSurvey("there is no such survey")
    return found


def _shape(site: Site, each: survey_versions.Listed) -> dict[str, Any]:
    return {
        "id": str(each.row.id),
        "slug": each.row.slug,
        "name": str(each.newest.definition.get("name") or ""),
        "state": each.row.state,
        "url": services().link(f"/l/{each.row.key}"),
        "asked_version": each.asked,
        "newest_version": each.newest.number,
        "answers": each.answers,
        "one_click": rule_of(site, each.row.slug),
        "changed_at": int(each.newest.created_at.timestamp()),
        "changed_by": each.newest.made_by,
    }
