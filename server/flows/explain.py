"""Why was Ann not asked? Each rule with pass or fail, by which touch, until when; and what is on its way to her."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from server.core.contact import Contact
from server.core.people import guess
from server.core.story import step_from
from server.flows.consent import ADDRESSES, address_of
from server.flows.guard import judged
from server.flows.judge import weigh
from server.flows.rulebook import rulebook
from server.flows.settle import contact
from server.gate.verdict import Verdict
from server.gate.words import as_json, coming, sentences
from server.services import Services
from server.store import identities, invitations, people_lists, surveys
from server.store.scope import SiteScope
from server.store.surveys import StoredSurvey
from server.store.tables import Invitation, Person

COMING_MOST = 20


class Nobody(Exception):
    """There is no such person, or no such survey; the message says which."""


@dataclass(frozen=True)
class Coming:
    """A message that is planned, and the verdict on it when it is due, as far as one can know by now."""

    row: Invitation
    survey: StoredSurvey
    verdict: Verdict

    def as_json(self) -> dict[str, Any]:
        """`{"invitation", "survey", "channel", "step" (null for an ask), "due_at" (unix seconds), "held_by",
        "override" (the rules that it passes over, and why, or null)}`."""
        return {
            "invitation": self.row.id,
            "survey": self.survey.slug,
            "channel": self.row.channel,
            "step": self.row.step,
            "due_at": int(self.row.due_at.timestamp()) if self.row.due_at else None,
            "held_by": self.verdict.held_by or None,
            "override": self.row.override,
        }


@dataclass(frozen=True)
class Explained:
    """The verdict on asking this person this survey on this channel now, and what is planned for her."""

    person: Person
    known_by: dict[str, str]
    survey: StoredSurvey
    channel: str
    verdict: Verdict
    coming: tuple[Coming, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """`{"person": {"id", …}, "survey", "channel", "planned": [Coming, …]}` and the verdict's own fields."""
        who = {"id": str(self.person.id), **self.known_by}
        planned = [each.as_json() for each in self.coming]
        said = {"person": who, "survey": self.survey.slug, "channel": self.channel, "planned": planned}
        return {**said, **as_json(self.verdict)}

    @property
    def sentences(self) -> list[str]:
        """The same for people: a line for each rule, and one for each message that is planned."""
        planned = (
            coming(each.survey.slug, each.row.channel, step_from(each.row.step), each.row.due_at, each.verdict)
            for each in self.coming
        )
        return [*sentences(self.verdict), *planned]


def explain(services: Services, site_id: int, who: str, survey_name: str | None, channel: str = "email") -> Explained:
    """The verdict by the ledger, as a send would meet it. Reads only. Raises Nobody."""
    with services.db.reading() as db:
        scope = SiteScope(db, site_id)
        person = identities.find(scope, [guess(who)])
        survey = surveys.named(scope, survey_name)
        if person is None:
            raise Nobody(f"nobody here is known as {who}")
        if survey is None:
            raise Nobody(f"there is no survey {survey_name!r}" if survey_name else "this site has no survey")
        now = services.now()
        verdict = _weigh(services, scope, person.id, survey, Contact(channel), now)
        planned = tuple(
            _coming(services, scope, row, now) for row in invitations.waiting_for(scope, person.id, COMING_MOST)
        )
        known_by = people_lists.known_by(scope, [person.id])[person.id]
        return Explained(person, known_by, survey, channel, verdict, planned)


def _coming(services: Services, scope: SiteScope, row: Invitation, now: datetime) -> Coming:
    survey = surveys.version(scope, row.version_id)
    assert survey  # a foreign key holds it
    then = now if row.waits_for else max(now, row.due_at or now)  # its time is when it is over
    return Coming(row, survey, _weigh(services, scope, row.person_id, survey, contact(scope, row), then))


def _weigh(
    services: Services, scope: SiteScope, person_id: int, survey: StoredSurvey, this: Contact, now: datetime
) -> Verdict:
    verdict, _ = weigh(scope, person_id, survey, this, now)
    if this.channel in ADDRESSES and not this.address:
        this = replace(this, address=address_of(scope, person_id, this.channel))
    return judged(services, scope, rulebook(scope).policy, verdict, this, now)
