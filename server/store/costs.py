"""What messages have cost a site, and how many people said stop: by channel, for the desk."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from server.core.rates import Cost
from server.store import counters
from server.store.scope import SiteScope
from server.store.tables import Consent


def since(scope: SiteScope, channel: str, then: datetime) -> Cost:
    """Of the days that began then or later: parts or minutes, and money, by our rates."""
    units = counters.spent_since(scope, counters.units(channel), then)
    return Cost(units, counters.spent_since(scope, counters.spending(channel), then))


def said_stop(scope: SiteScope, channel: str, then: datetime) -> int:
    """How many people said no to this channel, or to all, since then."""
    no = select(func.count(Consent.person_id.distinct())).where(Consent.site_id == scope.site_id)
    no = no.where(Consent.given.is_(False), Consent.scope.in_((channel, "all")), Consent.at >= then)
    return scope.db.scalar(no) or 0
