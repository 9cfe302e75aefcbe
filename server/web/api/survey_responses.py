"""Responses by API: told by another system, and listed in numbered pages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, jsonify, request

from server.core.people import BadClaim, Claim
from server.core.people import email as email_form
from server.core.surveys import BadAnswer
from server.flows.record import Told, record
from server.flows.trigger import Invalid
from server.store import identities, responses
from server.store.scope import SiteScope
from server.web.api import door
from server.web.api.shapes import response_rows
from server.web.parts import services

api = Blueprint("survey_responses", __name__)

DEEPEST = 100_000
"""Pages beyond this are empty: an offset is paid for row by row."""
ANSWERS_MOST = 100
PROPERTIES_MOST = 16_000


@api.get("/v1/survey_responses")
@api.get("/v1/survey_responses.json")
def listed() -> Response:
    """Oldest first unless `order` says otherwise; an empty list ends it."""
    site = door.site()
    with services().db.reading() as db:
        scope = SiteScope(db, site.id)
        wanted = _wanted(scope)
        found = responses.listed(scope, wanted) if wanted else []
        return jsonify(response_rows(scope, found, services(), with_person=door.wants("person")))


@api.post("/v1/survey_responses")
@api.post("/v1/survey_responses.json")
def told() -> tuple[Response, int]:
    """A response that was taken elsewhere: `person`, and `score`, `comment` or `answers` by question id, in the shapes
    of `core.surveys.answers.read`. An `id` of the caller's own, or a header Idempotency-Key, makes it safe to tell it
    again, and to tell it question by question. `channel`: `phone` where a call centre asked."""
    site = door.site()
    key = request.headers.get("Idempotency-Key", "").strip()
    try:
        id = record(services(), site.id, read_told({**door.body(), **({"id": key} if key else {})}))
    except BadAnswer as why:
        raise Invalid({name or "answers": [complaint.say()] for name, complaint in why.complaints.items()}) from why
    with services().db.reading() as db:
        scope = SiteScope(db, site.id)
        found = responses.by_id(db, id)
        assert found
        return jsonify(response_rows(scope, [found], services(), with_person=door.wants("person"))[0]), 201


def read_told(said: Mapping[str, Any]) -> Told:
    """The fields of POST /v1/survey_responses, understood; Invalid names every field that is not."""
    errors: dict[str, list[str]] = {}
    person, at = _id_in(said.get("person")), None
    if not person:
        errors["person"] = ["can't be blank; give the id of a person"]
    answers, properties = said.get("answers") or {}, said.get("person_properties") or {}
    if not isinstance(answers, Mapping) or len(answers) > ANSWERS_MOST:
        errors["answers"] = [f"must be a map of at most {ANSWERS_MOST}, by question id"]
    if not isinstance(properties, Mapping) or len(json.dumps(properties)) > PROPERTIES_MOST:
        errors["person_properties"] = [f"must be a map of at most {PROPERTIES_MOST} characters"]
    if said.get("score") is None and said.get("comment") is None and not answers:
        errors["score"] = ["can't be blank; or give comment, or answers by question id"]
    names = {name: said.get(name) for name in ("survey", "id")}
    for name, value in names.items():
        if value is not None and (isinstance(value, bool) or not isinstance(value, str | int) or len(str(value)) > 255):
            errors[name] = ["must be text of at most 255 characters"]
    channel = said.get("channel") or "link"
    if channel not in ("link", "phone"):
        errors["channel"] = ["must be link or phone"]
    if said.get("created_at") is not None:
        try:
            at = door.when("created_at", said["created_at"])
        except Invalid as why:
            errors |= why.errors
    if errors:
        raise Invalid(errors)
    survey, id = (str(value) if value is not None else "" for value in names.values())
    return Told(
        person, survey or None, said.get("score"), said.get("comment"), dict(answers), dict(properties), at, id, channel
    )


def _id_in(said: Any) -> int:
    """The id of a person, given as it is or inside her; 0 for none."""
    raw = str(said.get("id") if isinstance(said, Mapping) else said)
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 18 else 0


def _wanted(scope: SiteScope) -> responses.Wanted | None:
    """What the query asks for; None when it names a person that is not here."""
    direction, _, column = request.args.get("order", "asc").partition(":")
    person_id = _person(scope)
    if person_id == 0:
        return None
    return responses.Wanted(
        page=door.whole("page", 1, DEEPEST),
        per_page=door.whole("per_page", 20, 100),
        newest_first=direction == "desc",
        by_update=column == "updated_at",
        since=door.moment("since"),
        until=door.moment("until"),
        updated_since=door.moment("updated_since"),
        updated_until=door.moment("updated_until"),
        person_id=person_id,
    )


def _person(scope: SiteScope) -> int | None:
    """The person asked for, 0 for one that is not here, None for everybody."""
    if request.args.get("person_id"):
        raw = request.args["person_id"]
        return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 18 else 0
    if request.args.get("person_email"):
        try:
            found = identities.find(scope, [Claim("email", email_form(request.args["person_email"]))])
        except BadClaim:
            return 0
        return found.id if found else 0
    return None
