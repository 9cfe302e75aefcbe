"""What the address of a survey page fills in: a score that was clicked in a mail, and what else a link says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import request

from server.core.surveys import BadAnswer, Question, Survey, read
from server.flows.open_link import FIELD
from server.web.fields import Fields, raw_answers

FILLED_MOST = 20
"""Fields that an address may fill in."""
CARRIED = ("score", "lang", "theme", "kiosk")
"""Names in an address that mean the same on every page of a survey."""


def filled(survey: Survey) -> dict[str, Any]:
    """Raw answers in the address, by question id; what is none is left out. `score` is the score's."""
    if not request.args:
        return {}
    said = raw_answers(survey.questions, fields_in_address())
    if survey.scored and request.args.get("score"):
        said[survey.scored.id] = request.args["score"]
    return {q.id: said[q.id] for q in survey.questions if q.id in said and is_answer(q, said[q.id])}


def clicked(survey: Survey) -> str:
    """The question whose answer she chose before she came, by one click: the score, or what a mail asks first. Empty
    for none, and for a form that is sent: that is past it."""
    if not request.args or request.method == "POST":
        return ""
    found = filled(survey)
    asked = [q for q in (survey.scored, survey.first) if q and q.id in found]
    return next((q.id for q in asked if q.choices or q.kind == "select_one"), "")


def words_of(raw: Any) -> str:
    """A raw answer that one click can give, as it stands in the address."""
    return ",".join(raw["chosen"]) if isinstance(raw, dict) else str(raw)


def is_answer(question: Question, raw: Any) -> bool:
    try:
        return read(question, raw) != ""
    except BadAnswer:
        return False


def fields_in_address() -> Fields:
    """`a.…` alone: an address says nothing of what was asked."""
    found = [(key, text) for key, text in request.args.items(multi=True) if key.startswith(FIELD)]
    return Fields(found[:FILLED_MOST])


def carried() -> Iterator[tuple[str, str]]:
    """What the address says that is to stand in the next one too, where that is the same page under another token."""
    yield from ((name, request.args[name][:300]) for name in CARRIED if name in request.args)
    yield from ((key, text[:300]) for key, text in fields_in_address().items(multi=True))
