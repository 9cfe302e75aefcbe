"""The team sets up its site: origins, keys, sources, and the way into the desk."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta
from urllib.parse import urlsplit

from server.core.links import fingerprint, hook_secret, new_id
from server.core.surveys import template
from server.services import Services
from server.store import desk, sites, surveys
from server.store.scope import SiteScope
from server.store.tables import Site, Source

HOST = re.compile(r"[a-z0-9]([a-z0-9._-]{0,250}[a-z0-9])?|\[[0-9a-f:.]{2,45}\]")
"""A host as browsers write it in an origin."""

LINK_LASTS = timedelta(hours=24)
SESSION_LASTS = timedelta(days=14)


class Unfit(ValueError):
    """What was given cannot be set up; the message says why."""


def origin_of(url: str) -> str:
    """`https://shop.example:8443/any?thing` → `https://shop.example:8443`, as a browser writes it. Raises Unfit."""
    try:
        parts = urlsplit(url.strip())
        name, port = parts.hostname or "", parts.port
        host = f"[{name}]" if ":" in name else name.encode("idna").decode()
    except ValueError as why:
        raise Unfit(f"“{url}” is no web address") from why
    # It goes into a header of every page: nothing but a host may pass.
    if parts.scheme not in ("http", "https") or not HOST.fullmatch(host):
        raise Unfit(f"“{url}” is no web origin; give one such as https://shop.example")
    usual = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != usual else "")


def create_site(services: Services, name: str) -> Site:
    """A new site with one NPS survey."""
    now = services.now()
    with services.db.writing() as db:
        site = sites.add_site(db, "pk_" + new_id(), name, now)
        surveys.add_survey(SiteScope(db, site.id), new_id(), "nps", template("nps", name), now)
    return site


def allow_origin(services: Services, site_id: int, url: str) -> str:
    """Pages of this origin may show the site's surveys. The origin. Raises Unfit."""
    origin = origin_of(url)
    with services.db.writing() as db:
        sites.allow_origin(SiteScope(db, site_id), origin, services.now())
    return origin


def note_refused(services: Services, site_id: int, origin: str) -> None:
    """A page of an origin that is not allowed showed the tag; the desk will offer to allow it."""
    with services.db.writing() as db:
        sites.note_refused(SiteScope(db, site_id), origin[:255], services.now())


def create_key(services: Services, site_id: int) -> str:
    """A new secret API key, 32 letters and digits as Delighted's were; this is the only time it is seen."""
    alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
    key = "".join(secrets.choice(alphabet) for _ in range(32))
    with services.db.writing() as db:
        sites.add_key(SiteScope(db, site_id), fingerprint(key), key[-4:], services.now())
    return key


def create_source(services: Services, site_id: int, name: str) -> Source:
    """A new source of hooks."""
    with services.db.writing() as db:
        return sites.add_source(SiteScope(db, site_id), "src_" + new_id(), name[:120], services.now())


def source_secret(services: Services, source: Source) -> str:
    return hook_secret(services.secret, source.key)


def desk_link(services: Services) -> str:
    """An address that signs one person in to the desk, once."""
    token = secrets.token_urlsafe(32)
    with services.db.writing() as db:
        desk.add_link(db, fingerprint(token), services.now() + LINK_LASTS)
    return services.link("/desk/sign-in/" + token)


def sign_in(services: Services, token: str) -> str | None:
    """A session for the one who uses this link first; None for anybody later."""
    now = services.now()
    session = secrets.token_urlsafe(32)
    with services.db.writing() as db:
        if not desk.use_link(db, fingerprint(token), now):
            return None
        desk.open_session(db, fingerprint(session), now, now + SESSION_LASTS)
    return session


def sign_out(services: Services, session: str) -> None:
    with services.db.writing() as db:
        desk.close_session(db, fingerprint(session))
