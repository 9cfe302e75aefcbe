"""The team decides how often is too often: a policy is checked, numbered and kept, and in force from then on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.core.policy import BadPolicy, Policy
from server.core.policy_document import policy_from
from server.flows.sending.aside import countries_notice
from server.services import Services
from server.store import notices, pauses, sites, surveys
from server.store.scope import SiteScope
from server.store.tables import PolicyVersion


def read_policy(services: Services, site_id: int, document: Any) -> Policy:
    """The policy in `document`, fit for this site. Raises BadPolicy with every complaint."""
    with services.db.reading() as db:
        known = set(surveys.names(SiteScope(db, site_id)).values())
    complaints: list[str] = []
    try:
        policy = policy_from(document)
    except BadPolicy as why:
        complaints += why.complaints
    named = document.get("surveys") if isinstance(document, Mapping) else None
    for slug in named if isinstance(named, Mapping) else ():
        if slug not in known:
            complaints.append(f"this site has no survey “{slug}”; it has {', '.join(sorted(known))}")
    if complaints:
        raise BadPolicy(complaints)
    return policy


def decide(services: Services, site_id: int, document: Mapping[str, Any], by: str) -> int:
    """`document` is the site's policy from now on; the number of this version. Raises BadPolicy."""
    read_policy(services, site_id, document)
    with services.db.writing() as db:
        scope, now = SiteScope(db, site_id), services.moment(db)
        number = sites.set_policy(scope, dict(document), by, services.now()).number
        # Where texts may go may be said otherwise now: what waits for that is looked at again.
        db.flush()
        pauses.release(scope, "countries", now)
        notices.end(db, countries_notice(site_id), now)
        return number


def decisions(services: Services, site_id: int) -> list[PolicyVersion]:
    """Every version of the site's policy, the latest first."""
    with services.db.reading() as db:
        return sites.policies(SiteScope(db, site_id))
