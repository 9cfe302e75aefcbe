"""Rows as Delighted's clients and sync tools know them: ids are strings, times are Unix seconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from server.core.links import seal
from server.core.surveys import OTHER, SKIPPED, Question, Survey, Value
from server.services import Services
from server.store import invitations, people, people_lists, reports, responses, surveys
from server.store.scope import SiteScope
from server.store.tables import Person, Response


def people_rows(scope: SiteScope, found: Sequence[Person]) -> list[dict[str, Any]]:
    ids = [p.id for p in found]
    known, sent = people_lists.known_by(scope, ids), reports.last_sent(scope, ids)
    answered, due = responses.last_answered(scope, ids), invitations.next_due(scope, ids)
    return [
        {
            **_person(person, known[person.id]),
            "last_sent_at": _seconds(sent.get(person.id)),
            "last_responded_at": _seconds(answered.get(person.id)),
            "next_survey_scheduled_at": _seconds(due.get(person.id)),
        }
        for person in found
    ]


def response_rows(
    scope: SiteScope, found: Sequence[Response], services: Services, with_person: bool = False
) -> list[dict[str, Any]]:
    ids = list({r.person_id for r in found})
    known = people_lists.known_by(scope, ids)
    her = people.roots(scope, ids)
    answers = responses.answers_of(scope, [r.id for r in found])
    asked = surveys.versions(scope, {r.version_id for r in found})
    return [
        {
            "id": str(r.id),
            "person": _person(her[r.person_id], known[r.person_id]) if with_person else str(her[r.person_id].id),
            "survey_type": r.kind,
            "score": r.score,
            "comment": r.comment,
            "permalink": services.link("/r/" + seal(services.secret, "page", str(r.id))),
            "created_at": _seconds(r.created_at),
            # Always a number: sync tools page on it, and Delighted's null made them miss rows.
            "updated_at": _seconds(r.updated_at),
            "person_properties": {**r.properties, "Delighted Source": r.channel},
            "notes": [],
            "tags": [],
            "additional_answers": _additional(asked[r.version_id], answers.get(r.id, {})),
            # Ours: `touched` or `opened` where a click in a message alone stands for it, and null for what was sent.
            "one_click": r.one_click,
            # Ours: all of them, as they are kept; null for what she left out.
            "answers": {id: None if value == SKIPPED else value for id, value in answers.get(r.id, {}).items()},
        }
        for r in found
    ]


def _additional(survey: Survey, answers: Mapping[str, Value]) -> list[dict[str, Any]]:
    """Delighted's list of what was answered beside score and comment: of its four kinds of value one is not null. What
    it has no kind for stands in the nearest: a ranking in `select_many`, best first; a contact in `free_response`."""
    beside = [q for q in survey.questions if q not in (survey.scored, survey.comment)]
    return [
        {
            "id": question.id,
            "value": dict.fromkeys(("free_response", "scale", "select_one", "select_many")) | {type: value},
            "question": {"id": question.id, "type": type, "text": question.text},
        }
        for question in beside
        if answers.get(question.id, SKIPPED) != SKIPPED
        for type, value in [_in_theirs(question, answers[question.id])]
    ]


def _in_theirs(question: Question, value: Value) -> tuple[str, Any]:
    if isinstance(value, int):
        return "scale", value
    if not question.options or not isinstance(value, dict):
        return "free_response", question.said(value)
    words = {option.id: option.text for option in question.options}
    if "other" in value:
        words[OTHER] = value["other"]
    chosen = [{"id": id, "text": words.get(id, id)} for id in value["chosen"]]
    return ("select_one", chosen[0]) if question.kind == "select_one" else ("select_many", chosen)


def _person(person: Person, known: dict[str, str]) -> dict[str, Any]:
    return {
        "id": str(person.id),
        "email": known.get("email"),
        "name": person.name,
        "created_at": _seconds(person.created_at),
        "phone_number": known.get("phone"),
    }


def _seconds(at: datetime | None) -> int | None:
    return int(at.timestamp()) if at else None
