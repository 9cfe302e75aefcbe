"""Why by API: the verdict on asking one person one survey now, as the command gives it."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from server.core.people import BadClaim
from server.flows.explain import Nobody, explain
from server.flows.trigger import Invalid
from server.web.api import door
from server.web.errors import said
from server.web.parts import services

api = Blueprint("why", __name__)

CHANNELS = ("widget", "view", "link", "email", "sms", "phone")


@api.get("/v1/why")
@api.get("/v1/why.json")
def why() -> Response:
    """Each rule, pass or fail, by which touch, until when. Nothing is written, and no place is taken."""
    site = door.site()
    person = door.plus(request.args.get("person", "")).strip()
    survey = request.args.get("survey", "").strip()
    channel = request.args.get("channel") or "email"
    errors: dict[str, list[str]] = {}
    if not person:
        errors["person"] = ["can't be blank; give an email address, a phone number or a user id"]
    if not survey.isprintable() or len(survey) > 255:
        errors["survey"] = ["is no name of a survey"]
    if channel not in CHANNELS:
        errors["channel"] = [f"must be one of {', '.join(CHANNELS)}"]
    if errors:
        raise Invalid(errors)
    try:
        found = explain(services(), site.id, person, survey or None, channel)
    except BadClaim as unfit:
        raise Invalid({"person": [str(unfit)]}) from unfit
    except Nobody as absent:
        return said(404, str(absent))
    return jsonify({**found.as_json(), "sentences": found.sentences})
