"""The frame stands ready: the place becomes a touch, and only then may the person see it."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from server.core.contact import Contact
from server.core.links import BadLink
from server.core.throttle import Touch
from server.flows.ask_gate import forget, give_back, her_name
from server.flows.judge import keep
from server.flows.merge import forget_merged
from server.flows.offer import Offer, open_offer
from server.gate.verdict import GateAway
from server.services import Services
from server.store import identities, invitations, people, responses, surveys, touches
from server.store.scope import SiteScope
from server.store.tables import Invitation, Person

UNSEEN_WITHIN = timedelta(seconds=60)
"""A frame that is given back this soon after it was kept was never on the screen."""


class NotShown(Exception):
    """The survey must not be shown; the message is the rule."""


def show(services: Services, token: str) -> None:
    """Keep the offer in `token`. Telling it twice keeps it once. Raises NotShown, or BadLink."""
    now = services.now()
    offer = open_offer(services.secret, token, now)
    if offer.kind != "ask":  # nobody was asked
        return
    with services.db.writing() as db:
        scope = SiteScope(db, offer.site_id)
        survey = surveys.version(scope, offer.version_id)
        if survey is None:
            raise BadLink("offer")
        person = person_of(scope, offer, services)
        people.lock(scope, person.id)
        known = invitations.get(db, offer.ticket)
        if known is not None:
            if known.state == "cancelled":
                raise NotShown("withdrawn")
            return
        verdict, touch = keep(scope, person.id, survey, Contact(offer.channel, offer.ticket), services.moment(db))
        if verdict.allowed:
            scope.add(shown(scope, offer, survey, person, services))
    forget_merged(services, scope)
    _tell_gate(services, offer, person.id, touch)
    if not verdict.allowed:
        raise NotShown(verdict.held_by)


def _tell_gate(services: Services, offer: Offer, person_id: int, touch: Touch | None) -> None:
    """The ledger has it; a gate that is away learns it when it is back."""
    her = her_name(services, offer.site_id, person_id)
    with suppress(GateAway):
        if touch:
            services.gate.note(her, touch)
        if touch is None or offer.gate_name != her:
            services.gate.give_back(offer.ticket, offer.gate_name)
    if touch is None:
        # It offered what the ledger refuses: what it believes of her is wrong, and would be on every page.
        forget(services, offer.site_id, person_id)


def person_of(scope: SiteScope, offer: Offer, services: Services) -> Person:
    """The person to whom the offer was made, made now if she is new."""
    return identities.find_or_make(scope, offer.claims, offer.name, services.now(), "identity token", offer.zone)


def shown(
    scope: SiteScope, offer: Offer, survey: surveys.StoredSurvey, person: Person, services: Services
) -> Invitation:
    """The row of a survey that a person has before her."""
    now = services.now()
    said = dict(offer.properties) | ({"unproven": dict(offer.unproven)} if offer.unproven else {})
    return Invitation(
        id=offer.ticket, survey_id=survey.id, version_id=survey.version_id, channel=offer.channel, state="shown",
        person_id=identities.named(scope, person, offer.claims), properties=said, created_at=now, state_at=now,
        link_id=offer.link or None,
    )  # fmt: skip


def withdraw(services: Services, token: str) -> None:
    """The frame never came up: the place is free again, and the ticket is spent."""
    now = services.now()
    offer = open_offer(services.secret, token, now)
    if offer.kind != "ask":
        return
    with services.db.writing() as db:
        scope = SiteScope(db, offer.site_id)
        person = person_of(scope, offer, services)
        people.lock(scope, person.id)  # a keep of the same ticket comes before this or after it, never between
        row = invitations.get(db, offer.ticket)
        if row is None:
            _spend(scope, offer, person, services)
        elif row.state == "shown" and _was_unseen(scope, row, services):
            invitations.move(db, row.id, "cancelled", now, outcome="unseen")
            touches.void(scope, row.id, now)
        else:
            return
    forget_merged(services, scope)
    give_back(services, offer.site_id, person.id, offer.ticket)
    with suppress(GateAway):  # the name under which it was offered may be hers no longer
        services.gate.give_back(offer.ticket, offer.gate_name)


def _was_unseen(scope: SiteScope, row: Invitation, services: Services) -> bool:
    young = services.now() - row.created_at <= UNSEEN_WITHIN
    return young and row.outcome is None and responses.of_invitation(scope, row.id) is None


def _spend(scope: SiteScope, offer: Offer, person: Person, services: Services) -> None:
    """A cancelled row, so that a keep that is still under way comes too late."""
    survey = surveys.version(scope, offer.version_id)
    if survey:
        row = shown(scope, offer, survey, person, services)
        row.state, row.outcome = "cancelled", "unseen"
        scope.add(row)
