"""An answer, whichever way it came: the one way in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from server.core.links import BadLink, unseal
from server.core.surveys import Value, read_all
from server.core.throttle import Touch
from server.flows.ask_gate import note
from server.flows.judge import keep
from server.flows.merge import forget_merged
from server.flows.offer import Offer, open_offer
from server.flows.show import person_of, shown
from server.services import Services
from server.store import counters, invitations, people, responses, sites, surveys, touches
from server.store.db import Session
from server.store.scope import SiteScope
from server.store.surveys import StoredSurvey
from server.store.tables import Invitation, Site

LONGEST = timedelta(minutes=10)
"""Who took longer did something else meanwhile."""


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
    properties: Mapping[str, Any] = field(default_factory=dict)
    """Of the occasion: what conditions and texts may speak of."""
    name: str = ""
    """What she is called, where the survey calls her by it."""


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
        answered = responses.answered(scope, response.id) if response else {}
        channel = invitation.channel if invitation else offer.channel if offer else ""
        properties = invitation.properties if invitation else {}
        name = _name(scope, survey, offer, invitation)
        return Visit(site, survey, channel, answered, offer, invitation, properties, name)


def _name(scope: SiteScope, survey: StoredSurvey, offer: Offer | None, invitation: Invitation | None) -> str:
    if not survey.calls_by_name:
        return ""
    known = people.root(scope, invitation.person_id).name if invitation else None
    return known or (offer.name if offer else "")


def answer(services: Services, token: str, given: Mapping[str, Any]) -> Visit:
    """Save `given` (raw values by question id) and return the survey as it stands after it.

    Needs the database and nothing else. Told twice, it is saved once. Raises BadAnswer before anything is
    written, and BadLink or Closed.
    """
    return answer_at(services, visit(services, token), given)


def answer_at(services: Services, before: Visit, given: Mapping[str, Any], opened: datetime | None = None) -> Visit:
    """As `answer`, by somebody who stands at the survey already; `opened`: since when, as her browser says."""
    values = read_all(before.survey.survey.questions, given)
    now = services.now()
    with services.db.writing() as db:
        scope = SiteScope(db, before.site.id)
        row = _row(services, scope, before)
        person = people.lock(scope, row.person_id)
        if responses.of_invitation(scope, row.id) is None:
            counters.take(scope, counters.quota(row.survey_id), counters.EVER)
        response, _ = responses.save(scope, row, before.survey, values, now)
        answered = responses.answered(scope, response.id)
        if response.took is None and not before.survey.survey.next_page(answered, row.properties):
            response.took = _took(row, response.created_at, opened, now)
        row.outcome = "answered"
        touch = touches.came_to(scope, row.id, "answered")
    forget_merged(services, scope)
    note(services, row.site_id, person.id, touch)
    return replace(before, answered=answered, invitation=row, properties=row.properties, channel=row.channel)


def _took(row: Invitation, begun: datetime, opened: datetime | None, now: datetime) -> int | None:
    """Seconds from when she had it before her to her last answer, in one sitting; None when nobody knows."""
    since = row.created_at if row.state == "shown" and row.channel in ("widget", "view") else opened
    if since is None or since > begun or now - since > LONGEST:
        return None
    return max(1, round((now - since).total_seconds()))


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
    kept = False
    if offer.channel != "link":
        verdict, _ = keep(scope, person.id, survey, offer.channel, offer.ticket, services.moment(scope.db))
        kept = verdict.allowed
    if not kept:
        touches.write(scope, person.id, Touch(offer.ticket, "answered", offer.channel, survey.id, now))
    return scope.add(shown(offer, survey, person.id, services))
