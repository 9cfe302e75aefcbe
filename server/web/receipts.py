"""Providers tell us what became of a message."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request

from channels.channel import BadSignature, Kind, RawRequest
from server.flows.receipt import receipt
from server.web.limits import count_guess
from server.web.parts import services

web = Blueprint("receipts", __name__)

KINDS: dict[str, Kind] = {"twilio_sms": "sms"}


@web.post("/receipts/<provider>/<token>")
def take_receipt(provider: str, token: str) -> Response:
    """One callback, verified on its raw bytes and its public address."""
    ours = services().provider_named(provider) if provider in KINDS else None
    if ours is None:
        abort(404)
    query = request.query_string.decode("latin-1")
    called = RawRequest(
        url=services().link(request.path + (f"?{query}" if query else "")),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=request.get_data(),
    )
    try:
        receipt(services(), ours, called, token)
    except BadSignature:
        count_guess()
        abort(403, "the signature does not fit this address and body")
    return Response(status=204)
