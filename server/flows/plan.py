"""Something happened elsewhere: plan to ask its person, once, when it is due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from server.core.contact import NOTHING, Contact, Override
from server.core.delivery import TRANSACTIONAL
from server.core.links import new_id, seal
from server.core.people import Claim
from server.core.surveys.delivery import Delivery
from server.core.throttle import SENT, Touch
from server.flows.ask_gate import note
from server.flows.consent import ADDRESSES, address_of, can_reach
from server.flows.guard import judged
from server.flows.judge import keep, weigh
from server.flows.rulebook import rulebook
from server.gate.verdict import Verdict
from server.queue import QueueAway
from server.services import Services
from server.store import held, identities, lanes
from server.store.scope import SiteScope
from server.store.surveys import StoredSurvey
from server.store.tables import Invitation, Person


@dataclass(frozen=True)
class Occasion:
    """What she is asked about, as far as that is said: the sort of interaction (`call`, `chat`, …), what was told of
    it, and how soon she is asked and how late she may be, where that is not for the survey to say."""

    properties: Mapping[str, Any] = field(default_factory=dict)
    interaction: str = ""
    delay: timedelta | None = None
    expires_after: timedelta | None = None
    lane: int = TRANSACTIONAL
    override: Override = NOTHING

    def times(self, delivery: Delivery, now: datetime) -> tuple[datetime, datetime]:
        """When a message about it is due, and until when it may leave."""
        delay = delivery.delay(self.interaction) if self.delay is None else self.delay
        return now + delay, now + delay + (self.expires_after or delivery.expires_after(self.interaction))


@dataclass(frozen=True)
class Planned:
    """An invitation on its way, with the verdict as it would be now; the gate decides when it is sent."""

    invitation: Invitation
    verdict: Verdict
    link: str = ""
    """For channel `link`: what to hand to the person. Empty when she may not be asked."""
    touch: Touch | None = None
    """For channel `link`: the touch that handing it out is, for the gate to hear of."""


def plan(
    services: Services,
    scope: SiteScope,
    person: Person,
    claims: Sequence[Claim],
    survey: StoredSurvey,
    channel: str,
    occasion: Occasion,
) -> Planned:
    """A planned invitation, inside the caller's write. Call `hand_over` after the commit.

    It goes to the address among `claims`, or to the latest that is known of her; on `channel`, or on the first of the
    survey's that can reach her when none is named or that one cannot.
    """
    now = services.moment(scope.db)
    due_at, expires_at = occasion.times(survey.survey.delivery, now)
    channel = _channel(scope, person, claims, survey.survey.delivery, channel)
    row = Invitation(
        id=new_id(),
        survey_id=survey.id,
        version_id=survey.version_id,
        person_id=identities.named(scope, person, claims),
        channel=channel,
        state="planned" if due_at > now else "queued",
        address=_address(scope, person, claims, channel),
        properties=_properties(occasion),
        override=occasion.override.document,
        lane=occasion.lane,
        due_at=due_at,
        expires_at=expires_at,
        created_at=now,
        state_at=now,
    )
    contact = Contact(channel, row.id, row.address, override=occasion.override)
    if channel == "link":
        return _hand_out(services, scope, row, survey, contact, now)
    verdict, _ = weigh(scope, person.id, survey, contact, now)
    policy = rulebook(scope).policy
    verdict = judged(services, scope, policy, verdict, contact, now)
    return Planned(scope.add(row), verdict)


def hand_over(services: Services, planned: Planned) -> None:
    """After the commit: what is due goes to a worker at once. A crash before this is found by the clock."""
    row = planned.invitation
    note(services, row.site_id, row.person_id, planned.touch)
    hand_on(services, [row])


def hand_on(services: Services, rows: Sequence[Invitation]) -> None:
    """As `hand_over`, of invitations that a story planned."""
    due = [row for row in rows if row.state == "queued"]
    try:
        for row in due:
            services.queue.later("deliver", [row.id], row.lane)
    except QueueAway:
        with services.db.writing() as db:
            lanes.put_off(db, [row.id for row in due], services.moment(db))


def _hand_out(
    services: Services, scope: SiteScope, row: Invitation, survey: StoredSurvey, contact: Contact, now: datetime
) -> Planned:
    """A link for somebody else to pass on: handing it out is the touch."""
    verdict, touch = keep(scope, row.person_id, survey, contact, now)
    row.due_at = row.expires_at = None
    if not verdict.allowed:
        row.state, row.reason, row.held_until = "held", verdict.held_by, verdict.until
        held.count(scope, {held.Line(survey.id, "link", verdict.held_by): 1}, now)
        return Planned(scope.add(row), verdict)
    row.state = "shown"
    link = services.link("/s/" + seal(services.secret, "survey", row.id))
    return Planned(scope.add(row), verdict, link, touch)


def _properties(occasion: Occasion) -> dict[str, Any]:
    said = {"interaction": occasion.interaction} if occasion.interaction else {}
    return {**occasion.properties, **said}


def _channel(scope: SiteScope, person: Person, claims: Sequence[Claim], delivery: Delivery, named: str) -> str:
    """Where she is asked first: on the channel that is named, and then on the survey's, the first that can reach her.
    When none can, it is tried on the first for which she has an address, and said why not."""
    if named and named not in SENT:
        return named
    usual = "sms" if any(c.kind == "phone" for c in claims) and not any(c.kind == "email" for c in claims) else "email"
    order = list(dict.fromkeys([*([named] if named else []), *delivery.channels])) or [usual]
    if len(order) == 1:
        return order[0]
    needed = rulebook(scope).policy.consent_required
    addresses = {each: _address(scope, person, claims, each) for each in order}
    able = (each for each in order if can_reach(scope, person.id, each, addresses[each], each in needed))
    return next(able, None) or next((each for each in order if addresses[each]), order[0])


def _address(scope: SiteScope, person: Person, claims: Sequence[Claim], channel: str) -> str | None:
    kind = ADDRESSES.get(channel)
    return next((c.value for c in claims if c.kind == kind), None) or address_of(scope, person.id, channel)
