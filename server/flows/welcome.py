"""The first start: a site called Demo with one survey, and everything that a newcomer needs to see it work."""

from __future__ import annotations

from server.flows.set_up import allow_origin, create_key, create_site, desk_link
from server.services import Services
from server.store import sites
from server.store.tables import Site

DEMO = "Demo"


def welcome(services: Services) -> list[str]:
    """Make the Demo site on a first start; what to print, a line each, on every start."""
    with services.db.reading() as db:
        known = sites.all_sites(db)
    lines = []
    site = known[0] if known else create_site(services, DEMO)
    if services.settings.is_trial:
        for host in ("127.0.0.1", "localhost"):
            allow_origin(services, site.id, f"http://{host}:{services.settings.port}")
        lines += [f"demo page: {services.link('/demo')}", f"development mailbox: {services.link('/outbox')}"]
    lines += [f"desk, sign in once: {desk_link(services)}", f"script tag: {script_tag(services, site)}"]
    if not known:
        lines.append(f"API key: {create_key(services, site.id)}")
    else:
        lines.append(f"API key: made at the first start; a new one: askonce key create --site {site.name!r}")
    return lines


def script_tag(services: Services, site: Site) -> str:
    """The tag to paste into a page."""
    return f'<script async src="{services.link("/askonce.js")}" data-site="{site.key}"></script>'
