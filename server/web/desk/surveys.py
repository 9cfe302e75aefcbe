"""The surveys of a site: which there are, one more from a template or a file, and each as a file."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, abort, jsonify, make_response, redirect, request

from server.core.surveys import TEMPLATES, BadSurvey, template
from server.core.surveys.schema import schema
from server.flows.make_survey import make
from server.store import survey_versions
from server.store.scope import SiteScope
from server.store.tables import Site, SurveyRow, SurveyVersion
from server.web.desk.door import desk, for_a_site, page
from server.web.parts import services

ABOUT = {
    "nps": "Would they recommend you? 0 to 10, and why.",
    "csat": "How satisfied were they with one thing?",
    "ces": "How easy was it to get something done?",
    "enps": "Would your own people recommend working for you?",
    "pmf": "How would they feel without it? Then what it gives them.",
    "stars": "One to five stars, and why.",
    "post_call": "After a call: how it went, and whether it is solved.",
    "onboarding": "How did the first days go?",
    "cancel": "Why do they leave, and what would bring them back?",
    "pricing": "Is the pricing clear, and what holds them back?",
    "blog": "Was this article helpful?",
}
"""What each template is for."""
STATES = {"draft": ("", "Draft"), "live": ("good", "Live"), "paused": ("", "Paused"), "closed": ("", "Closed")}


ROOM = 768 * 1024
"""Bytes of a form: a survey of many questions in many languages."""


def roomy(called: Callable[..., Any]) -> Callable[..., Any]:
    """Forms of this view may be longer than others."""

    @wraps(called)
    def around(**rest: Any) -> Any:
        request.max_content_length = request.max_form_memory_size = ROOM
        return called(**rest)

    return around


@desk.get("/surveys")
@for_a_site
def survey_list(site: Site) -> str:
    """Every survey of the site."""
    with services().db.reading() as db:
        found = survey_versions.listed(SiteScope(db, site.id))
    return page("surveys.html", surveys=found, states=STATES, now=services().now(), default=site.default_survey)


@desk.get("/surveys/new")
@for_a_site
def new_survey(site: Site) -> str:
    """Where a survey begins: a template, or a file."""
    return _new(site)


@desk.post("/surveys/new")
@roomy
@for_a_site
def make_survey(site: Site) -> Response:
    """A new draft of a template, or of what was imported."""
    name, raw = request.form.get("template", ""), request.form.get("document", "").strip()
    if "file" in request.files and (sent := request.files["file"].read()):
        raw = sent.decode("utf-8", errors="replace")
    try:
        definition = template(name, site.name) if name in TEMPLATES else _imported(raw)
        made = make(services(), site.id, definition, by="desk")
    except BadSurvey as why:
        response = make_response(_new(site, complaints=why.complaints, typed=raw))
        response.status_code = 422
        return response
    return make_response(redirect(f"/desk/surveys/{made.id}?site={site.key}", 303))


@desk.get("/surveys/schema.json")
def survey_schema() -> Response:
    """What a definition may be, as JSON Schema."""
    response = jsonify(schema())
    response.headers["Content-Type"] = "application/schema+json"
    return response


@desk.get("/surveys/<int:id>/survey.json")
@for_a_site
def export_survey(site: Site, id: int) -> Response:
    """The newest version as a file, ready to be imported elsewhere."""
    row, newest = newest_of(site, id)
    response = make_response(json.dumps(newest.definition, ensure_ascii=False, indent=2) + "\n")
    response.headers["Content-Type"] = "application/json"
    response.headers["Content-Disposition"] = f'attachment; filename="{row.slug}.json"'
    return response


def newest_of(site: Site, id: int) -> tuple[SurveyRow, SurveyVersion]:
    """A survey of the site with its newest version, or 404."""
    with services().db.reading() as db:
        scope = SiteScope(db, site.id)
        row = survey_versions.get(scope, id)
        newest = survey_versions.newest(scope, id) if row else None
    return (row, newest) if row and newest else abort(404, "there is no such survey")


def frame_of(site: Site, row: SurveyRow, newest: SurveyVersion) -> dict[str, Any]:
    """What every page about one survey shows at its head."""
    with services().db.reading() as db:
        scope = SiteScope(db, site.id)
        asked = next((v.number for v in survey_versions.versions(scope, row.id) if v.id == row.version_id), None)
    return {"row": row, "newest": newest, "asked": asked, "states": STATES}


def _imported(raw: str) -> Any:
    if not raw:
        raise BadSurvey(["choose a file, or paste a survey as JSON"])
    try:
        return json.loads(raw, parse_constant=_no_number)
    except (ValueError, RecursionError) as why:
        raise BadSurvey([f"this is not JSON: {why}"]) from why


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no number in JSON")


def _new(site: Site, **more: Any) -> str:
    ready = [(name, said["name"], ABOUT[name], len(said["questions"])) for name, said in TEMPLATES.items()]
    return page("survey_new.html", templates=ready, **more)
