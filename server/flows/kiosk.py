"""A survey on a stand in a shop: the team can leave its page, the people who pass by cannot."""

from __future__ import annotations

from server.core.links import BadLink, fingerprint, same
from server.flows.set_up import Unfit
from server.services import Services
from server.store import sites, surveys
from server.store.tables import Site

SHORTEST, LONGEST = 4, 40


def set_pin(services: Services, site_id: int, pin: str) -> None:
    """`pin` opens the way out of this site's kiosks; an empty one closes it. Raises Unfit."""
    if pin and not SHORTEST <= len(pin) <= LONGEST:
        raise Unfit(f"a PIN has {SHORTEST} to {LONGEST} characters")
    with services.db.writing() as db:
        site = sites.by_id(db, site_id)
        assert site
        site.kiosk_pin = _fingerprint(site, pin) if pin else None


def site_of(services: Services, survey_key: str) -> Site:
    """The site of an open link whose kiosk can be left. Raises BadLink."""
    with services.db.reading() as db:
        found = surveys.public(db, survey_key)
        site = sites.by_id(db, found.site_id) if found else None
    if site is None or site.kiosk_pin is None:
        raise BadLink("survey")
    return site


def opens(site: Site, pin: str) -> bool:
    """Whether `pin` is the one."""
    return site.kiosk_pin is not None and same(site.kiosk_pin, _fingerprint(site, pin))


def _fingerprint(site: Site, pin: str) -> str:
    return fingerprint(f"kiosk/{site.key}/{pin}")
