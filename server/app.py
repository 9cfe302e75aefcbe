"""The web application: the doors, opened on the parts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from flask import Flask, Response, redirect
from jinja2 import FileSystemLoader
from werkzeug.wrappers import Response as AnyResponse

from server.core import called
from server.environment import from_environment
from server.flows.note_clicks import note_clicks
from server.flows.note_held import note_held
from server.flows.sheet import PATIENCE, renew_sheets
from server.services import Services, complete, connect
from server.web import (
    assets,
    calls,
    errors,
    headers,
    health,
    hooks_in,
    kiosk_exit,
    limits,
    marks,
    permalink,
    receipts,
    respond,
    stop,
    trial,
    widget,
)
from server.web.api import calls as api_calls
from server.web.api import consents, coverage, people, policy, survey_responses, surveys, touches, unsubscribes, why
from server.web.api.errors import start as start_api_errors
from server.web.desk import consents as desk_consents
from server.web.desk import deliveries as desk_deliveries
from server.web.desk import mail as desk_mail
from server.web.desk import people as desk_people
from server.web.desk import policy as desk_policy
from server.web.desk import providers as desk_providers
from server.web.desk import responses as desk_responses
from server.web.desk import set_up as desk_set_up
from server.web.desk import survey_edit as desk_survey_edit
from server.web.desk import survey_links as desk_survey_links
from server.web.desk import survey_preview as desk_survey_preview
from server.web.desk import surveys as desk_surveys
from server.web.desk import tried as desk_tried
from server.web.desk.door import desk
from server.web.offer_road import OfferRoad
from server.web.places import TEMPLATES
from server.web.repeat import Repeat

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

BODY_MAX = 64 * 1024


def create_app(services: Services | None = None, patience: float = limits.PATIENCE) -> Flask:
    """The application on `services`, or on the real parts that the environment names. Guesses are counted in Redis
    when it answers within `patience` seconds."""
    services = services or connect(complete(from_environment()))
    app = Flask("server", template_folder=None, static_folder=None)
    app.jinja_loader = FileSystemLoader(TEMPLATES)
    app.jinja_env.filters.update(channel=called.channel, messages=called.messages)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.config.update(
        MAX_CONTENT_LENGTH=BODY_MAX,
        MAX_FORM_MEMORY_SIZE=BODY_MAX,
        MAX_FORM_PARTS=200,
        TRUSTED_PROXY_HOPS=services.settings.trusted_proxy_hops,
    )
    app.extensions["askonce"] = services
    limits.start(app, services.settings, patience)
    hops = services.settings.trusted_proxy_hops
    road = OfferRoad(services, app.extensions["askonce.offers"], hops, _one_slash(app.wsgi_app))
    app.wsgi_app = road  # type: ignore[assignment,method-assign]
    errors.start(app)
    start_api_errors(app)
    for door in (assets, marks, widget, respond, stop, kiosk_exit, hooks_in, receipts, calls, health, permalink, trial):
        app.register_blueprint(door.web)
    apis = (api_calls, consents, coverage, people, policy, survey_responses, surveys, touches, unsubscribes, why)
    for api in (each.api for each in apis):
        app.register_blueprint(api)
    app.register_blueprint(desk)
    app.add_url_rule("/", "home", _home)
    app.after_request(_finish)
    return app


def serve_app() -> Flask:
    """The application in a web process, which writes its held asks and its clicks down every few seconds."""
    services = connect(complete(from_environment()))
    Repeat(10, partial(note_held, services)).start()
    Repeat(2, partial(note_clicks, services)).start()
    services.sheets.patience = PATIENCE
    services.asked.patience = 1.0
    Repeat(1, partial(renew_sheets, services)).start()
    return create_app(services)


_DESK = (
    desk_consents, desk_deliveries, desk_mail, desk_people, desk_policy, desk_providers, desk_responses, desk_set_up,
    desk_survey_edit, desk_survey_links, desk_survey_preview, desk_surveys, desk_tried,
)  # fmt: skip
"""The desk's pages, named so that they are imported and with it on its blueprint."""


def _one_slash(inner: WSGIApplication) -> WSGIApplication:
    """Doubled slashes in a path are one: addresses put together by hand have them. A redirect, as Flask makes it,
    would lose a POST, and lead wherever the Host header says."""

    def called(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        environ["PATH_INFO"] = re.sub("//+", "/", environ.get("PATH_INFO", ""))
        return inner(environ, start)

    return called


def _home() -> AnyResponse:
    return redirect("/desk", 303)


def _finish(response: Response) -> Response:
    return headers.finish(response)
