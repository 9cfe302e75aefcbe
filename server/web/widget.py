"""The script tag and the web view: is there anything to ask this visitor?"""

from __future__ import annotations

import json
import re
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request

from server.core.links import BadLink
from server.flows.answer import dismiss, visit
from server.flows.offer import NotNow, Visitor, offer
from server.flows.set_up import note_refused
from server.flows.show import NotShown, show, withdraw
from server.store import sites
from server.store.scope import SiteScope
from server.store.tables import Site
from server.web import assets
from server.web.limits import limit_offers
from server.web.parts import services
from server.web.respond import closed_page, next_step, show_step

web = Blueprint("widget", __name__)

_ORIGIN = re.compile(r"https?://([a-z0-9._-]{1,230}|\[[0-9a-f:.]{2,45}\])(:[0-9]{1,5})?")


@web.get("/askonce.js")
def loader() -> Response:
    """The loader under its evergreen name: an hour in caches, and a week more when we are away."""
    return assets.send(assets.asset("askonce.js"), "public, max-age=3600, stale-if-error=604800")


@web.post("/w/offer")
@limit_offers
def make_offer() -> Response:
    """The loader's one request: JSON as text/plain, so that a browser sends it without asking first."""
    said = _said()
    site, origin = _site(said.get("site")), request.headers.get("Origin", "")
    if not _may_ask(site, origin):
        return _refused(site, origin)
    who = Visitor(str(said.get("identity") or ""), str(said.get("visitor") or ""), origin)
    made = offer(services(), site, "widget", who)
    response = jsonify(_answer(made))
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Vary"] = "Origin"
    return response


def _answer(made: Any) -> dict[str, Any]:
    if isinstance(made, NotNow):
        return {"show": False, "reason": made.reason, "again": int(made.again.total_seconds())}
    frame = services().link(f"/s/{made.token}")
    return {"show": True, "frame": frame, "visitor": made.visitor, "rest": int(made.rest.total_seconds())}


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
    return Response(status=204)


@web.post("/w/close")
def close() -> Response:
    """The person closed it."""
    dismiss(services(), request.form.get("token", ""))
    return Response(status=204)


@web.get("/view/<site_key>")
@limit_offers
def view(site_key: str) -> Response:
    """The survey in an app's web view: the gate first, then the survey, or a page that says `closed` and why."""
    site = _site(site_key)
    who = Visitor(request.args.get("identity", ""), request.args.get("visitor", ""))
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


def _site(key: Any) -> Site:
    with services().db.reading() as db:
        site = sites.by_key(db, str(key or ""))
    if site is None:
        raise BadLink("page")
    return site


def _may_ask(site: Site, origin: str) -> bool:
    with services().db.reading() as db:
        return any(o.allowed and o.origin == origin for o in sites.origins(SiteScope(db, site.id)))


def _refused(site: Site, origin: str) -> Response:
    if _ORIGIN.fullmatch(origin):  # as a browser writes it: only that is worth a line in the desk
        note_refused(services(), site.id, origin)
    response = jsonify({"show": False, "reason": "origin", "message": f"allow {origin or 'this origin'} in the desk"})
    response.status_code = 403
    return response
