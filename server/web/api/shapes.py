"""Rows as Delighted's clients and sync tools know them: ids are strings, times are Unix seconds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from server.core.links import seal
from server.services import Services
from server.store import invitations, people, people_lists, reports, responses
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
            "additional_answers": [],
        }
        for r in found
    ]


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
