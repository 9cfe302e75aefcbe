"""Contacts by API: other systems report whom they wrote to, called or asked."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request

from server.flows.report import report
from server.flows.trigger import Invalid
from server.web.api import door
from server.web.parts import services

api = Blueprint("touches", __name__)

BODY_MAX = 1024 * 1024
"""A thousand contacts with long names fit; the rest of the house takes less."""


@api.post("/v1/touches")
@api.post("/v1/touches.json")
def told() -> tuple[Response, int]:
    """One contact, or `{"touches": [...]}`: the good ones are stored, the others named. 201 when any is new.

    One alone that is not fit is refused as everywhere in the API, with 422.
    """
    site = door.site()
    request.max_content_length = BODY_MAX  # only now: a stranger's body stays small
    said = door.body()
    batch: Any = said.get("touches", [said])
    if not isinstance(batch, list):
        raise Invalid({"touches": ["must be a list of contacts, sent as JSON"]})
    done = report(services(), site.id, batch)
    if "touches" not in said and done.faults:
        raise Invalid(done.faults[0].errors)
    errors = [{"index": f.index, "id": f.id, "errors": f.errors} for f in done.faults]
    reply = {"accepted": done.accepted, "known": done.known, "ignored": done.ignored, "errors": errors}
    return jsonify(reply), 201 if done.accepted else 200
