"""A survey on a stand in a shop: the team can leave its page, the people who pass by cannot."""

from __future__ import annotations

from collections.abc import Mapping

from server.core.links import BadLink, fingerprint, same
from server.flows.answer import Visit
from server.flows.set_up import Unfit
from server.services import Services
from server.store import links, sites, surveys
from server.store.scope import SiteScope
from server.store.tables import Site

SHORTEST, LONGEST = 4, 40


def set_pin(services: Services, site_id: int, pin: str) -> None:
    """`pin` opens the way out of this site's kiosks; an empty one closes it. Raises Unfit."""
    if pin and not SHORTEST <= len(pin) <= LONGEST:
        raise Unfit(f"Give a PIN of {SHORTEST} to {LONGEST} characters.")
    with services.db.writing() as db:
        site = sites.by_id(db, site_id)
        assert site
        site.kiosk_pin = _fingerprint(site, pin) if pin else None


def way_in(services: Services, found: Visit) -> tuple[str, Mapping[str, str]]:
    """The key of the open link that somebody came by, and the properties that its address said: what the link itself
    says it says again."""
    assert found.offer
    with services.db.reading() as db:
        named = links.get(SiteScope(db, found.site.id), found.offer.link) if found.offer.link else None
    own = named.properties if named else {}
    said = {name: str(value) for name, value in found.offer.properties.items() if name not in own}
    return (named.key if named else found.survey.key), said


def site_of(services: Services, key: str) -> Site:
    """The site of an open link whose kiosk can be left. Raises BadLink."""
    with services.db.reading() as db:
        found = links.public(db, key) or surveys.public(db, key)
        site = sites.by_id(db, found.site_id) if found else None
    if site is None or site.kiosk_pin is None:
        raise BadLink("survey")
    return site


def opens(site: Site, pin: str) -> bool:
    """Whether `pin` is the one."""
    return site.kiosk_pin is not None and same(site.kiosk_pin, _fingerprint(site, pin))


def _fingerprint(site: Site, pin: str) -> str:
    return fingerprint(f"kiosk/{site.key}/{pin}")
