"""A worker hands one invitation to its channel: at most once, whatever dies on the way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, assert_never

from channels.channel import Accepted, Kind, Outcome, Outgoing, Rejected, Retry, Unknown
from server.core.delivery import ATTEMPTS, SETTLED, WAITING, State, backoff
from server.core.links import new_id
from server.core.moments import MOMENT_RULES
from server.core.policy import Policy
from server.core.throttle import LEASE_SENT, Touch
from server.flows.ask_gate import give_back, lease, note
from server.flows.compose import compose
from server.flows.consent import consent, suppressed
from server.flows.judge import keep
from server.flows.plan import hand_on
from server.flows.rulebook import rulebook
from server.flows.settle import no_more, settled, touch_kind
from server.flows.suppress import refused
from server.gate.verdict import GateAway, Held, Verdict
from server.services import Services
from server.store import held, invitations, names, people, sites, surveys, touches
from server.store.scope import SiteScope
from server.store.surveys import StoredSurvey
from server.store.tables import Invitation, Person, Site

LOOK_AGAIN = timedelta(seconds=2)
"""A lease is kept or given back within seconds, mostly; then it is known whether this one may go."""


@dataclass(frozen=True)
class Called:
    """An invitation in the middle of its call: what to send, under which lease, and whom the gate should know."""

    lease: str
    attempt: int
    message: Outgoing
    person: Person
    touch: Touch | None


def deliver(services: Services, id: str) -> None:
    """Send the invitation `id`, if it is due and its person may be asked now.

    The touch and the state `calling` are committed before the provider is called, and no session is open during
    the call. A worker that dies in it leaves `calling` behind, which ends as `unconfirmed` and is not sent again.
    """
    if not _lease(services, id):
        return
    called = _call(services, id)
    if called is None:
        return
    note(services, called.person.site_id, called.person.id, called.touch)
    provider = services.providers[called.message.kind]
    _record(services, id, called, provider.send([called.message])[0])


def _lease(services: Services, id: str) -> bool:
    """The gate's quick word, before the ledger's last one. Redis away is no reason not to send."""
    with services.db.reading() as db:
        row, now = invitations.get(db, id), services.moment(db)
        if row is None or row.state not in WAITING or (row.due_at and row.due_at > now):
            return False
        scope = SiteScope(db, row.site_id)
        survey = surveys.version(scope, row.version_id)
        if survey is None:
            return False
        rules = rulebook(scope)
        if _at_rest(scope, rules.policy, row, now):
            return True  # whatever the gate says: the true reason is consent, time or address, and needs no place
        if touch_kind(scope, row) == "continuation":
            return True  # she was asked already: the ledger alone says whether it is too much
        her = names.called(scope, row.person_id)
        if her is None:
            return True
        try:
            said = lease(
                services.gate, lambda: scope, rules, id, [her], rules.docket([survey], row.channel), now, LEASE_SENT
            )
        except GateAway:
            return True
    if isinstance(said.answer, Held):
        _hold(services, id, said.answer.verdict(0))
        return False
    return True


def _call(services: Services, id: str) -> Called | None:
    """Kept and `calling`, in one commit; None when it came to rest otherwise."""
    with services.db.writing() as db:
        row = invitations.get(db, id)
        if row is None:
            return None
        scope = SiteScope(db, row.site_id)
        person = people.lock(scope, row.person_id)
        db.refresh(row)  # while we waited for the person another worker may have been here
        if row.state not in WAITING:
            return None
        called = _keep(services, scope, row)
        following = [] if called else _settled(services, scope, id)
    if called is None:  # it came to rest: its place is free for another ask
        give_back(services, row.site_id, person.id, id)
    hand_on(services, following)
    return called


def _settled(services: Services, scope: SiteScope, id: str) -> list[Invitation]:
    """What follows, if it came to rest in this write."""
    row = invitations.as_it_is(scope.db, id)
    return settled(services, scope, row, services.moment(scope.db)) if row and row.state in SETTLED else []


def _keep(services: Services, scope: SiteScope, row: Invitation) -> Called | None:
    now = services.moment(scope.db)
    site, survey, person = _about(scope, row)
    rest = _at_rest(scope, rulebook(scope).policy, row, now)
    if rest:
        invitations.move(scope.db, row.id, rest[0], now, reason=rest[1])
        return None
    kind_of_touch = touch_kind(scope, row)
    verdict, touch = keep(scope, person.id, survey, row.channel, row.id, now, row.address, kind_of_touch)
    if not verdict.allowed:
        _set_aside(scope, row, verdict, now)
        return None
    lease = new_id()
    kind: Kind = "sms" if row.channel == "sms" else "email"
    going = {"lease": lease, "attempts": row.attempts + 1, "provider": services.providers[kind].name}
    invitations.move(scope.db, row.id, "calling", now, **going)
    return Called(lease, row.attempts + 1, compose(services, site, survey, person, row), person, touch)


def _about(scope: SiteScope, row: Invitation) -> tuple[Site, StoredSurvey, Person]:
    site, survey = sites.by_id(scope.db, row.site_id), surveys.version(scope, row.version_id)
    person = people.get(scope, row.person_id)
    # Foreign keys hold these three for as long as there is an invitation.
    assert site is not None
    assert survey is not None
    assert person is not None
    return site, survey, person


def _at_rest(scope: SiteScope, policy: Policy, row: Invitation, now: datetime) -> tuple[State, str] | None:
    """Where an invitation ends before any rule of frequency is asked."""
    needed = row.channel in policy.consent_required
    for no in (consent(scope, row.person_id, row.channel, needed), suppressed(scope, row.address, row.channel)):
        if not no.passed:
            return "suppressed", no.because[:255]
    if row.expires_at and row.expires_at <= now:
        return "expired", "its time had passed"
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


def _record(services: Services, id: str, called: Called, outcome: Outcome) -> None:
    """What the provider said, recorded by the worker that asked. What did not leave leaves no touch."""
    with services.db.writing() as db:
        scope, now = SiteScope(db, called.person.site_id), services.moment(db)
        state, changes = _said(called, outcome, now)
        if isinstance(outcome, Rejected):
            refused(services, scope, called.person.id, called.message, outcome)
        moved = invitations.move_held(db, id, called.lease, state, now, **changes)
        unsent = moved and isinstance(outcome, Rejected | Retry)
        if unsent:
            touches.void(scope, id, now)
        following = _settled(services, scope, id)
    hand_on(services, following)
    if unsent:
        give_back(services, called.person.site_id, called.person.id, id)


def _said(called: Called, outcome: Outcome, now: datetime) -> tuple[State, dict[str, Any]]:
    match outcome:
        case Accepted(ref):
            return "accepted", {"provider_ref": ref or None}
        case Unknown(detail):
            return "unconfirmed", {"reason": detail[:255]}
        case Rejected(reason, scope):
            return "failed", {"reason": f"{scope}: {reason}"[:255]}
        case Retry(reason, after):
            return "planned", {"reason": reason[:255], "due_at": now + max(after, backoff(called.attempt))}
    assert_never(outcome)
