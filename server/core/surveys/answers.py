"""What counts as an answer to a question, whichever way it came: page, plain form, message or API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from server.core import people
from server.core.surveys.questions import OTHER, SCALES, Question
from server.core.texts import texts

Value = int | str | dict[str, Any]
"""An answer as it is kept. A whole number on a scale; text, in which "" says that she left it out; `{"chosen": [ids],
"other"?: text}`, in the survey's order, of a ranking in hers, the best first; `{"name"?, "email"?}` of a contact."""

SKIPPED = ""
"""What stands where she left out a question that she need not answer."""

COMMENT_MAX = 5000
"""Characters kept of a comment; a page of text, and a bound on what strangers may store."""
LINE_MAX = 255
"""Characters of what she writes into one line."""


@dataclass(frozen=True)
class Complaint:
    """What is wrong with an answer, to be said in the person's language: `key` names the sentence in `texts`, `at` the
    option or the field that it is about ("" for all of it)."""

    key: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    at: str = ""

    def say(self, language: str = "en") -> str:
        return texts(language)[self.key].format(**self.facts)


class BadAnswer(ValueError):
    """Not answers to these questions: a complaint for each that is wrong, by its id ("" for none of them)."""

    def __init__(self, complaints: Mapping[str, Complaint]):
        super().__init__(" ".join(dict.fromkeys(complaint.say() for complaint in complaints.values())))
        self.complaints = dict(complaints)


def read_all(questions: Iterable[Question], given: Mapping[str, Any]) -> dict[str, Value]:
    """`given` (raw, by question id) as answers. Raises BadAnswer with everything that is wrong."""
    known = {question.id: question for question in questions}
    values: dict[str, Value] = {}
    complaints: dict[str, Complaint] = {}
    for id, raw in given.items():
        if id not in known:
            complaints[""] = Complaint("no_question", {"id": str(id)[:60]})
            continue
        try:
            values[id] = read(known[id], raw)
        except BadAnswer as why:
            complaints |= why.complaints
    if complaints or not values:
        raise BadAnswer(complaints or {"": Complaint("choose_first")})
    return values


def read(question: Question, raw: Any) -> Value:
    """`raw` as an answer to `question`. Raises BadAnswer.

    A scale takes a number or its text; options an id, a list of ids, or `{"chosen", "other"}`; a contact
    `{"name", "email"}`. Nothing at all is SKIPPED where that is allowed.
    """
    try:
        value = _READERS.get(question.kind, _number)(question, raw)
    except _Wrong as why:
        raise BadAnswer({question.id: why.complaint}) from None
    if value == SKIPPED and question.required:
        raise BadAnswer({question.id: Complaint(_missing(question), _ends(question))})
    return value


class _Wrong(Exception):
    def __init__(self, key: str, at: str = "", **facts: Any):
        super().__init__(key)
        self.complaint = Complaint(key, facts, at)


def _number(question: Question, raw: Any) -> Value:
    text = "" if raw is None else str(raw).strip()
    if not text:
        if question.is_scored:  # a score is never left out by sending nothing
            raise _Wrong(_missing(question), **_ends(question))
        return SKIPPED
    if isinstance(raw, bool) or not (text.isascii() and text.isdigit() and len(text) <= 3):
        raise _Wrong("choose_number", **_ends(question))
    if int(text) not in question.choices:
        raise _Wrong("choose_number", **_ends(question))
    return int(text)


def _text(question: Question, raw: Any) -> Value:
    text = clean(raw)
    if len(text) > COMMENT_MAX:
        raise _Wrong("too_long", most=COMMENT_MAX, count=len(text))
    return text


def _chosen(question: Question, raw: Any) -> Value:
    ids, other = _ids(raw)
    if not ids:
        return SKIPPED
    unknown = [id for id in ids if question.option(id) is None]
    if unknown:
        raise _Wrong("no_option", id=unknown[0][:60])
    most = 1 if question.kind == "select_one" else question.most or len(question.options)
    if len(ids) > most:
        raise _Wrong("too_many", most=most) if most > 1 else _Wrong("choose_one")
    if OTHER not in ids:
        return {"chosen": [option.id for option in question.options if option.id in ids]}
    if not other:
        raise _Wrong("say_other", at=OTHER)
    return {"chosen": [option.id for option in question.options if option.id in ids], "other": _line(other, OTHER)}


def _order(question: Question, raw: Any) -> Value:
    ids, _ = _ids(raw)
    if not ids:
        return SKIPPED
    if sorted(ids) != sorted(option.id for option in question.options):
        left = next((option.id for option in question.options if option.id not in ids), "")
        raise _Wrong("rank_all", at=left, count=len(question.options))
    return {"chosen": ids}


def _contact(question: Question, raw: Any) -> Value:
    if raw not in ("", None) and not isinstance(raw, Mapping):
        raise _Wrong("contact_shape")
    said = {name: _line(clean((raw or {}).get(name)), name) for name in question.fields}
    if email := said.get("email"):
        try:
            said["email"] = people.email(email)
        except people.BadClaim:
            raise _Wrong("bad_email", at="email") from None
    if question.required and not all(said.values()):
        raise _Wrong("fill_all", at=next(name for name, text in said.items() if not text))
    kept: dict[str, Any] = {name: text for name, text in said.items() if text}
    return kept or SKIPPED


_READERS = {
    "free_response": _text,
    "select_one": _chosen,
    "select_many": _chosen,
    "ranking": _order,
    "contact": _contact,
}


def clean(raw: Any) -> str:
    """Text that every database takes: half a character (a lone surrogate, from a cut emoji) and NUL are in JSON but in
    no database."""
    text = "" if raw is None else str(raw)
    return text.encode(errors="ignore").decode().replace("\r\n", "\n").replace("\x00", "").strip()


def _ids(raw: Any) -> tuple[list[str], str]:
    other = ""
    if isinstance(raw, Mapping):
        raw, other = raw.get("chosen"), clean(raw.get("other"))
    listed = raw if isinstance(raw, list | tuple) else [raw]
    return list(dict.fromkeys(text for each in listed[:1000] if (text := clean(each)))), other


def _line(text: str, at: str) -> str:
    if len(text) > LINE_MAX:
        raise _Wrong("too_long", at=at, most=LINE_MAX, count=len(text))
    return text


def _missing(question: Question) -> str:
    """The sentence for a question that must be answered and was not."""
    if question.kind in SCALES and not question.is_drawn:
        return "choose_number"
    return {"free_response": "write_something", "ranking": "rank_all", "contact": "fill_all"}.get(
        question.kind, "choose_option"
    )


def _ends(question: Question) -> dict[str, Any]:
    return {"low": question.low, "high": question.high, "count": len(question.options)}
