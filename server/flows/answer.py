"""An answer, whichever way it came: the one way in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from server.core.contact import Contact
from server.core.links import BadLink, unseal_survey
from server.core.one_click import Way
from server.core.submissions import submission
from server.core.surveys import Survey, Value, read_all
from server.core.throttle import Touch
from server.flows.ask_gate import note
from server.flows.follow_up import came_to, closed, went_on
from server.flows.judge import keep
from server.flows.merge import forget_merged
from server.flows.offer import Offer, open_offer
from server.flows.show import person_of, shown
from server.services import Services
from server.store import answers, counters, invitations, links, people, responses, sites, surveys, touches
from server.store.db import Session
from server.store.scope import SiteScope
from server.store.surveys import StoredSurvey
from server.store.tables import Invitation, Site

PREVIEWED = 40
"""Characters of a text that a preview carries on."""
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
    at: datetime
    """By the clock that submissions are sorted by."""
    properties: Mapping[str, Any] = field(default_factory=dict)
    """Of the occasion: what conditions and texts may speak of."""
    name: str = ""
    """What she is called, where the survey calls her by it."""
    token: str = ""
    """Where it goes on, when that is another token than the one it came by."""


def visit_of(services: Services, db: Session, invitation_id: str) -> Visit:
    """As `visit`, of whoever has the invitation's own id. Raises BadLink or Closed."""
    return _visit(services, db, None, *responses.at(db, invitation_id))


def visit(services: Services, token: str) -> Visit:
    """The survey behind a link or a frame, as it stands. Raises BadLink or Closed. Reads only."""
    offer, id = _open(services, token)
    with services.db.reading() as db:
        return _visit(services, db, offer, *responses.at(db, id))


def _visit(
    services: Services, db: Session, offer: Offer | None, invitation: Invitation | None, answered: Mapping[str, Value]
) -> Visit:
    if offer is None and invitation is None:
        raise BadLink("survey")
    scope, version_id = _where(db, offer, invitation)
    site, survey = _asked(services, scope, version_id)
    if invitation and invitation.state == "cancelled":
        raise Closed("withdrawn")
    channel = invitation.channel if invitation else offer.channel if offer else ""
    previewed = offer.properties if offer and offer.kind == "preview" else {}
    properties = invitation.properties if invitation else previewed
    answered = answered or (offer.said if offer else {})
    name = _name(scope, survey, offer, invitation)
    return Visit(site, survey, channel, answered, offer, invitation, services.moment(db), properties, name)


def _asked(services: Services, scope: SiteScope, version_id: int) -> tuple[Site, StoredSurvey]:
    """The site, and the survey in this version: the same for all who are asked it, so they are kept ready. Raises
    BadLink."""

    def read() -> tuple[Site, StoredSurvey]:
        site, survey = sites.by_id(scope.db, scope.site_id), surveys.version(scope, version_id)
        if site is None or survey is None:
            raise BadLink("survey")
        return site, survey

    found: tuple[Site, StoredSurvey] = services.asked.get(f"{scope.site_id}/{version_id}", read)
    return found


def _name(scope: SiteScope, survey: StoredSurvey, offer: Offer | None, invitation: Invitation | None) -> str:
    if not survey.calls_by_name:
        return ""
    known = people.root(scope, invitation.person_id).name if invitation else None
    return known or (offer.name if offer else "")


def answer(services: Services, token: str, given: Mapping[str, Any], told: str = "") -> Visit:
    """Save `given` (raw values by question id) and return the survey as it stands after it.

    Needs the database and nothing else. `told` is the submission's id as its browser made it: told twice it is
    saved once, and what was said later stays, whichever comes in first. Raises BadAnswer before anything is written,
    and BadLink or Closed.
    """
    return answer_with(services, token, lambda _: given, told)


Read = Callable[[Survey], Mapping[str, Any]]
"""Raw values by question id, from what the survey asks."""


def answer_with(
    services: Services, token: str, read: Read, told: str = "", opened: datetime | None = None, way: Way = "sent"
) -> Visit:
    """As `answer`, where it takes the survey to understand what was given; `opened`: since when she had it before her,
    as her browser says. `way`: whether she sent it, or it counts by `server.flows.click`."""
    offer, id = _open(services, token)
    if offer and offer.kind == "preview":
        return _previewed(services, visit(services, token), offer, read)
    with services.db.writing() as db:
        taken = _take(services, db, offer, id, read, told, opened, way)
    return tell(services, taken)


@dataclass(frozen=True)
class Taken:
    """An answer that is saved, and what the gate is told of it after the commit, by `tell`."""

    visit: Visit
    scope: SiteScope
    person_id: int
    touch: Touch | None


