"""Something happened elsewhere: plan to ask its person, once, when it is due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from server.core.delivery import EXPIRES_AFTER, TRANSACTIONAL
from server.core.links import new_id, seal
from server.core.people import Claim
from server.core.throttle import Touch
from server.flows.ask_gate import note
from server.flows.consent import ADDRESSES, address_of
from server.flows.judge import keep, weigh
from server.gate.verdict import Verdict
from server.queue import QueueAway
from server.services import Services
from server.store import held, invitations, people
from server.store.scope import SiteScope
from server.store.surveys import StoredSurvey
from server.store.tables import Invitation, Person


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
    properties: Mapping[str, Any],
    delay: timedelta = timedelta(0),
    lane: int = TRANSACTIONAL,
) -> Planned:
    """A planned invitation, inside the caller's write. Call `hand_over` after the commit.

    It goes to the address among `claims`, or to the latest that is known of her.
    """
    now = services.moment(scope.db)
    row = Invitation(
        id=new_id(),
        survey_id=survey.id,
        version_id=survey.version_id,
        person_id=people.named(scope, person, claims),
        channel=channel,
        state="planned" if delay else "queued",
        address=_address(scope, person, claims, channel),
        properties=dict(properties),
        lane=lane,
        due_at=now + delay,
        expires_at=now + delay + EXPIRES_AFTER,
        created_at=now,
        state_at=now,
    )
    if channel == "link":
        return _hand_out(services, scope, row, survey, now)
    verdict, _ = weigh(scope, person.id, survey, channel, now, address=row.address)
    return Planned(scope.add(row), verdict)


def hand_over(services: Services, planned: Planned) -> None:
    """After the commit: what is due goes to a worker at once. A crash before this is found by the clock."""
    row = planned.invitation
    note(services, row.site_id, row.person_id, planned.touch)
    if row.state != "queued":
        return
    try:
        services.queue.later("deliver", [row.id], row.lane)
    except QueueAway:
        with services.db.writing() as db:
            invitations.move(db, row.id, "planned", services.moment(db))


def _hand_out(services: Services, scope: SiteScope, row: Invitation, survey: StoredSurvey, now: datetime) -> Planned:
    """A link for somebody else to pass on: handing it out is the touch."""
    verdict, touch = keep(scope, row.person_id, survey, "link", row.id, now)
    row.due_at = row.expires_at = None
    if not verdict.allowed:
        row.state, row.reason, row.held_until = "held", verdict.held_by, verdict.until
        held.count(scope, {held.Line(survey.id, "link", verdict.held_by): 1}, now)
        return Planned(scope.add(row), verdict)
    row.state = "shown"
    link = services.link("/s/" + seal(services.secret, "survey", row.id))
    return Planned(scope.add(row), verdict, link, touch)


def _address(scope: SiteScope, person: Person, claims: Sequence[Claim], channel: str) -> str | None:
    kind = ADDRESSES.get(channel)
    return next((c.value for c in claims if c.kind == kind), None) or address_of(scope, person.id, channel)
