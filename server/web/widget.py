"""The script tag and the web view: is there anything to ask this visitor?"""

from __future__ import annotations

import json
import re
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request

from server.flows.answer import dismiss, visit
from server.flows.offer import NotNow, offer
from server.flows.set_up import note_refused
from server.flows.sheet import fresh_sheet, sheet
from server.flows.show import NotShown, show, withdraw
from server.services import Services
from server.store.tables import Site
from server.web import assets
from server.web.client import network
from server.web.limits import count_offer
from server.web.offer_road import answer, made_for, visitor_in
from server.web.parts import services
from server.web.survey_page import closed_page, next_step, show_step

web = Blueprint("widget", __name__)

_ORIGIN = re.compile(r"https?://([a-z0-9._-]{1,230}|\[[0-9a-f:.]{2,45}\])(:[0-9]{1,5})?")


@web.get("/askonce.js")
def loader() -> Response:
    """The loader under its evergreen name: an hour in caches, and a week more when we are away."""
    return assets.send(assets.asset("askonce.js"), "public, max-age=3600, stale-if-error=604800")


@web.get("/askonce.<mark>.js")
def pinned_loader(mark: str) -> Response:
    """The loader under a name that never means another one: for pages that say its integrity value."""
    if mark != assets.asset("askonce.js").mark:
        abort(404)
    return assets.send(assets.asset("askonce.js"), assets.FOR_EVER)


def pinned_tag(parts: Services, site: Site) -> str:
    """The tag with an integrity value: a page that has it runs this very loader or none."""
    loader = assets.asset("askonce.js")
    address = parts.link(f"/askonce.{loader.mark}.js")
    return (
        f'<script async src="{address}" data-site="{site.key}"\n'
        f'  integrity="{loader.integrity}" crossorigin="anonymous"></script>'
    )


@web.get("/askonce-debug.js")
def debug() -> Response:
    """Says in words on a page with `?askonce=debug` why nothing shows."""
    return assets.send(assets.asset("debug.js"), "public, max-age=3600")


@web.post("/w/offer")
def make_offer() -> Response:
    """The loader's one request: JSON as text/plain, so that a browser sends it without asking first."""
    count_offer()
    said = _said()
    about, origin = fresh_sheet(services(), str(said.get("site") or "")), request.headers.get("Origin", "")
    if origin not in about.origins:
        return _refused(about.site, origin)
    who = visitor_in(said, origin, network(), request.user_agent.string, request.headers.get("Accept-Language", ""))
    response = jsonify(answer(services(), about.site, made_for(services(), about.site, said, who)))
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Vary"] = "Origin"
    return response


@web.post("/w/shown")
def shown() -> Response:
    """The frame stands ready; 200 only after the touch is committed, 409 when it must not be seen."""
    try:
        show(services(), request.form.get("token", ""))
    except NotShown as why:
        response = jsonify({"reason": str(why)})
        response.status_code = 409
        return response
    return jsonify({"shown": True})


@web.post("/w/back")
def back() -> Response:
    """The frame never came up: the place is free again."""
    withdraw(services(), str(_said().get("frame") or "").rsplit("/", 1)[-1])
    return _heard()


@web.post("/w/close")
def close() -> Response:
    """The person closed it."""
    dismiss(services(), request.form.get("token", ""))
    return _heard()


def _heard() -> Response:
    """To a page that only tells us something: without the header an isolated one (COEP) would complain of the reply."""
    return Response(status=204, headers={"Cross-Origin-Resource-Policy": "cross-origin"})


@web.get("/w/kept/<site_key>")
def kept(site_key: str) -> Response:
    """A page for a hidden frame: it sends what waits in this browser, and says `closed`."""
    count_offer()
    about, origin = sheet(services(), site_key), request.args.get("origin", "")
    return closed_page(about.site, "widget", "kept", origin if origin in about.origins else "")


@web.get("/view/<site_key>")
def view(site_key: str) -> Response:
    """The survey in an app's web view: the gate first, then the survey, or a page that says `closed` and why."""
    count_offer()
    site = sheet(services(), site_key).site
    who = visitor_in(request.args, "", network(), request.user_agent.string, request.headers.get("Accept-Language", ""))
    made = offer(services(), site, "view", who)
    if isinstance(made, NotNow):
        return closed_page(site, "view", made.reason)
    found = visit(services(), made.token)
    return show_step(found, made.token, next_step(found))


def _said() -> dict[str, Any]:
    try:
        said = json.loads(request.get_data(cache=False))
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        abort(400, "send a JSON object")
    return said


def _refused(site: Site, origin: str) -> Response:
    if _ORIGIN.fullmatch(origin):  # as a browser writes it: only that is worth a line in the desk
        note_refused(services(), site.id, origin)
    response = jsonify({"show": False, "reason": "origin", "message": f"allow {origin or 'this origin'} in the desk"})
    response.status_code = 403
    return response
