"""A response that another system took: the same answers, kept in the same way as those of a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from server.core.links import new_id
from server.core.surveys import read_all
from server.core.throttle import Touch
from server.flows.ask_gate import note
from server.flows.trigger import Invalid
from server.services import Services
from server.store import answers, counters, invitations, people, surveys, touches
from server.store.scope import SiteScope
from server.store.surveys import StoredSurvey
from server.store.tables import Invitation, Person


@dataclass(frozen=True)
class Told:
    """What was told of one response. `score` and `comment` stand for the survey's scored question and its first one
    in free words; `answers` are raw, by question id. `id` is the teller's own: told twice, it is one response."""

    person_id: int
    survey: str | None = None
    score: Any = None
    comment: Any = None
    answers: Mapping[str, Any] = field(default_factory=dict)
    properties: Mapping[str, Any] = field(default_factory=dict)
    at: datetime | None = None
    id: str = ""
    channel: str = "link"
    """Where it was taken: `link` for what she opened herself, `phone` for a call centre's own line."""


def record(services: Services, site_id: int, told: Told) -> int:
    """The id of the response. Raises BadAnswer, or Invalid for a person or a survey that is not there."""
    with services.db.writing() as db:
        scope, now = SiteScope(db, site_id), services.now()
        survey = surveys.named(scope, told.survey)
        person = people.get(scope, told.person_id)
        if survey is None or person is None:
            raise Invalid({"person": ["is unknown"]} if person is None else {"survey": ["is unknown"]})
        values = read_all(survey.survey.questions, _given(survey, told))
        person = people.lock(scope, person.id)
        at = min(told.at or now, now)
        row = _row(scope, survey, person, told, at)
        saved = answers.save(scope, row, survey, values, at)
        if saved.is_first:
            counters.take(scope, counters.quota(survey.id), counters.EVER)
        touch = touches.standing(scope, row.id)
    note(services, site_id, person.id, touch)
    return saved.response_id


def _given(survey: StoredSurvey, told: Told) -> dict[str, Any]:
    """Raw answers by question id. Raises Invalid where the survey has no question for them."""
    given = dict(told.answers)
    for name, said, question in (
        ("score", told.score, survey.survey.scored),
        ("comment", told.comment, survey.survey.comment),
    ):
        if said is None:
            continue
        if question is None:
            raise Invalid({name: ["this survey has no question for it"]})
        given.setdefault(question.id, said)
    return given


def _row(scope: SiteScope, survey: StoredSurvey, person: Person, told: Told, at: datetime) -> Invitation:
    """What the response belongs to: as of a link that she opened herself, which no window holds."""
    id = "t" + sha256(f"{scope.site_id}/{told.id}".encode()).hexdigest()[:30] if told.id else new_id()
    if known := invitations.get(scope.db, id):
        if known.person_id not in people.family(scope, person.id) or known.survey_id != survey.id:
            raise Invalid({"id": ["was used for another response; give each response an id of its own"]})
        return known
    touches.write(scope, person.id, Touch(id, "answered", told.channel, survey.id, at, "answered"))
    return scope.add(
        Invitation(
            id=id, survey_id=survey.id, version_id=survey.version_id, person_id=person.id, channel=told.channel,
            state="shown", outcome="answered", properties=dict(told.properties), created_at=at, state_at=at,
        )
    )  # fmt: skip
