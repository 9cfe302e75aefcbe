"""The one place where a failure becomes a page or JSON: what is wrong, and what to do."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, current_app, jsonify, make_response, request
from flask_limiter import RateLimitExceeded
from sqlalchemy.exc import DataError, DBAPIError, OperationalError  # a database away is an answer here
from sqlalchemy.exc import TimeoutError as NoneFree
from werkzeug.exceptions import HTTPException

from server.core.links import BadLink
from server.core.texts import texts
from server.flows.answer import Closed
from server.web.limits import count_guess
from server.web.survey_page import note

log = logging.getLogger("askonce.web")

RETRY_AFTER = 30


def start(app: Flask) -> None:
    app.register_error_handler(BadLink, bad_link)
    app.register_error_handler(Closed, lambda _: gone(410))
    app.register_error_handler(DBAPIError, database_away)
    app.register_error_handler(NoneFree, database_away)
    for unfit in (DataError, UnicodeEncodeError, OverflowError):
        app.register_error_handler(unfit, unstorable)
    app.register_error_handler(HTTPException, refused)
    app.register_error_handler(Exception, bug)


def bad_link(_: BadLink) -> Response:
    """A token that is none of ours: the same answer for every kind of wrong."""
    try:
        count_guess()
    except RateLimitExceeded as limit:
        return refused(limit)
    return gone(404)


def gone(status: int) -> Response:
    if _wants_json():
        return said(status, "this link is not valid (any more)")
    t = texts("en")
    response = make_response(note("gone", t["gone"], t["gone_text"]))
    response.status_code = status
    return response


def unstorable(_: Exception) -> Response:
    """A NUL, half a surrogate pair, a number beyond 64 bits: to send that again would not help."""
    return said(400, "this holds a character or a number that no database can keep; nothing was stored")


def database_away(why: DBAPIError | NoneFree) -> Response:
    """Nothing was stored, and the caller is told to come again: browsers and senders of hooks both do."""
    # Away is the operator's to mend and needs one line; anything else is ours, and needs all of them.
    trace = None if isinstance(why, OperationalError | NoneFree) else why
    log.error("the database did not do its part: %s", type(getattr(why, "orig", None) or why).__name__, exc_info=trace)
    response = said(503, "the database is away; nothing was stored, please send it again")
    response.headers["Retry-After"] = str(RETRY_AFTER)
    return response


def refused(why: HTTPException) -> Response:
    if why.response is not None:
        return current_app.make_response(why.response)
    status = why.code or 500
    if _wants_json() or status in (405, 413, 415):
        response = said(status, HTTPStatus(status).phrase if status == 429 else (why.description or ""))
    elif request.path.startswith("/desk") or status not in (404, 410):
        response = make_response(note("gone", HTTPStatus(status).phrase, why.description or ""))
        response.status_code = status
    else:
        response = gone(status)
    if status == 429:
        response.headers["Retry-After"] = "60"
    if status == 405:
        response.headers["Allow"] = ", ".join(getattr(why, "valid_methods", None) or ())
    return response


def bug(why: Exception) -> Response:
    log.exception("a bug on %s", request.endpoint, exc_info=why)
    return said(500, "a fault of ours; it has been written down")


def said(status: int, message: str, **more: Any) -> Response:
    """`{"status", "message", …}` with its status: the shape of Delighted's errors."""
    response = jsonify({"status": status, "message": message, **more})
    response.status_code = status
    return response


def _wants_json() -> bool:
    return request.path.startswith(("/v1/", "/hooks/", "/receipts/", "/w/"))
