"""A call comes in, or is picked up: who is it, may she be asked now, and what is said first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from channels.channel import Event, Provider
from server.core.call import PIN_TRIES, Heard
from server.core.contact import Contact
from server.core.links import BadLink, new_id, unseal
from server.core.people import Claim
from server.core.texts import texts
from server.core.throttle import Touch
from server.flows.ask_gate import note
from server.flows.call.turn import Said, begin_talk, goodbye, said
from server.flows.consent import consent
from server.flows.judge import keep
from server.flows.merge import forget_merged
from server.flows.receipt import take_events
from server.services import Services
from server.store import calls, held, identities, invitations, sites, surveys
from server.store.scope import SiteScope
from server.store.tables import CallRow, CallTurn, ExpectedCall, Invitation

EXPECTED_FOR = timedelta(minutes=10)
"""How long after it was announced a call is known by its number alone."""
GONE = ("cancelled", "held", "suppressed", "expired")


@dataclass(frozen=True)
class Start:
    """A call as it comes in. `number`: E.164, empty when it is hidden or not believed. `token`: names an expected call,
    where the way of the call carries one. `asks_pin`: who is not known otherwise types a PIN. `returns`: where the call
    goes on afterwards."""

    provider: str
    ref: str
    number: str = ""
    survey: str = ""
    token: str = ""
    asks_pin: bool = False
    properties: Mapping[str, Any] = field(default_factory=dict)
    returns: str = ""


@dataclass(frozen=True)
class Met:
    """Whom the call turned out to be with, for the gate to hear of."""

    person_id: int
    touch: Touch | None


def begin(services: Services, site_key: str, start: Start) -> Said:
    """What is said first. Told again, the same is said, and nobody is asked twice. Raises BadLink."""
    met: Met | None = None
    with services.db.writing() as db:
        site = sites.by_key(db, site_key)
        if site is None:
            raise BadLink("call")
        scope, now = SiteScope(db, site.id), services.moment(db)
        call, is_new = _call(scope, start, now)
        if is_new:
            known = _expected(services, scope, start, now)
            if known is None and start.asks_pin:
                says = [texts(site.language)["call_pin"]]
                calls.add_turn(scope, call, None, kind="pin", question_id="", again=0, said=says, at=now)
            else:
                met = _meet(services, scope, call, known, now)
        first = _said_now(services, scope, call)
    tell_gate(services, scope, met)
    return first


def _call(scope: SiteScope, start: Start, now: datetime) -> tuple[CallRow, bool]:
    call, is_new = calls.begin(
        scope, start.provider, start.ref, number=start.number, survey=start.survey,
        properties=dict(start.properties), returns=start.returns, began_at=now,
    )  # fmt: skip
    if call.site_id != scope.site_id:
        raise BadLink("call")
    return call, is_new


def typed_pin(services: Services, scope: SiteScope, call: CallRow, turn: CallTurn, heard: Heard) -> Met | None:
    """She typed the PIN that she was given, inside the write of this turn: it is known, asked for again, or the end."""
    now = services.moment(scope.db)
    found = calls.expected_by_pin(scope, heard.text[:8], now) if heard.how == "keys" and heard.text else None
    if found:
        return _meet(services, scope, call, found, now)
    site = sites.by_id(scope.db, scope.site_id)
    t = texts(site.language if site else "en")
    if turn.again + 1 >= PIN_TRIES:
        goodbye(scope, call, "call_not_now", now)
    else:
        says = [t["call_pin_again"], t["call_pin"]]
        calls.add_turn(scope, call, turn, kind="pin", question_id="", again=turn.again + 1, said=says, at=now)
    return None


def tell_gate(services: Services, scope: SiteScope, met: Met | None) -> None:
    """After the commit."""
    if met:
        forget_merged(services, scope)
        note(services, scope.site_id, met.person_id, met.touch)


def _expected(services: Services, scope: SiteScope, start: Start, now: datetime) -> ExpectedCall | None:
    if start.token:
        try:
            found = calls.expected(scope, unseal(services.secret, "call", start.token), now)
        except BadLink:
            found = None
        if found:
            return found
    return calls.expected_from(scope, start.number, now - EXPECTED_FOR, now) if start.number else None


def _meet(services: Services, scope: SiteScope, call: CallRow, known: ExpectedCall | None, now: datetime) -> Met:
    """She becomes a person, and the gate says whether she is asked: that is the touch, for she hears it now."""
    claims = [Claim(kind, value) for kind, value in known.claims] if known else []
    if not claims:
        claims = [Claim("phone", call.number)] if call.number else [Claim("visitor", "v_" + new_id())]
    survey = surveys.named(scope, (known.survey if known else "") or call.survey or None) or surveys.named(scope, None)
    if survey is None:
        raise BadLink("call")
    person = identities.find_or_make(scope, claims, known.name if known else "", now, "call")
    row = Invitation(
        id=new_id(), survey_id=survey.id, version_id=survey.version_id, channel="phone", state="shown",
        person_id=identities.named(scope, person, claims), address=call.number or None,
        properties={**call.properties, **(known.properties if known else {})}, created_at=now, state_at=now,
    )  # fmt: skip
    contact = Contact("phone", row.id, row.address, is_here=True)
    verdict, touch = keep(scope, person.id, survey, contact, now)
    if not verdict.allowed:
        row.state, row.reason, row.held_until = "held", verdict.held_by, verdict.until
        held.count(scope, {held.Line(survey.id, "phone", verdict.held_by): 1}, now)
    scope.add(row)
    call.invitation_id = row.id
    if known:
        known.call_id = call.id
    scope.db.flush()
    if verdict.allowed:
        begin_talk(scope, call, now)
    else:
        goodbye(scope, call, "call_not_now", now)
    return Met(person.id, touch)


def picked_up(services: Services, provider: Provider, token: str, ref: str, number: str, by_machine: bool) -> Said:
    """A call of ours was answered: by her, who is asked, or by a machine, which is left alone without a word. Raises
    BadLink."""
    id = unseal(services.secret, "call", token)
    what = ("failed", "a machine answered", "machine") if by_machine else ("delivered", "", "answered")
    take_events(services, provider, [Event(what[0], id, ref, what[1], f"{ref}:{what[2]}")])  # type: ignore[arg-type]
    if by_machine:
        return Said((), "nothing")
    with services.db.writing() as db:
        row = invitations.get(db, id)
        if row is None:
            raise BadLink("call")
        scope, now = SiteScope(db, row.site_id), services.moment(db)
        call, is_new = _call(scope, Start(provider.name, ref, number), now)
        if is_new:
            call.invitation_id = row.id
            db.flush()
            if row.state in GONE or not consent(scope, row.person_id, "phone").passed:
                goodbye(scope, call, "call_goodbye", now)  # she said no while it rang
            else:
                begin_talk(scope, call, now)
        return _said_now(services, scope, call)


def _said_now(services: Services, scope: SiteScope, call: CallRow) -> Said:
    turn = calls.last_turn(scope, call.id)
    if turn is None:
        raise BadLink("call")
    return said(services, scope, call, turn)
