"""The door of the desk: a session in a cookie, and no changes from foreign pages."""

from __future__ import annotations

from functools import wraps
from typing import Any

from flask import Blueprint, Response, abort, g, make_response, redirect, render_template, request

from server.core.links import fingerprint
from server.flows.set_up import SESSION_LASTS, sign_in, sign_out
from server.store import desk as stored
from server.store import sites
from server.store.tables import Site
from server.web.assets import asset
from server.web.limits import count_guess
from server.web.parts import services, wants_fragment

desk = Blueprint("desk", __name__, url_prefix="/desk")


def cookie() -> str:
    """`__Host-` binds it to this host and to TLS; over plain HTTP on one's own machine browsers refuse that."""
    secure = services().settings.public_url.startswith("https://")
    return "__Host-askonce" if secure else "askonce"


@desk.before_request
def guard() -> Response | None:
    """Every page of the desk needs a session; every change must come from the desk itself."""
    if request.endpoint in ("desk.enter", "desk.door"):
        return None
    token = request.cookies.get(cookie(), "")
    with services().db.reading() as db:
        known = stored.session(db, fingerprint(token), services().now()) if token else None
    if known is None and wants_fragment():
        # A redirect would be followed unseen, and the door put into the middle of the page that asks.
        return Response(status=401, headers={"HX-Redirect": "/desk/door"})
    if known is None:
        return make_response(redirect("/desk/door", 303)) if request.method == "GET" else abort(401)
    if request.method not in ("GET", "HEAD") and not _is_our_own():
        abort(403, "this change did not come from the desk")
    return None


def _is_our_own() -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site is not None:
        return site in ("same-origin", "none")
    return origin is not None and origin == services().settings.public_url


@desk.get("/door")
def door() -> str:
    """How to come in."""
    return page("door.html")


@desk.get("/sign-in/<token>")
def enter(token: str) -> Response:
    """Good once. HEAD does not use it up: programs that look at links must not lock people out."""
    if request.method == "HEAD":
        return Response()
    session = sign_in(services(), token)
    if session is None:
        count_guess()
        response = make_response(page("door.html", used=True))
        response.status_code = 403
        return response
    response = make_response(redirect("/desk", 303))
    response.set_cookie(
        cookie(), session, max_age=SESSION_LASTS, httponly=True, samesite="Lax", path="/",
        secure=cookie().startswith("__Host-"),
    )  # fmt: skip
    return response


@desk.post("/sign-out")
def leave() -> Response:
    sign_out(services(), request.cookies.get(cookie(), ""))
    response = make_response(redirect("/desk/door", 303))
    # Browsers take no notice of a `__Host-` cookie that is not Secure, also when it is to be removed.
    response.delete_cookie(cookie(), path="/", secure=cookie().startswith("__Host-"), httponly=True, samesite="Lax")
    return response


def for_a_site(view: Any) -> Any:
    """The view is called with the site that `?site=` names, or the first one."""

    @wraps(view)
    def called(**rest: Any) -> Any:
        with services().db.reading() as db:
            every = sites.all_sites(db)
        wanted = request.args.get("site") or request.form.get("site")
        site = next((s for s in every if s.key == wanted), every[0] if every and not wanted else None)
        if site is None:
            abort(404, "there is no such site")
        g.sites, g.site = every, site
        return view(site, **rest)

    return called


def page(template: str, **context: Any) -> str:
    """A page of the desk, with what its frame needs."""
    served = {"desk": asset("desk.css").url, "htmx": asset("htmx.js").url, "script": asset("desk.js").url}
    site: Site | None = g.get("site")
    frame = {"assets": served, "site": site, "sites": g.get("sites", []), "query": f"?site={site.key}" if site else ""}
    return render_template(f"desk/{template}", **frame, **context)
