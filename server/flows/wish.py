"""A survey that somebody wishes to see herself: by a feedback tab or a button, or a team that looks at its own."""

from __future__ import annotations

from datetime import timedelta

from server.core.identity import BadIdentity
from server.core.links import BadLink, new_id, unwrap, wrap
from server.flows.asker import Visitor, asker
from server.flows.offer import OFFER_LASTS, NotNow, Offered, OfferKind, offer_of
from server.flows.sheet import sheet
from server.services import Services
from server.store import surveys
from server.store.scope import SiteScope
from server.store.surveys import StoredSurvey
from server.store.tables import Site


def wish(services: Services, site: Site, who: Visitor, name: str, kind: OfferKind = "wish") -> Offered | NotNow:
    """The running survey called `name`, the site's first for an empty one, for this visitor.

    Like a link that she opens herself, a wish is never held and is no ask; her answer stands in the ledger as
    `answered`. A `preview` leaves nothing behind at all, and may name a version by its token. Nobody asks the gate,
    and nothing is written.
    """
    now = services.now()
    about = sheet(services, site.key)
    chosen = next((survey for survey in about.surveys if name in ("", survey.slug)), None)
    if kind == "preview" and "." in name:
        chosen = _version(services, site, name)
    if chosen is None:
        return NotNow("none")
    try:
        her = asker(services, about, who, now)
    except BadIdentity:
        return NotNow("identity")
    ticket = new_id()
    gate_name = f"{site.id}/{kind}/{ticket}"
    made = offer_of(services, about, who, her, chosen, "widget", ticket, gate_name, kind)
    visitor = "" if kind == "preview" else her.browser(services.secret, site).value
    return Offered(made.seal(services.secret), made, chosen, visitor, timedelta(0))


def preview_token(services: Services, site_id: int, version_id: int) -> str:
    """What to write behind `?askonce=preview:` to look for a day at a version that is not live."""
    ends = int((services.now() + OFFER_LASTS).timestamp())
    return wrap(services.secret, "preview", {"s": site_id, "v": version_id, "x": ends})


def _version(services: Services, site: Site, token: str) -> StoredSurvey | None:
    try:
        said = unwrap(services.secret, "preview", token)
    except BadLink:
        return None
    if said["s"] != site.id or said["x"] < services.now().timestamp():
        return None
    with services.db.reading() as db:
        return surveys.version(SiteScope(db, site.id), said["v"])
