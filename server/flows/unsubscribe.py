"""A person says no. It holds from the commit on, for what is planned already too."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from server.core.consent import ALL, Said
from server.core.links import BadLink, Purpose, unseal
from server.flows.ask_gate import forget
from server.flows.consent import consent
from server.flows.merge import forget_merged
from server.flows.offer import open_offer
from server.flows.show import person_of
from server.flows.state_consent import state
from server.services import Services
from server.store import identities, invitations, sites
from server.store.db import Session
from server.store.scope import SiteScope
from server.store.tables import Site


@dataclass(frozen=True)
class Subscriber:
    """Whom a token speaks for."""

    site: Site
    person_id: int | None
    channel: str
    stopped: bool
    asked: str
    """The invitation by which she came here; empty for somebody who only tries it, and is nobody."""
    by_message: bool = False
    """By a link in a message, and not in a survey on a page."""


def subscriber(services: Services, token: str) -> Subscriber:
    """Who would be unsubscribed by `token`, and whether she is already. Reads only. Raises BadLink."""
    with services.db.reading() as db:
        site_id, person_id, channel, asked = _speaks_for(services, db, token)
        site = sites.by_id(db, site_id)
        if site is None:
            raise BadLink("unsubscribe")
        stopped = bool(person_id) and not consent(SiteScope(db, site_id), person_id, channel).passed
        return Subscriber(site, person_id, channel, stopped, asked, "." not in token)


def takes_one_click(services: Services, token: str) -> bool:
    """Whether `token` is that of a mail's header, at whose address one POST of a mail program is enough (RFC 8058)."""
    try:
        return bool(unseal(services.secret, "one-click", token))
    except BadLink:
        return False


def unsubscribe(services: Services, token: str, scope: Literal["all", "channel"], source: str) -> Subscriber:
    """She is not asked again: on no channel, or not on this one. Told twice, it holds once. Raises BadLink."""
    who = subscriber(services, token)
    if not who.asked:
        return replace(who, stopped=True)
    with services.db.writing() as db:
        site, now = SiteScope(db, who.site.id), services.moment(db)
        person_id = who.person_id or person_of(site, open_offer(services.secret, token, services.now()), services).id
        told = Said(ALL if scope == "all" else who.channel, False, source, evidence=f"invitation {who.asked}")
        stated = state(site, person_id, told, now)
    forget_merged(services, site)
    forget(services, who.site.id, stated.person.id)
    return subscriber(services, token)


def _speaks_for(services: Services, db: Session, token: str) -> tuple[int, int | None, str, str]:
    if "." in token:
        offer = open_offer(services.secret, token, services.now())
        if offer.kind == "preview":  # it speaks for nobody
            return offer.site_id, None, offer.channel, ""
        shown = invitations.get(db, offer.ticket)
        known = None if shown else identities.find(SiteScope(db, offer.site_id), offer.claims)
        person_id = shown.person_id if shown else known.id if known else None
        return offer.site_id, person_id, offer.channel, offer.ticket
    purpose: Purpose = "one-click" if takes_one_click(services, token) else "unsubscribe"
    row = invitations.get(db, unseal(services.secret, purpose, token))
    if row is None:
        raise BadLink("unsubscribe")
    return row.site_id, row.person_id, row.channel, row.id
