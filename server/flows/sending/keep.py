"""May it leave now? The gate's quick word, then the ledger's last one; and from then on it is being called."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from channels.channel import Outgoing, Provider
from server.core.delivery import ATTEMPTS, WAITING, State
from server.core.links import new_id
from server.core.moments import MOMENT_RULES
from server.core.policy import Policy
from server.core.story import step_from
from server.core.surveys.continued import asks
from server.core.throttle import LEASE_SENT, Finding, Touch
from server.flows.ask_gate import give_back, lease
from server.flows.compose import compose, shown_link, text_link
from server.flows.consent import consent, suppressed
from server.flows.guard import Till, decided, paid, pay
from server.flows.judge import keep as keep_touch
from server.flows.moments import closing
from server.flows.plan import hand_on
from server.flows.rulebook import rulebook
from server.flows.sending.aside import put_aside
from server.flows.sending.follow import follow
from server.flows.settle import contact, no_more
from server.gate.verdict import GateAway, Held, Verdict
from server.services import Services
from server.store import held, invitations, names, people, sites, surveys, touches, turns
from server.store.scope import SiteScope
from server.store.surveys import StoredSurvey
from server.store.tables import Invitation, Person, Site

LOOK_AGAIN = timedelta(seconds=2)
"""A lease is kept or given back within seconds, mostly; then it is known whether this one may go."""


@dataclass(frozen=True)
class Called:
    """An invitation in the middle of its call: what to send, under which lease, and whom the gate should know."""

    id: str
    lease: str
    attempt: int
    message: Outgoing
    person: Person
    touch: Touch | None
    again: bool = False
    """An earlier call may have left."""


def keep(services: Services, id: str, provider: Provider, held_by: str) -> Called | None:
    """Kept and `calling`, in one commit, by the worker whose claim is `held_by`; None when it came to rest otherwise,
    or is another's by now."""
    message = _written(services, id)
    if message is None:
        return None
    with services.db.writing() as db:
        row = invitations.get(db, id)
        if row is None:
            return None
        scope = SiteScope(db, row.site_id)
        person = people.lock(scope, row.person_id)
        db.refresh(row)  # while we waited for the person another worker may have been here
        if row.state not in WAITING or row.lease != held_by:
            return None
        called = _keep(services, scope, row, provider, message)
        following = [] if called else follow(services, db, [id], services.moment(db))
    if called is None:  # it came to rest: its place is free for another ask
        give_back(services, row.site_id, person.id, id)
    hand_on(services, following)
    return called


def _written(services: Services, id: str) -> Outgoing | None:
    """The message, before anybody is kept waiting for it; None when the gate does not let it go. Redis away is no
    reason not to send."""
    with services.db.reading() as db:
        row, now = invitations.get(db, id), services.moment(db)
        if row is None or row.state not in WAITING:
            return None
        scope = SiteScope(db, row.site_id)
        site, survey, person = about(scope, row)
        message = compose(services, site, survey, person, row)
        rules, this = rulebook(scope), contact(scope, row)
        if this.kind == "continuation":
            return message  # she was asked already: the ledger alone says whether it is too much
        her = names.called(scope, row.person_id)
        if her is None:
            return message
        docket = rules.docket([survey], row.channel, this.override)
        try:
            said = lease(services.gate, lambda: nullcontext(scope), rules, id, [her], docket, now, LEASE_SENT)
        except GateAway:
            return message
        if not isinstance(said.answer, Held):
            return message
        till = Till(services, scope, rules.policy, row.channel, row.address or "", now)
        if at_rest(scope, rules.policy, survey, row, now) or not all(each.passed for each in decided(till)):
            return message  # whatever the gate says: the true reason is consent, time or address
    _hold(services, id, said.answer.verdict(0))
    return None


