"""A link that anybody may open: it is never held, for she opened it herself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from server.core.identity import BadIdentity, Identity, identity_secret, read
from server.core.links import BadLink, new_id
from server.core.people import Claim
from server.core.surveys.answers import clean
from server.flows.answer import Closed
from server.flows.offer import OFFER_LASTS, Offer
from server.services import Services
from server.store import links, sites, surveys
from server.store.db import Session
from server.store.scope import SiteScope
from server.store.surveys import StoredSurvey
from server.store.tables import LinkRow

RESERVED = frozenset({"score", "identity", "site", "lang", "theme", "askonce", "step", "unproven", "kiosk"})
"""What stands in a link's query for us, and is no property; as little is what begins with FIELD."""

FIELD = "a."
"""The head of the names of a survey's fields, which an address may fill in."""

NAMES_MAX, NAME_MAX, VALUE_MAX = 20, 60, 255
BYTES_MAX = 2000
"""Of all properties in a link's query as JSON: they travel in the address of every further step."""


def open_link(services: Services, key: str, query: Mapping[str, str] | None = None) -> str:
    """A token to answer the survey behind `/l/<key>` once. Nothing is stored until there is an answer.

    `query` is what the address says after it: `identity`, signed by the site, makes the person known; every name that
    is not reserved becomes a property of the answer, as far as the bounds go. What the link itself says goes before.
    Raises BadLink for a link that is not there, Closed for one that has ended or whose survey does not run.
    """
    query, now = query or {}, services.now()
    with services.db.reading() as db:
        named = links.public(db, key)
        found = _survey_of(db, named) if named else surveys.public(db, key)
        site = sites.by_id(db, found.site_id) if found else None
    if found is None or site is None:
        raise BadLink("survey")
    if found.state != "live" or (named and is_over(named, now)):
        raise Closed("closed")
    # On a stand in a shop whoever comes next would be taken for the person who is known.
    identity = "" if query.get("kiosk") else query.get("identity", "")
    who = _known(services, site.key, identity, now)
    ticket = new_id()
    made = Offer(
        ticket=ticket,
        site_id=found.site_id,
        version_id=found.version_id,
        channel="link",
        gate_name=f"{found.site_id}/link/{ticket}",
        expires=now + OFFER_LASTS,
        claims=who.claims or (Claim("visitor", "v_" + new_id()),),
        name=who.name,
        zone=who.zone,
        link=named.id if named else 0,
        properties=properties_in(query) | (named.properties if named else {}),
    )
    return made.seal(services.secret)


def is_over(link: LinkRow, now: datetime) -> bool:
    """Ended by the team, by its single use, or by its date."""
    return link.ended_at is not None or (link.closes_at is not None and link.closes_at <= now)


def is_reserved(name: str) -> bool:
    return name in RESERVED or name.startswith(FIELD)


def properties_in(query: Mapping[str, str]) -> dict[str, str]:
    """The properties that an address says, in its order; what goes beyond the bounds is left out."""
    found: dict[str, str] = {}
    for name, raw in query.items():
        value = " ".join(clean(raw).split())
        fits = 0 < len(name) <= NAME_MAX and name.isprintable() and 0 < len(value) <= VALUE_MAX
        if is_reserved(name) or not fits:
            continue
        if len(found) >= NAMES_MAX or len(json.dumps({**found, name: value})) > BYTES_MAX:
            break
        found[name] = value
    return found


def _survey_of(db: Session, link: LinkRow) -> StoredSurvey | None:
    return surveys.named(SiteScope(db, link.site_id), str(link.survey_id))


def _known(services: Services, site_key: str, identity: str, now: datetime) -> Identity:
    """Whom the site vouches for; nobody when it does not (any more): she may answer all the same."""
    try:
        return read(identity_secret(services.secret, site_key), identity, now) if identity else Identity(())
    except BadIdentity:
        return Identity(())
