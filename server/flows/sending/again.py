"""A mail that may have left, and of which nobody has heard since, is sent once more: judged as any send."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from channels.channel import Provider
from server.core.delivery import LOOK_AFTER
from server.core.moments import MOMENT_RULES
from server.core.throttle import Touch
from server.flows.ask_gate import note
from server.flows.compose import compose
from server.flows.guard import Till, decided
from server.flows.judge import keep
from server.flows.rulebook import rulebook
from server.flows.sending import route
from server.flows.sending.call import call
from server.flows.sending.keep import Called, about, at_rest, going_by
from server.flows.settle import contact
from server.services import Services
from server.store import doubts, people, touches
from server.store.db import DatabaseError
from server.store.scope import SiteScope
from server.store.tables import Invitation


def again(services: Services, provider: Provider, ids: Sequence[str]) -> None:
    """In batches, as far as the account has room now; for the rest somebody looks again."""
    size = provider.caps.batch_max
    for n in range(0, len(ids), size):
        some = ids[n : n + size]
        with services.db.writing() as db:
            now = services.moment(db)
            room = route.take(db, provider, len(some), now)
            if left := some[room:]:
                later = now + route.wait(db, provider, now)
                for id in left:
                    doubts.look_again(db, id, later)
        calls: list[Called] = []
        with suppress(DatabaseError):  # the others are looked at again; who was kept must not wait for them
            for id in some[:room]:
                if called := _keep(services, provider, id):
                    calls.append(called)
            route.give_back(services, provider, room - len(calls))
        if calls:
            call(services, provider, calls)


def _keep(services: Services, provider: Provider, id: str) -> Called | None:
    """`calling` once more; None when it may not leave again, now or for good."""
    with services.db.writing() as db:
        found = doubts.in_doubt(db, [id])
        if not found:
            return None
        scope = SiteScope(db, found[0].site_id)
        people.lock(scope, found[0].person_id)
        db.refresh(found[0])
        if found[0].outcome:  # she got the first
            return None
        called = _judged(services, scope, found[0], provider)
    if called:
        note(services, called.person.site_id, called.person.id, called.touch)
    return called


def _judged(services: Services, scope: SiteScope, row: Invitation, provider: Provider) -> Called | None:
    now = services.moment(scope.db)
    site, survey, person = about(scope, row)
    if at_rest(scope, rulebook(scope).policy, survey, row, now):
        doubts.look_again(scope.db, row.id, None)
        return None
    till = Till(services, scope, rulebook(scope).policy, row.channel, row.address or "", now)
    if not all(each.passed for each in decided(till)):  # paused: somebody looks again, until it is too late for it
        doubts.look_again(scope.db, row.id, now + LOOK_AFTER)
        return None
    verdict, touch = keep(scope, person.id, survey, contact(scope, row), now)
    if not verdict.allowed or touch is None:
        only_now = all(f.passed or f.rule in MOMENT_RULES for f in verdict.findings)
        doubts.look_again(scope.db, row.id, verdict.until if only_now else None)
        return None
    going = going_by(provider, row)
    if not doubts.call_again(scope.db, row.id, now, **going):
        return None
    message = replace(compose(services, site, survey, person, row), attempt=going["lease"])
    return Called(row.id, going["lease"], going["attempts"], message, person, _from_now(scope, touch, now), again=True)


def _from_now(scope: SiteScope, touch: Touch, now: datetime) -> Touch:
    """Whichever of the two she gets, the rests hold: they count from the later one."""
    later = replace(touch, at=max(touch.at, now))
    touches.redate(scope, later)
    return later
