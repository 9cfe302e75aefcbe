"""An answer, whichever way it came: the one way in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from server.core.links import BadLink, unseal
from server.core.submissions import submission
from server.core.surveys import Value, read_all
from server.core.throttle import Touch
from server.flows.ask_gate import note
from server.flows.judge import keep
from server.flows.merge import forget_merged
from server.flows.offer import Offer, open_offer
from server.flows.show import person_of, shown
from server.services import Services
from server.store import counters, invitations, links, people, responses, sites, surveys, touches
from server.store.db import Session
from server.store.scope import SiteScope
from server.store.surveys import StoredSurvey
from server.store.tables import Invitation, Site

PREVIEWED = 40
"""Characters of a text that a preview carries on."""


class Closed(Exception):
    """This invitation takes no answers any more."""


@dataclass(frozen=True)
class Visit:
    """A person at a survey: what is asked, on behalf of whom, and what was answered so far."""

    site: Site
    survey: StoredSurvey
    channel: str
    answered: Mapping[str, Value]
    offer: Offer | None
    invitation: Invitation | None
    at: datetime
    """By the clock that submissions are sorted by."""
    token: str = ""
    """Where it goes on, when that is another token than the one it came by."""


def visit(services: Services, token: str) -> Visit:
    """The survey behind a link or a frame, as it stands. Raises BadLink or Closed. Reads only."""
    with services.db.reading() as db:
        offer, invitation = _open(services, db, token)
        if offer is None and invitation is None:
            raise BadLink("survey")
        site_id, version_id = _where(offer, invitation)
        scope = SiteScope(db, site_id)
        site, survey = sites.by_id(db, site_id), surveys.version(scope, version_id)
        if site is None or survey is None:
            raise BadLink("survey")
        if invitation and invitation.state == "cancelled":
            raise Closed("withdrawn")
        response = responses.of_invitation(scope, invitation.id) if invitation else None
        answered = responses.answered(scope, response.id) if response else dict(offer.said) if offer else {}
        channel = invitation.channel if invitation else offer.channel if offer else ""
        return Visit(site, survey, channel, answered, offer, invitation, services.moment(db))


def answer(services: Services, token: str, given: Mapping[str, Any], told: str = "") -> Visit:
    """Save `given` (raw values by question id) and return the survey as it stands after it.

    Needs the database and nothing else. `told` is the submission's id as its browser made it: told twice it is
    saved once, and what was said later stays, whichever comes in first. Raises BadAnswer before anything is written,
    and BadLink or Closed.
    """
    before = visit(services, token)
    values = read_all(before.survey.survey.questions, given)
    if before.offer and before.offer.kind == "preview":
        return _previewed(services, before, before.offer, values)
    now = services.now()
    with services.db.writing() as db:
        scope = SiteScope(db, before.site.id)
        row = _row(services, scope, before)
        person = people.lock(scope, row.person_id)
        if responses.of_invitation(scope, row.id) is None:
            counters.take(scope, counters.quota(row.survey_id), counters.EVER)
        responses.save(scope, row, before.survey, values, now, submission(told, services.moment(db)))
        row.outcome = "answered"
        touch = touches.came_to(scope, row.id, "answered")
    forget_merged(services, scope)
    note(services, row.site_id, person.id, touch)
    return visit(services, token)


def dismiss(services: Services, token: str) -> None:
    """The person closed it without an answer."""
    with services.db.writing() as db:
        _, row = _open(services, db, token)
        if row is None or not invitations.dismiss(db, row.id):
            return
        scope = SiteScope(db, row.site_id)
        touch, person = touches.came_to(scope, row.id, "dismissed"), people.root(scope, row.person_id)
    note(services, row.site_id, person.id, touch)


def _row(services: Services, scope: SiteScope, before: Visit) -> Invitation:
    known = before.invitation and invitations.get(scope.db, before.invitation.id)
    if known:
        return known
    if before.offer is None:
        raise BadLink("survey")
    return _take_in(services, scope, before.offer, before.survey)


def _open(services: Services, db: Session, token: str) -> tuple[Offer | None, Invitation | None]:
    if "." in token:
        offer = open_offer(services.secret, token, services.now())
        return offer, invitations.get(db, offer.ticket)
    return None, invitations.get(db, unseal(services.secret, "survey", token))


def _previewed(services: Services, before: Visit, offer: Offer, values: Mapping[str, Value]) -> Visit:
    """As if it had been saved: the answers stand in the next token, long ones cut, for it is an address."""
    said = {id: each[:PREVIEWED] if isinstance(each, str) else each for id, each in values.items()}
    now = replace(offer, said={**offer.said, **said})
    return replace(before, answered=now.said, offer=now, token=now.seal(services.secret))


def _where(offer: Offer | None, invitation: Invitation | None) -> tuple[int, int]:
    if invitation:
        return invitation.site_id, invitation.version_id
    assert offer
    return offer.site_id, offer.version_id


def _take_in(services: Services, scope: SiteScope, offer: Offer, survey: StoredSurvey) -> Invitation:
    """An answer to a survey that was never marked as shown: an open link, or a page whose script did not run.

    She is asked no question about it: an answer is never lost. What the windows would not allow as an ask was
    opened by herself, and stands in the ledger as such.
    """
    now = services.now()
    person = person_of(scope, offer, services)
    people.lock(scope, person.id)
    already = invitations.get(scope.db, offer.ticket)
    if already:
        return already
    if offer.link and not links.take(scope, offer.link, now):
        raise Closed("used")
    kept = False
    if offer.kind == "ask" and offer.channel != "link":
        verdict, _ = keep(scope, person.id, survey, offer.channel, offer.ticket, services.moment(scope.db))
        kept = verdict.allowed
    if not kept:
        touches.write(scope, person.id, Touch(offer.ticket, "answered", offer.channel, survey.id, now))
    return scope.add(shown(scope, offer, survey, person, services))
