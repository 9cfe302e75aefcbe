"""A program names a person to ask: make or update her, and plan her survey."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from server.core.people import Claim
from server.core.throttle import Touch
from server.flows.ask_gate import note
from server.flows.merge import forget_merged
from server.flows.plan import Occasion, hand_over, plan
from server.services import Services
from server.store import identities, people, people_lists, surveys, touches
from server.store.scope import SiteScope


@dataclass(frozen=True)
class Wish:
    """What is wanted for one person. `delay`: None for what the survey says. `asked_at`: another system asked her
    then, which counts as an ask."""

    claims: tuple[Claim, ...]
    name: str
    channel: str
    delay: timedelta | None
    sends: bool
    properties: dict[str, Any]
    asked_at: datetime | None
    zone: str = ""


@dataclass(frozen=True)
class Invited:
    """The person as she is now known, and when her survey is due; None when none was planned."""

    person_id: int
    known_by: dict[str, str]
    name: str | None
    due_at: datetime | None


def invite(services: Services, site_id: int, wish: Wish) -> Invited:
    """Person and planned invitation in one commit; the gate decides at the time of sending."""
    now = services.now()
    planned = elsewhere = None
    with services.db.writing() as db:
        scope = SiteScope(db, site_id)
        person = identities.find_or_make(scope, wish.claims, wish.name, now, "api", wish.zone)
        if wish.asked_at:
            people.lock(scope, person.id)
            ticket = f"elsewhere:{person.id}:{int(wish.asked_at.timestamp())}"
            elsewhere = Touch(ticket, "ask", "external", 0, min(wish.asked_at, now))
            touches.write(scope, person.id, elsewhere)
        survey = surveys.named(scope, None)
        if wish.sends and survey:
            about = Occasion(wish.properties, delay=wish.delay)
            planned = plan(services, scope, person, wish.claims, survey, wish.channel, about)
        known = people_lists.known_by(scope, [person.id])[person.id]
    forget_merged(services, scope)
    note(services, site_id, person.id, elsewhere)
    if planned:
        hand_over(services, planned)
    return Invited(person.id, known, person.name, planned.invitation.due_at if planned else None)
