"""A definition is changed piece by piece, and what nobody touches stays as it is: other languages, unknown words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from server.core.surveys.questions import OTHER, WITH_OPTIONS
from server.core.surveys.words import languages_in

Made = dict[str, Any]


def language_of(definition: Mapping[str, Any]) -> str:
    """The survey's own language."""
    return str(definition.get("language") or "en")


def languages_of(definition: Mapping[str, Any]) -> list[str]:
    """Its own language first, then every other in which anything is written."""
    own = language_of(definition)
    return [own, *sorted(languages_in(definition) - {own})]


def text_in(raw: Any, language: str, own: str) -> str:
    """What `raw` (a text, or one by language) says in exactly this language."""
    if isinstance(raw, Mapping):
        return str(raw.get(language) or "")
    return str(raw or "") if language == own else ""


def with_text(raw: Any, language: str, own: str, said: str) -> Any:
    """`raw` saying `said` in this language; None when it then says nothing at all. A text in one language alone stays
    a plain text."""
    if not isinstance(raw, Mapping):
        if language == own:
            return said or None
        raw = {own: str(raw)} if raw else {}
    made = {**raw, language: said}
    return {key: text for key, text in made.items() if text} or None


def put(piece: Made, name: str, said: Any) -> None:
    """`piece[name]` is `said`, and is not there at all where nothing is said."""
    if said in (None, "", [], {}, False):
        piece.pop(name, None)
    else:
        piece[name] = said


def questions_of(definition: Mapping[str, Any]) -> list[Made]:
    """Copies of its questions; what is none is left out."""
    raw = definition.get("questions")
    return [dict(each) for each in raw if isinstance(each, Mapping)] if isinstance(raw, list) else []


def with_ids(questions: list[Made]) -> list[Made]:
    """The same questions, each with the id that answers to it are kept by, whatever is put before it later."""
    made: list[Made] = []
    for number, question in enumerate(questions, 1):
        made.append({"id": str(question.get("id") or f"q{number}"), **question})
        if isinstance(options := question.get("options"), list) and question.get("kind") in WITH_OPTIONS:
            made[-1]["options"] = [_option(each, n) for n, each in enumerate(options, 1)]
    return made


def _option(raw: Any, number: int) -> Made:
    if isinstance(raw, Mapping) and "text" in raw:
        return {"id": f"o{number}", **raw}
    return {"id": f"o{number}", "text": raw}


def new_question(questions: list[Made], kind: str) -> Made:
    """One more question, without words, under an id that none has."""
    ids = {str(question.get("id")) for question in questions}
    id = next(f"q{n}" for n in range(1, len(ids) + 2) if f"q{n}" not in ids)
    options = {"options": [{"id": "", "text": ""}, {"id": "", "text": ""}]} if kind in WITH_OPTIONS else {}
    return {"id": id, "kind": kind, "text": "", **options}


def moved(items: list[Made], index: int, by: int) -> list[Made]:
    """The item at `index` that many places further; at the ends it stays."""
    made, to = list(items), index + by
    if 0 <= index < len(made) and 0 <= to < len(made):
        made.insert(to, made.pop(index))
    return made


def new_option_id(options: list[Made], text: str) -> str:
    """An id for an option that is called `text`: readable, lasting, and no other option's."""
    ids = {str(option.get("id")) for option in options} | {OTHER}
    plain = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:40] or "o"
    names = [plain, *(f"{plain}_{n}" for n in range(2, len(ids) + 3))]
    return next(name for name in names if name not in ids)
