"""Support systems tell us what happened."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from server.flows.trigger import BadHook, Hook, Invalid, OtherBody, trigger
from server.web.errors import said
from server.web.limits import count_guess
from server.web.parts import services

web = Blueprint("hooks_in", __name__)


@web.post("/hooks/<source>")
def hook(source: str) -> Response:
    """A delivery signed after Standard Webhooks. 202 only after the commit; the same one again gets the same reply."""
    headers = request.headers
    told = Hook(
        headers.get("webhook-id", ""),
        headers.get("webhook-timestamp", ""),
        headers.get("webhook-signature", ""),
        request.get_data(),
    )
    try:
        reply = jsonify(trigger(services(), source, told))
    except BadHook as why:
        count_guess()
        return said(401, str(why))
    except OtherBody:
        return said(409, "this webhook-id was used for another body; give each event an id of its own")
    except Invalid as why:
        return said(422, "Unprocessable Entity", errors=why.errors)
    reply.status_code = 202
    return reply
