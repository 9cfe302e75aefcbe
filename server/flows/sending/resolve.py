"""It may or may not have left: ask whoever may know, and in the end send a mail once more, and a text never."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from channels.channel import Accepted, Outgoing, Provider, Rejected
from server.core.delivery import LOOK_AFTER, RESENT
from server.flows.ask_gate import give_back
from server.flows.compose import compose
from server.flows.guard import refund
from server.flows.plan import hand_on
from server.flows.sending import route
from server.flows.sending.again import again
from server.flows.sending.follow import follow
from server.flows.sending.keep import about
from server.flows.suppress import refused
from server.services import Services
from server.store import doubts, invitations, people, touches
from server.store.scope import SiteScope
from server.store.tables import Invitation


def resolve(services: Services, *ids: str) -> None:
    """What can be known of these is recorded. A mail of which nothing is known when the grace is over is sent once
    more, by the same provider and under the same Message-ID. What stays in doubt counts as contacted."""
    with services.db.reading() as db:
        rows, now = doubts.in_doubt(db, ids), services.moment(db)
    unheard: list[Invitation] = []
    for row in rows:
        provider = _provider(services, row)
        if row.outcome:  # she has answered it, or closed it
            _left(services, row, row.provider_ref)
            continue
        if provider and provider.caps.finds and _found(services, row, provider):
            continue
        until = _next_look(services, row, provider, now)
        if provider and until is None and row.channel in RESENT and not row.resends:
            unheard.append(row)
            continue
        with services.db.writing() as db:
            doubts.look_again(db, row.id, until)
    for account in dict.fromkeys(row.account for row in unheard):
        mine = [row.id for row in unheard if row.account == account]
        again(services, next(p for row in unheard if row.account == account and (p := _provider(services, row))), mine)


def _provider(services: Services, row: Invitation) -> Provider | None:
    """The one that may have sent it; no other could know, and none may send it again."""
    of_kind = services.providers[route.kind_of(row.channel)]
    return next((each for each in of_kind if each.account == row.account), None)


def _next_look(services: Services, row: Invitation, provider: Provider | None, now: datetime) -> datetime | None:
    """After twice the time each, and at the end of the grace; None when that is over."""
    over = row.state_at + timedelta(seconds=services.settings.resend_after)
    if provider is None or now >= over:
        return None
    return min(now + max(LOOK_AFTER, now - row.state_at), over) if provider.caps.finds else over


def _found(services: Services, row: Invitation, provider: Provider) -> bool:
    """Whether the provider could prove what became of it; then that is recorded."""
    with services.db.reading() as db:
        site, survey, person = about(SiteScope(db, row.site_id), row)
        message = replace(compose(services, site, survey, person, row), attempt=row.lease or "")
    match provider.find(message):
        case Accepted(ref):
            _left(services, row, ref or None)
        case Rejected() as why:
            _never_left(services, row, provider, message, why)
        case _:
            return False
    return True


def _left(services: Services, row: Invitation, ref: str | None) -> None:
    with services.db.writing() as db:
        now = services.moment(db)
        invitations.move(db, row.id, "accepted", now, provider_ref=ref, reason=None)
        following = follow(services, db, [row.id], now)
    hand_on(services, following)


def _never_left(services: Services, row: Invitation, provider: Provider, message: Outgoing, why: Rejected) -> None:
    """After a second call this says nothing of the first, and she counts as contacted."""
    with services.db.writing() as db:
        scope, now = SiteScope(db, row.site_id), services.moment(db)
        people.lock(scope, row.person_id)
        refused(services, scope, row.person_id, message, why, provider.name)
        moved = invitations.move(db, row.id, "failed", now, reason=f"{why.scope}: {why.reason}"[:255])
        unsent = moved and not row.resends
        if unsent:
            touches.void(scope, row.id, now)
            refund(scope, row.id)
        following = follow(services, db, [row.id], now)
    hand_on(services, following)
    if unsent:
        give_back(services, row.site_id, row.person_id, row.id)
