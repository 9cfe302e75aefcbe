"""Nothing leaves a site on a channel until somebody resumes it: decided by the team, or by an alarm that told it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from server.core import rates
from server.core.called import messages
from server.flows.guard import DAY, allowed, rates_of
from server.flows.rulebook import rulebook
from server.services import Services
from server.store import counters, notices, pauses, sites
from server.store.scope import SiteScope
from server.store.tables import Pause


class StillSpent(Exception):
    """The channel would be paused again by its next message; the text says what to do first."""


def halt(scope: SiteScope, channel: str, because: str, by: str, now: datetime) -> bool:
    """Inside a write: from its commit on nothing more leaves. What is due waits, and is sent after `resume` unless it
    is too late then. False when the channel was paused already."""
    if not pauses.pause(scope, channel, because, by, now):
        return False
    site = sites.by_id(scope.db, scope.site_id)
    name = site.name if site else ""
    text = (
        f"{messages(channel).capitalize()} of {name} are paused: {because}. What is due waits. If all is "
        f"as it should be, resume them under Deliveries, or by “askonce lane resume {channel} --site '{name}'”."
    )
    notices.tell(scope.db, notice(scope.site_id, channel), text, now)
    return True


def pause(services: Services, site_id: int, channel: str, because: str, by: str) -> bool:
    """The team pauses a channel; False when it was paused already."""
    with services.db.writing() as db:
        return halt(SiteScope(db, site_id), channel, because, by, services.moment(db))


def resume(services: Services, site_id: int, channel: str) -> bool:
    """The channel is in use again, and what waited for that is due. False when it was not paused. Raises StillSpent
    while the day's money is gone.

    Of numbers of one range as many again may be written to as before the alarm: somebody has looked.
    """
    with services.db.writing() as db:
        scope, now = SiteScope(db, site_id), services.moment(db)
        _refuse_if_spent(services, scope, channel, now)
        counters.begin_anew(scope, channel)
        if not pauses.resume(scope, channel):
            return False
        pauses.release(scope, "paused", now, channel)
        notices.end(db, notice(site_id, channel), now)
    return True


def paused(services: Services, site_id: int) -> tuple[Mapping[str, Pause], Mapping[str, int]]:
    """The pauses of a site, and how many messages wait for the end of each, by channel."""
    with services.db.reading() as db:
        scope = SiteScope(db, site_id)
        return pauses.every(scope), pauses.waiting(scope, "paused")


def notice(site_id: int, channel: str) -> str:
    """The key under which the team is told."""
    return f"paused/{site_id}/{channel}"


def _refuse_if_spent(services: Services, scope: SiteScope, channel: str, now: datetime) -> None:
    policy = rulebook(scope).policy
    most = policy.spending.get(channel)
    if channel not in services.settings.paid or most is None:
        return
    left = most - counters.spent(scope, counters.spending(channel), DAY.begins(now, policy.zone))
    if left >= rates.dearest(rates_of(services.settings, channel), allowed(services, scope, policy)):
        return
    currency, ends = services.settings.currency, DAY.ends(now, policy.zone)
    most_said, left_said = rates.said(most, currency), rates.said(max(0, left), currency)
    raise StillSpent(
        f"of {most_said} a day for {messages(channel)} {left_said} is left; raise it "
        f"under Policy first, or resume them after {ends:%d %B, %H:%M} UTC, when the next day begins"
    )
