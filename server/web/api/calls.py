"""Calls by API: another system announces one that it hands over, and the survey for those that speak themselves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, jsonify, request

from server.core.claims import FIELDS, claims_in
from server.core.people import BadClaim, line
from server.core.people import phone as phone_form
from server.flows.call.expect import Announced, expect
from server.flows.call.sheet import sheet_of
from server.flows.trigger import Invalid
from server.store import sites, surveys
from server.store.scope import SiteScope
from server.web.api import door
from server.web.errors import said as say
from server.web.parts import services

api = Blueprint("calls_api", __name__)

PROPERTIES_MOST = 16_000


@api.post("/v1/calls")
def announce() -> tuple[Response, int]:
    """A call is about to be handed over: `{"person"?: {"email"?, "phone"?, "user_id"?, "name"?}, "phone"?: the number
    it comes from, "survey"?, "properties"?}`. It is known by that number for ten minutes, by the PIN or the token for
    an hour."""
    site = door.site()
    found = expect(services(), site.id, read_announced(door.body()))
    row = {
        "pin": found.pin,
        "token": found.token,
        "address": found.address,
        "expires_at": int(found.expires_at.timestamp()),
    }
    return jsonify(row), 201


def read_announced(said: Mapping[str, Any]) -> Announced:
    """The fields of POST /v1/calls, understood; Invalid names every field that is not."""
    errors: dict[str, list[str]] = {}
    who = said.get("person")
    is_only_named = isinstance(who, Mapping) and not any(who.get(field) for field, _ in FIELDS)
    claims = () if who is None or (is_only_named and said.get("phone")) else claims_in(who, errors)
    number = ""
    if said.get("phone"):
        try:
            number = phone_form(str(said["phone"]))
        except BadClaim as why:
            errors["phone"] = [str(why)]
    if not claims and not number and not errors:
        errors["phone"] = ["can't be blank; or give person with email, phone or user_id"]
    properties = said.get("properties") or {}
    if not isinstance(properties, dict) or len(json.dumps(properties)) > PROPERTIES_MOST:
        errors["properties"] = ["must be a map of at most 16 kB"]
    if errors:
        raise Invalid(errors)
    name = line(who.get("name"), 255) if isinstance(who, Mapping) else ""
    return Announced(claims, name, number, line(said.get("survey"), 255), dict(properties))


@api.get("/v1/surveys/<survey>/ivr")
@api.get("/v1/surveys/<survey>/ivr.json")
def ivr(survey: str) -> Response:
    """A survey for a call centre that speaks and listens itself: prompts, keys and branches (`?language=de`). Answers
    go to POST /v1/survey_responses."""
    site = door.site()
    with services().db.reading() as db:
        scope = SiteScope(db, site.id)
        found = surveys.named(scope, survey)
        current = sites.by_id(db, site.id)
        if found is None or current is None:
            return say(404, f"this site has no survey {survey[:60]}")
        return jsonify(sheet_of(current, found, request.args.get("language", "")))