def take(services: Services, db: Session, invitation_id: str, given: Mapping[str, Any]) -> Taken:
    """As `answer`, inside the write of somebody who has the invitation's own id, and saves more with it."""
    return _take(services, db, None, invitation_id, lambda _: given)


def tell(services: Services, taken: Taken) -> Visit:
    """After the commit: the gate hears of it. The survey as it stands."""
    forget_merged(services, taken.scope)
    note(services, taken.scope.site_id, taken.person_id, taken.touch)
    return taken.visit


def _take(
    services: Services, db: Session, offer: Offer | None, id: str, read: Read, told: str = "",
    opened: datetime | None = None, way: Way = "sent",
) -> Taken:  # fmt: skip
    invitation, is_hers = invitations.locked(db, id)
    before = _visit(services, db, offer, invitation, {})
    values = read_all(before.survey.survey.questions, read(before.survey.survey))
    now, scope = services.now(), SiteScope(db, before.site.id)
    row = invitation or _take_in(services, scope, offer, before.survey)
    person_id = row.person_id if is_hers else people.lock(scope, row.person_id).id
    saved = answers.save(scope, row, before.survey, values, now, submission(told, before.at), way)
    if saved.took is None and not before.survey.survey.next_page(saved.answered, row.properties):
        took = _took(row, saved.begun_at, opened, now)
        if took is not None:
            answers.note_took(scope, saved.response_id, took)
    touch = None
    if row.outcome != "answered":  # else the ledger has it already, and so has the gate
        touch = came_to(scope, row, "answered")
    went_on(scope, row, before.survey.survey, saved, before.at)
    if saved.is_first:
        counters.take(scope, counters.quota(row.survey_id), counters.EVER)
    after = replace(before, answered=saved.answered, invitation=row, properties=row.properties, channel=row.channel)
    return Taken(after, scope, person_id, touch)


def _took(row: Invitation, begun: datetime, opened: datetime | None, now: datetime) -> int | None:
    """Seconds from when she had it before her to her last answer, in one sitting; None when nobody knows."""
    since = row.created_at if row.state == "shown" and row.channel in ("widget", "view") else opened
    if since is None or since > begun or now - since > LONGEST:
        return None
    return max(1, round((now - since).total_seconds()))


def dismiss(services: Services, token: str) -> None:
    """The person closed it without an answer."""
    with services.db.writing() as db:
        row, is_hers = invitations.locked(db, _open(services, token)[1])
        if row is None or not invitations.dismiss(db, row.id):
            return
        scope = SiteScope(db, row.site_id)
        person_id = row.person_id if is_hers else people.lock(scope, row.person_id).id
        touch = came_to(scope, row, "dismissed")
        closed(scope, row, services.moment(db))
    note(services, row.site_id, person_id, touch)


def _open(services: Services, token: str) -> tuple[Offer | None, str]:
    """The offer in a token that is one, and the id of the invitation that there is or will be."""
    if "." in token:
        offer = open_offer(services.secret, token, services.now())
        return offer, offer.ticket
    return None, unseal_survey(services.secret, token)


def _previewed(services: Services, before: Visit, offer: Offer, read: Read) -> Visit:
    """As if it had been saved: the answers stand in the next token, long ones cut, for it is an address."""
    survey = before.survey.survey
    values = read_all(survey.questions, read(survey))
    said = {id: each[:PREVIEWED] if isinstance(each, str) else each for id, each in values.items()}
    now = replace(offer, said={**offer.said, **said})
    return replace(before, answered=now.said, offer=now, token=now.seal(services.secret))


def _where(db: Session, offer: Offer | None, invitation: Invitation | None) -> tuple[SiteScope, int]:
    asked = invitation or offer
    assert asked
    return SiteScope(db, asked.site_id), asked.version_id


def _take_in(services: Services, scope: SiteScope, offer: Offer | None, survey: StoredSurvey) -> Invitation:
    """An answer to a survey that was never marked as shown: an open link, or a page whose script did not run.

    She is asked no question about it: an answer is never lost. What the windows would not allow as an ask was
    opened by herself, and stands in the ledger as such.
    """
    assert offer
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
        verdict, _ = keep(scope, person.id, survey, Contact(offer.channel, offer.ticket), services.moment(scope.db))
        kept = verdict.allowed
    if not kept:
        touches.write(scope, person.id, Touch(offer.ticket, "answered", offer.channel, survey.id, now))
    return scope.add(shown(scope, offer, survey, person, services))