def _keep(
    services: Services, scope: SiteScope, row: Invitation, provider: Provider, message: Outgoing
) -> Called | None:
    now = services.moment(scope.db)
    _, survey, person = about(scope, row)
    rules = rulebook(scope)
    policy = rules.policy
    rest = at_rest(scope, policy, survey, row, now)
    if rest:
        invitations.move(scope.db, row.id, rest[0], now, reason=rest[1])
        return None
    till, this = Till(services, scope, policy, row.channel, row.address or "", now), contact(scope, row)
    if no := next((each for each in decided(till, hold=True) if not each.passed), None):
        put_aside(till, row, no, now)
        return None
    verdict, touch = keep_touch(scope, person.id, survey, this, now, rules)
    if not verdict.allowed:
        _set_aside(scope, row, verdict, now)
        return None
    fare = pay(till, this.kind, message)
    if isinstance(fare, Finding):
        touches.void(scope, row.id, now)
        put_aside(till, row, fare, now)
        return None
    going = {**going_by(provider, row), **paid(fare), "waits_for": None}
    invitations.move(scope.db, row.id, "calling", now, **going)
    if row.channel == "sms":
        words = message.text.replace(text_link(services, row.id), shown_link(services))
        turns.opened(scope, row, asks(step_from(row.step), survey.survey).id, words, now)
    message = replace(message, attempt=going["lease"], valid_for=_valid_for(scope, policy, row, now))
    return Called(row.id, going["lease"], going["attempts"], message, person, touch)


def _valid_for(scope: SiteScope, policy: Policy, row: Invitation, now: datetime) -> timedelta | None:
    """How long it may lie at the provider: no longer than it is worth anything, and not into the night."""
    ends = [row.expires_at, closing(scope, policy, row.person_id, row.channel, row.address, now)]
    return min((each - now for each in ends if each), default=None)


def going_by(provider: Provider, row: Invitation) -> dict[str, Any]:
    """What is written of a call that begins: whose it is, by whom, and that its worker came so far with it."""
    by = {"provider": provider.name, "account": provider.account}
    return {"lease": new_id(), "attempts": row.attempts + 1, "runs": 0, **by}


def about(scope: SiteScope, row: Invitation) -> tuple[Site, StoredSurvey, Person]:
    """What an invitation is about, and whom it asks."""
    site, survey = sites.by_id(scope.db, row.site_id), surveys.version(scope, row.version_id)
    person = people.get(scope, row.person_id)
    # Foreign keys hold these three for as long as there is an invitation.
    assert site is not None
    assert survey is not None
    assert person is not None
    return site, survey, person


def at_rest(
    scope: SiteScope, policy: Policy, survey: StoredSurvey, row: Invitation, now: datetime
) -> tuple[State, str] | None:
    """Where an invitation ends before any rule of frequency is asked."""
    if survey.cancelled_at and row.created_at <= survey.cancelled_at:
        return "cancelled", "its survey was cancelled"
    needed = row.channel in policy.consent_required
    for no in (consent(scope, row.person_id, row.channel, needed), suppressed(scope, row.address, row.channel)):
        if not no.passed:
            return "suppressed", no.because[:255]
    if row.expires_at and row.expires_at <= now:
        return "expired", f"its time had passed: {row.reason}"[:255] if row.waits_for else "its time had passed"
    if not row.address:
        return "failed", f"nobody knows an address for {row.channel}"
    if over := no_more(scope, row, now):
        return over
    if row.attempts >= ATTEMPTS:
        return "failed", f"given up after {ATTEMPTS} tries"
    return None


def _set_aside(scope: SiteScope, row: Invitation, verdict: Verdict, now: datetime) -> None:
    """Held by the ledger: for good by any rule about the person or the survey; what only the moment holds waits for
    the next one at which all would pass, if that comes before it expires."""
    moments = [f for f in verdict.findings if not f.passed]
    if any(f.rule not in MOMENT_RULES for f in moments):
        held.hold(scope.db, row.id, verdict.held_by, verdict.until, now)
        return
    until, last = verdict.until, max(moments, key=lambda f: (f.until is None, f.until))
    if until is None or (row.expires_at and until >= row.expires_at):
        reason = f"{last.rule}: {last.because}"[:255]
        invitations.move(scope.db, row.id, "expired", now, reason=reason, held_until=until)
        return
    invitations.postpone(scope.db, row.id, max(until, now + LOOK_AGAIN), now)


def _hold(services: Services, id: str, verdict: Verdict) -> None:
    """Held by the gate: for good when by a touch. A place that another ask is only about to take may come free."""
    with services.db.writing() as db:
        now = services.moment(db)
        if all(f.passed or f.is_lease for f in verdict.findings):
            invitations.postpone(db, id, now + LOOK_AGAIN, now)
        else:
            held.hold(db, id, verdict.held_by, verdict.until, now)
