"""A survey's form: what was typed is put over the definition that the form came with, piece by piece."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from server.core.surveys.edit import (
    Made,
    language_of,
    moved,
    new_question,
    put,
    questions_of,
    with_ids,
)
from server.core.surveys.questions import KINDS
from server.core.surveys.words import LANGUAGE
from server.web.desk import survey_delivery, survey_mail, survey_question, survey_targeting, survey_thanks
from server.web.desk.survey_fields import Form, filled


@dataclass
class Draft:
    """A definition as it stands in somebody's form, and what there is to complain of, by field."""

    definition: Made
    language: str
    """In which the texts of the form are."""
    slug: str = ""
    base: int = 0
    """The number of the version that it began from; 0 for none."""
    complaints: dict[str, str] = field(default_factory=dict)
    focus: str = ""
    """The field that the person goes on with."""


def document_in(raw: str) -> Made:
    """The definition that the form carries; an empty one for what is none."""
    try:
        said = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def draft_from(form: Form) -> Draft:
    """The draft that was typed; nothing of it is checked yet, so that nothing of it is lost."""
    definition = document_in(form.get("document", ""))
    own = language_of(definition)
    language = form.get("in", own)
    draft = Draft(
        definition, language if LANGUAGE.fullmatch(language) else own, filled(form, "slug"), whole(form, "base")
    )
    if "name" in form and filled(form, "name") != str(definition.get("name") or ""):
        definition["name"] = filled(form, "name")
    definition["questions"] = [
        survey_question.read(form, f"q.{n}.", question, draft.language, own)
        for n, question in enumerate(with_ids(questions_of(definition)))
    ]
    survey_thanks.read(form, definition, draft.language, own)
    survey_mail.read(form, definition, draft.language, own)
    survey_targeting.read(form, definition)
    survey_delivery.read(form, definition, draft.language, own)
    return draft


def carry_out(draft: Draft, form: Form) -> None:
    """What the pressed button does with the draft itself: `do` is a word, and what it is about, by numbers."""
    word, *about = form.get("do", "").split(":")
    if word in _LANGUAGES:
        _LANGUAGES[word](draft, ":".join(about) or filled(form, "new_language"))
        return
    numbers = [int(each) for each in about if each.isascii() and each.isdigit() and len(each) < 4]
    questions = questions_of(draft.definition)
    if word == "add":
        kind = form.get("new_kind", "")
        questions.append(new_question(questions, kind if kind in KINDS else "free_response"))
        draft.focus = f"q.{len(questions) - 1}.text"
    elif numbers and numbers[0] < len(questions):
        draft.focus = _QUESTIONS.get(word, _nothing)(questions, *numbers[:2])
    draft.definition["questions"] = questions


def _switch(draft: Draft, language: str) -> None:
    if LANGUAGE.fullmatch(language):
        draft.language, draft.focus = language, "in"
    else:
        draft.complaints["new_language"] = "Say a language by its tag, such as de, fr or pt-BR."


def _remove_language(draft: Draft, language: str) -> None:
    own = language_of(draft.definition)
    if language != own:
        draft.definition = _without(draft.definition, language)
        draft.language, draft.focus = own, "in"


def _without(part: Any, language: str) -> Any:
    """`part` without every text in one language."""
    if isinstance(part, dict):
        is_text = part and all(LANGUAGE.fullmatch(str(key)) for key in part)
        return {key: _without(each, language) for key, each in part.items() if not (is_text and key == language)}
    return [_without(each, language) for each in part] if isinstance(part, list) else part


_LANGUAGES: dict[str, Callable[[Draft, str], None]] = {
    "in": _switch, "language": _switch, "without": _remove_language,
}  # fmt: skip


def _nothing(questions: list[Made], *about: int) -> str:
    return ""


def _remove(questions: list[Made], at: int, *_: int) -> str:
    questions.pop(at)
    return f"q.{max(at - 1, 0)}.text" if questions else "new_kind"


def _up(questions: list[Made], at: int, *_: int) -> str:
    questions[:] = moved(questions, at, -1)
    return f"q.{max(at - 1, 0)}.up"


def _down(questions: list[Made], at: int, *_: int) -> str:
    questions[:] = moved(questions, at, 1)
    return f"q.{min(at + 1, len(questions) - 1)}.down"


def _more(questions: list[Made], at: int, *_: int) -> str:
    return survey_question.add_option(questions[at], f"q.{at}.")


def _drop(questions: list[Made], at: int, option: int = 0) -> str:
    return survey_question.drop_option(questions[at], option, f"q.{at}.")


def _raise(questions: list[Made], at: int, option: int = 0) -> str:
    return survey_question.raise_option(questions[at], option, f"q.{at}.")


def _when(questions: list[Made], at: int, *_: int) -> str:
    if at:
        questions[at].setdefault("when", []).append({"question": questions[at - 1]["id"]})
    return f"q.{at}.w.{len(questions[at].get('when', [])) - 1}.of"


def _whenever(questions: list[Made], at: int, condition: int = 0) -> str:
    if condition < len(found := questions[at].get("when", [])):
        found.pop(condition)
    put(questions[at], "when", found)
    return f"q.{at}.when"


def _kind(questions: list[Made], at: int, *_: int) -> str:
    return f"q.{at}.kind"


_QUESTIONS: dict[str, Callable[..., str]] = {
    "remove": _remove, "up": _up, "down": _down, "option": _more, "drop": _drop, "raise": _raise, "when": _when,
    "whenever": _whenever, "kind": _kind,
}  # fmt: skip


def whole(form: Form, name: str) -> int:
    raw = form.get(name, "")
    return int(raw) if re.fullmatch(r"[0-9]{1,9}", raw) else 0
