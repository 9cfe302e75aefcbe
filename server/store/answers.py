"""Answers, saved question by question into the one response of their invitation's story.

Every answer of every person comes through here, so rows are read and written as plain columns: objects would cost
more than the database does. A `Response` or an `Answer` that the session has read before is not brought up to date.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from server.core.one_click import Way
from server.core.submissions import submission
from server.core.surveys import Value
from server.store.scope import SiteScope
from server.store.surveys import StoredSurvey
from server.store.tables import Answer, Invitation, Response

_RESPONSES: Any = Response.__table__
_ANSWERS: Any = Answer.__table__
# Put together once: that costs as much as asking the database.
_SO_FAR = (
    select(
        *(_RESPONSES.c[name] for name in ("id", "created_at", "took", "one_click")),
        *(_ANSWERS.c[name] for name in ("question_id", "number", "words", "parts", "told")),
        _ANSWERS.c.id.label("answer_id"),
    )
    .outerjoin_from(_RESPONSES, _ANSWERS, _ANSWERS.c.response_id == _RESPONSES.c.id)
    .where(_RESPONSES.c.site_id == bindparam("site"), _RESPONSES.c.invitation_id == bindparam("invitation"))
)
_BEGIN, _ADD = insert(_RESPONSES), insert(_ANSWERS)
_CHANGE_RESPONSE = update(_RESPONSES).where(_RESPONSES.c.id == bindparam("this"))
_CHANGE_ANSWER = update(_ANSWERS).where(_ANSWERS.c.id == bindparam("this"))


@dataclass(frozen=True)
class Saved:
    """A response as it is after it was added to, with all answers by question id."""

    response_id: int
    begun_at: datetime
    took: int | None
    answered: Mapping[str, Value]
    is_first: bool
    """It was begun now."""


def save(
    scope: SiteScope,
    invitation: Invitation,
    survey: StoredSurvey,
    given: Mapping[str, Value],
    now: datetime,
    told: str = "",
    way: Way = "sent",
) -> Saved:
    """`given` (values by question id, already read by their questions) added to the one response of the invitation's
    story.

    `told` is the submission's id, made now if none is given. The same answer told again changes nothing, not even its
    time, nor does one told before what is there, nor a link that was opened (`way`) after a person has confirmed
    anything. Call with the person locked.
    """
    rows = scope.db.execute(_SO_FAR, {"site": scope.site_id, "invitation": invitation.story}).all()
    before = rows[0] if rows else None
    known = {row.question_id: row for row in rows if row.question_id is not None}
    answered = {id: value_of(row) for id, row in known.items()}
    if way == "opened" and before and before.one_click != "opened":
        given = {}
    told = told or submission("", now)
    news = {id: value for id, value in given.items() if id not in known or told >= (known[id].told or "")}
    changed = {id: value for id, value in news.items() if id not in known or value != answered[id]}

    came_by = _came_by(way, before)
    said = _on_the_response(survey, changed) | {"one_click": came_by}
    if before is None:
        response_id = _begin(scope, invitation, survey, now, said)
    else:
        response_id = before.id
        if changed or came_by != before.one_click:
            scope.db.execute(_CHANGE_RESPONSE, {"this": response_id, "updated_at": now, **said})
    for id, value in news.items():
        _put(scope, response_id, id, known.get(id), value, told, now)
    begun_at, took = (before.created_at, before.took) if before else (now, None)
    return Saved(response_id, begun_at, took, answered | news, before is None)


def note_took(scope: SiteScope, response_id: int, seconds: int) -> None:
    """How long it took her from seeing it to the last answer."""
    scope.db.execute(_CHANGE_RESPONSE, {"this": response_id, "took": seconds})


def value_of(row: Any) -> Value:
    """The answer in the columns of an `Answer`."""
    if row.number is not None:
        return int(row.number)
    return row.words or "" if row.parts is None else row.parts


def _put(
    scope: SiteScope, response_id: int, question_id: str, row: Any, value: Value, told: str, now: datetime
) -> None:
    """`value` in the place of `row`; None for an answer that is the question's first."""
    new = {"told": told, "at": now, **_columns(value)}
    if row is None:
        whose = {"site_id": scope.site_id, "response_id": response_id, "question_id": question_id}
        scope.db.execute(_ADD, whose | new)
    elif value != value_of(row):
        scope.db.execute(_CHANGE_ANSWER, {"this": row.answer_id, **new})
    elif told != row.told:
        scope.db.execute(_CHANGE_ANSWER, {"this": row.answer_id, "told": told})


def _columns(value: Value) -> dict[str, Any]:
    return {
        "number": value if isinstance(value, int) else None,
        "words": value if isinstance(value, str) else None,
        "parts": value if isinstance(value, dict) else None,
    }


def _came_by(way: Way, before: Any) -> str | None:
    """How the response came to count: what says more stays."""
    if way == "sent":
        return None
    return way if before is None or before.one_click == "opened" else before.one_click


def _on_the_response(survey: StoredSurvey, changed: Mapping[str, Value]) -> dict[str, Any]:
    """What of these answers stands on the response itself."""
    said: dict[str, Any] = {}
    scored, comment = survey.survey.scored, survey.survey.comment
    if scored and isinstance(score := changed.get(scored.id), int):
        said["score"] = score
    if comment and isinstance(words := changed.get(comment.id), str):
        said["comment"] = words or None
    return said


def _begin(
    scope: SiteScope, invitation: Invitation, survey: StoredSurvey, now: datetime, said: Mapping[str, Any]
) -> int:
    made = scope.db.execute(
        _BEGIN,
        {
            "site_id": scope.site_id,
            "survey_id": invitation.survey_id,
            "version_id": invitation.version_id,
            "invitation_id": invitation.story,
            "person_id": invitation.person_id,
            "channel": invitation.channel,
            "kind": (survey.survey.scored or survey.survey.first).kind,
            "properties": dict(invitation.properties),
            "created_at": now,
            "updated_at": now,
            **said,
        },
    )
    return int(made.inserted_primary_key[0])  # type: ignore[attr-defined]
