"""What the fields of a survey's form, or of an address, say: raw answers by question id. Nothing is judged here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from werkzeug.datastructures import MultiDict

from server.core.surveys import OTHER, Question
from server.flows.open_link import FIELD

Fields = MultiDict[str, str]
"""`asked` (repeated): the ids of the questions on the page. `a.<id>`: a value, repeated where several are chosen;
`a.<id>.other`: the words for the option that she words herself; `a.<id>.<option>`: its place in a ranking;
`a.<id>.name` and `a.<id>.email` of a contact. `skip`: the id of a question that she leaves out."""

ASKED_MOST = 100


def name(question: Question) -> str:
    """Of the question's field, and the head of the names of its parts."""
    return FIELD + question.id


def raw_answers(questions: Sequence[Question], form: Fields) -> dict[str, Any]:
    """As `read_all` takes them. What was asked and has no field was left empty; an id that is none of `questions`
    stands there too, for whoever judges."""
    known = {question.id: question for question in questions}
    asked = [*form.getlist("asked")[:ASKED_MOST], *(q.id for q in mentioned(questions, form))]
    return {id: raw(known[id], form) if id in known else "" for id in dict.fromkeys(asked)}


def mentioned(questions: Iterable[Question], form: Fields) -> list[Question]:
    """The questions of which there is any field."""
    return [q for q in questions if any(key == name(q) or key.startswith(name(q) + ".") for key in form)]


def raw(question: Question, form: Fields) -> Any:
    """What the form says to one question."""
    head = name(question)
    said = [text for text in form.getlist(head) if text]
    if form.get("skip") == question.id:
        return ""
    if question.kind == "ranking":
        return _ranked(question, form)
    if question.kind == "contact":
        return {field: form.get(f"{head}.{field}", "") for field in question.fields}
    if question.options:
        other = form.get(f"{head}.other", "")
        # Who wrote what else it is has chosen it, whether or not she ticked it too.
        return {"chosen": said or ([OTHER] if other.strip() else []), "other": other}
    return said[-1] if said else ""


def _ranked(question: Question, form: Fields) -> dict[str, Any]:
    """The options in the order of their places; one without a place of its own is left out."""
    said = {option.id: form.get(f"{name(question)}.{option.id}", "").strip() for option in question.options}
    taken = list(said.values())
    placed = {id: int(text) for id, text in said.items() if text.isdecimal() and len(text) < 4}
    chosen = sorted((id for id in placed if taken.count(said[id]) == 1), key=placed.__getitem__)
    if any(taken) and not chosen:
        chosen = list(placed)[:1]  # something was said: not the same as nothing
    return {"chosen": chosen, "places": said}
