"""What the guard does not let go is put aside: it waits for somebody's decision, and the team is told at once."""

from __future__ import annotations

from datetime import datetime, timedelta

from server.core.called import messages
from server.core.delivery import EXPIRES_AFTER
from server.core.moments import DECIDED
from server.core.throttle import Finding
from server.flows.guard import Till
from server.flows.halt import halt
from server.store import held, invitations, notices, pauses, sites
from server.store.db import Session
from server.store.tables import Invitation, Site

LOOK_AGAIN = timedelta(seconds=2)
"""Until what somebody decides about at this very moment is looked at again."""


def put_aside(till: Till, row: Invitation, no: Finding, now: datetime) -> None:
    """`row` does not leave, because of `no`; inside the write that found so. What went too far pauses its channel."""
    scope, db = till.scope, till.scope.db
    if no.rule == "number":
        held.hold(db, row.id, no.rule, None, now)
        return
    rule = no.rule
    if rule not in DECIDED:
        halt(scope, row.channel, no.because, "alarm", now)
        rule = "paused"
    site = sites.by_id(db, scope.site_id)
    if rule == "countries" and site and not pauses.rules_stand(scope, site.policy.get("countries")):
        invitations.postpone(db, row.id, now + LOOK_AGAIN, now)
        return
    pauses.wait(db, row.id, rule, no.because, row.expires_at or now + EXPIRES_AFTER, now)
    if rule == "countries" and site:
        _tell(db, site, row.channel, no, now)


def countries_notice(site_id: int) -> str:
    """The key under which the team is told of countries that nobody has chosen."""
    return f"countries/{site_id}"


def _tell(db: Session, site: Site, channel: str, no: Finding, now: datetime) -> None:
    text = (
        f"{messages(channel).capitalize()} of {site.name} wait: {no.because}. If they should go there, add the country "
        "under Policy, “Texts and calls go to”; what waits leaves then, until it is too late for it."
    )
    notices.tell(db, countries_notice(site.id), text, now)
