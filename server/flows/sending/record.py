"""What the provider said, recorded by the worker that asked. What did not leave leaves no touch."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, assert_never

from channels.channel import Accepted, Outcome, Provider, Rejected, Retry, Unknown
from server.core.delivery import LOOK_AFTER, State, backoff
from server.core.weights import SLOW, Minute
from server.flows.ask_gate import give_back
from server.flows.guard import refund
from server.flows.plan import hand_on
from server.flows.sending import pause, route
from server.flows.sending.crash import reach
from server.flows.sending.follow import follow
from server.flows.sending.insist import WAITS, insist
from server.flows.sending.keep import Called
from server.flows.suppress import refused
from server.services import Services
from server.store import accounts, invitations, touches
from server.store.scope import SiteScope

log = logging.getLogger("askonce.sends")


@dataclass(frozen=True)
class Said:
    """What a provider said of one message."""

    called: Called
    outcome: Outcome


def record(services: Services, provider: Provider, said: Sequence[Said], took: timedelta) -> None:
    """All that were accepted in one commit, every other one in its own: a bad one never harms the others."""
    reach(services, "before_record")
    taken = [each for each in said if isinstance(each.outcome, Accepted)]
    writes = [partial(_accepted, services, provider, taken)] if taken else []
    writes += [partial(_not_accepted, services, provider, each) for each in said if each not in taken]
    waits = iter(WAITS)
    for write in writes:
        try:
            insist(write, waits)
        except Exception:
            log.exception("what a provider said could not be recorded; it stays in doubt")
    _count(services, provider, said, took)
    reach(services, "after_record")


def _accepted(services: Services, provider: Provider, said: Sequence[Said]) -> None:
    moved: list[str] = []
    with services.db.writing() as db:
        now = services.moment(db)
        for each in sorted(said, key=lambda each: each.called.id):
            state, changes = _becomes(services, each.called, each.outcome, now)
            if invitations.move_held(db, each.called.id, each.called.lease, state, now, **changes):
                moved.append(each.called.id)
        following = follow(services, db, moved, now)
        pause.works(db, provider, now)
    hand_on(services, following)


def _not_accepted(services: Services, provider: Provider, said: Said) -> None:
    called, outcome = said.called, said.outcome
    with services.db.writing() as db:
        scope, now = SiteScope(db, called.person.site_id), services.moment(db)
        if isinstance(outcome, Rejected):
            refused(services, scope, called.person.id, called.message, outcome, provider.name)
        state, changes = (_in_doubt if called.again else _becomes)(services, called, outcome, now)
        moved = invitations.move_held(db, called.id, called.lease, state, now, **changes)
        unsent = moved and not called.again and isinstance(outcome, Rejected | Retry)
        if unsent:
            touches.void(scope, called.id, now)
            refund(scope, called.id)
        if isinstance(outcome, Rejected) and outcome.scope == "account":
            pause.pause(db, provider, outcome.reason, now)
        following = follow(services, db, [called.id], now)
        if isinstance(outcome, Retry) and outcome.scope == "account":
            route.rest(db, provider, outcome.after, now)
    hand_on(services, following)
    if unsent:
        give_back(services, called.person.site_id, called.person.id, called.id)


def _becomes(services: Services, called: Called, outcome: Outcome, now: datetime) -> tuple[State, dict[str, Any]]:
    match outcome:
        case Accepted(ref):
            return "accepted", {"provider_ref": ref or None}
        case Unknown(detail):
            return "unconfirmed", {"reason": detail[:255], "look_at": first_look(services, now)}
        case Rejected(reason, "account"):  # its own fault it is not: it waits where it stood
            return "planned", {"reason": reason[:255], "lease": None, "attempts": called.attempt - 1}
        case Rejected(reason, scope):
            return "failed", {"reason": f"{scope}: {reason}"[:255]}
        case Retry(reason, after, "account"):
            attempts = called.attempt - 1
            return "planned", {"reason": reason[:255], "lease": None, "due_at": now + after, "attempts": attempts}
        case Retry(reason, after):
            due_at = now + max(after, backoff(called.attempt))
            return "planned", {"reason": reason[:255], "lease": None, "due_at": due_at}
    assert_never(outcome)


def _in_doubt(services: Services, called: Called, outcome: Outcome, now: datetime) -> tuple[State, dict[str, Any]]:
    """The same for a second call, when the first may have left: whatever is said of this one, that stays in doubt."""
    match outcome:
        case Rejected(reason, "account"):
            return "unconfirmed", {"resends": 0, "attempts": called.attempt - 1, "look_at": now + LOOK_AFTER}
        case Rejected(reason, scope):
            return "unconfirmed", {"reason": f"may have left; the second time {scope}: {reason}"[:255]}
        case Retry(reason, after, "account"):
            return "unconfirmed", {"resends": 0, "attempts": called.attempt - 1, "look_at": now + after}
        case Retry(reason, after):
            return "unconfirmed", {"resends": 0, "look_at": now + max(after, backoff(called.attempt))}
    return _becomes(services, called, outcome, now)


def first_look(services: Services, now: datetime) -> datetime:
    """When somebody asks what became of a call that ended in doubt just now."""
    return now + min(LOOK_AFTER, timedelta(seconds=services.settings.resend_after))


def _count(services: Services, provider: Provider, said: Sequence[Said], took: timedelta) -> None:
    """How it did, where there is another one that could do better."""
    if len(services.providers[provider.kind]) > 1:
        faults = sum(isinstance(each.outcome, Unknown | Retry) for each in said)
        with services.db.writing() as db:
            accounts.tally(db, provider.account, Minute(faults, 1, took > SLOW), services.moment(db))
