"""What the API says to a call that it cannot carry out, in Delighted's shape."""

from __future__ import annotations

from flask import Flask, Response

from server.flows.trigger import Invalid
from server.web.api.door import NoKey
from server.web.errors import said


def start(app: Flask) -> None:
    app.register_error_handler(NoKey, no_key)
    app.register_error_handler(Invalid, invalid)


def no_key(_: NoKey) -> Response:
    response = said(401, "Unauthorized: give a secret API key as HTTP Basic user name or as Bearer token")
    response.headers["WWW-Authenticate"] = 'Basic realm="askonce"'
    return response


def invalid(why: Invalid) -> Response:
    return said(422, "Unprocessable Entity", errors=why.errors)
