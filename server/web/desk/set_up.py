"""Set-up: the tag to paste, the pages that may show it, keys, sources."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, redirect, request

from server.core.identity import identity_secret
from server.flows.kiosk import set_pin
from server.flows.set_up import Unfit, allow_origin, create_key, create_source, source_secret
from server.flows.welcome import script_tag
from server.store import sites, surveys
from server.store.scope import SiteScope
from server.store.tables import Site
from server.web.desk.door import desk, for_a_site, page
from server.web.parts import services
from server.web.widget import pinned_tag


@desk.get("/set-up")
@for_a_site
def set_up(site: Site) -> str:
    return _page(site)


@desk.post("/set-up/origins")
@for_a_site
def allow(site: Site) -> Response:
    """Allow an origin: one that was refused, by its button, or one that was typed."""
    try:
        allow_origin(services(), site.id, request.form.get("origin", ""))
    except Unfit as why:
        response = make_response(_page(site, complaint=str(why), typed=request.form.get("origin", "")))
        response.status_code = 422
        return response
    return make_response(redirect(f"/desk/set-up?site={site.key}", 303))


@desk.post("/set-up/keys")
@for_a_site
def make_key(site: Site) -> str:
    """The new key is on this page and never again."""
    return _page(site, new_key=create_key(services(), site.id))


@desk.post("/set-up/sources")
@for_a_site
def make_source(site: Site) -> Response:
    create_source(services(), site.id, request.form.get("name", "").strip() or "helpdesk")
    return make_response(redirect(f"/desk/set-up?site={site.key}", 303))


@desk.post("/set-up/pin")
@for_a_site
def choose_pin(site: Site) -> Response:
    """The PIN that leads out of a kiosk; an empty one takes it away."""
    try:
        set_pin(services(), site.id, request.form.get("pin", "").strip())
    except Unfit as why:
        response = make_response(_page(site, unfit_pin=str(why)))
        response.status_code = 422
        return response
    return make_response(redirect(f"/desk/set-up?site={site.key}#stands", 303))


def _page(site: Site, **more: Any) -> str:
    with services().db.reading() as db:
        scope = SiteScope(db, site.id)
        sources = [
            {"row": s, "url": services().link(f"/hooks/{s.key}"), "secret": source_secret(services(), s)}
            for s in sites.sources(scope)
        ]
        return page(
            "set_up.html",
            tag=script_tag(services(), site),
            pinned=pinned_tag(services(), site),
            origins=sites.origins(scope),
            keys=sites.keys(scope),
            sources=sources,
            identity_secret=identity_secret(services().secret, site.key),
            links=[{"survey": s.slug, "url": services().link(f"/l/{s.key}")} for s in surveys.live(scope)],
            **more,
        )
