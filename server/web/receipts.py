"""Providers tell us what became of a message, and hand over what people wrote back."""

from __future__ import annotations

from typing import NoReturn, cast

from flask import Blueprint, Response, abort, request

from channels.channel import BadSignature, Conversing, RawRequest
from server.flows.receipt import receipt, take_events
from server.flows.reply import reply
from server.flows.way_back import with_names
from server.web.limits import count_guess
from server.web.parts import services

web = Blueprint("receipts", __name__)

EVENTS_MAX = 4 * 1024 * 1024
MAIL_MAX = 10 * 1024 * 1024
"""Bytes: what is attached to an answer is dropped, but the signature is over all of it."""


@web.post("/receipts/<provider>")
@web.post("/receipts/<provider>/<token>")
def take_receipt(provider: str, token: str = "") -> Response:
    """One callback, verified on its raw bytes and its public address. A token names the invitation that it is about."""
    known = services().provider_named(provider)
    if known is None or not known.caps.reports:
        abort(404)
    try:
        receipt(services(), known, _called(EVENTS_MAX), token)
    except BadSignature:
        _stranger()
    return Response(status=204)


@web.post("/receipts/<provider>/inbound")
def take_inbound(provider: str) -> Response:
    """What somebody wrote back, verified in the same way."""
    known = services().provider_named(provider)
    if known is None or not known.caps.inbound:
        abort(404)
    called = _called(MAIL_MAX)
    if known.caps.converses:
        return _answered(cast("Conversing", known), called)
    try:
        known.verify(called)
    except BadSignature:
        _stranger()
    take_events(services(), known, with_names(services(), known.parse(called)))
    return Response(status=204)


def _answered(known: Conversing, called: RawRequest) -> Response:
    """A text, and what we say to it, which the provider sends when it reads this."""
    try:
        said = known.respond(reply(services(), known, called))
    except BadSignature:
        _stranger()
    return Response(said.body, content_type=said.content_type)


def _called(most: int) -> RawRequest:
    """As it came over the wire; a form is not looked into before its signature is."""
    request.max_content_length = most
    query = request.query_string.decode("latin-1")
    return RawRequest(
        url=services().link(request.path + (f"?{query}" if query else "")),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=request.get_data(),
    )


def _stranger() -> NoReturn:
    count_guess()
    abort(403, "the signature does not fit this address and body")
