"""From a definition in JSON to a survey, or everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.core.surveys.conditions import when_from
from server.core.surveys.delivery import delivery_from
from server.core.surveys.mail import mail_from
from server.core.surveys.piping import places_in
from server.core.surveys.questions import (
    FIELDS,
    KINDS,
    OTHER,
    SCALES,
    WITH_OPTIONS,
    BadSurvey,
    Option,
    Question,
    QuestionKind,
)
from server.core.surveys.survey import Survey
from server.core.surveys.thanks import thanks_from
from server.core.surveys.words import LANGUAGE, Words, languages_in

ID_MAX = 60
"""Characters in a question's id: what its column holds."""
QUESTIONS_MAX = 100
OPTIONS_MAX = 50


def survey_from(definition: Mapping[str, Any], language: str = "") -> Survey:
    """The survey that `definition` (JSON) describes, in `language` (BCP 47; its own for none) as far as it was written
    in it. BadSurvey with every complaint otherwise.

    Shape: `{"name", "language"?, "thanks"?, "mail"?, "delivery"?, "questions": [question, …]}`. A question is `{"id",
    "kind", "text", "hint"?, "required"?, "when"?, "with_previous"?}` and, by its kind, `scale` as `[first, last]`,
    `low` and `high` (the words at its ends), `labels` (a word for each point); `options` (`[{"id", "text"}, …]` or
    texts), `other` (what the option is called that she words herself), `most`; `fields` (of `name`, `email`). Every
    text may be an object by language. See `conditions.when_from`, `thanks.thanks_from`, `mail.mail_from` and
    `delivery.delivery_from` for theirs.
    """
    complaints: list[str] = []
    own = str(definition.get("language") or "en")
    if not LANGUAGE.fullmatch(own):
        complaints.append("language must be a tag such as en or pt-BR")
    words = Words(language or own, own, complaints)
    raw_questions = definition.get("questions") or []
    if not isinstance(raw_questions, list | tuple):
        complaints.append("questions must be a list")
        raw_questions = []
    if len(raw_questions) > QUESTIONS_MAX:
        complaints.append(f"a survey has at most {QUESTIONS_MAX} questions")
    questions = [_question(raw, n, words, complaints) for n, raw in enumerate(raw_questions[:QUESTIONS_MAX], 1)]
    if not questions:
        complaints.append("a survey needs at least one question")
    _check_order(questions, complaints)
    thanks = thanks_from(definition.get("thanks") or {"en": "Thank you!", "de": "Vielen Dank!"}, words, complaints)
    mail = mail_from(definition.get("mail"), words, complaints)
    may_follow = any(q.is_scored for q in questions) and any(q.kind == "free_response" for q in questions)
    delivery = delivery_from(definition.get("delivery"), words, may_follow, complaints)
    if complaints:
        raise BadSurvey(list(dict.fromkeys(complaints)))
    name = str(definition.get("name") or "Survey")[:120]
    spoken = languages_in(definition) | {own}
    return Survey(name, tuple(questions), thanks, language or own, spoken, mail=mail, delivery=delivery)


def _question(raw: Any, number: int, words: Words, complaints: list[str]) -> Question:
    raw = raw if isinstance(raw, Mapping) else {}
    where = f"question {number}"
    kind = _kind(raw.get("kind"), where, complaints)
    low, high = _scale(kind, raw.get("scale"), where, complaints)
    text = words.read(raw.get("text"), where)
    if not text:
        complaints.append(f"{where}: text is missing")
    id = str(raw.get("id") or f"q{number}")
    if len(id) > ID_MAX or not id.isprintable():
        complaints.append(f"{where}: id must have at most {ID_MAX} printable characters")
    options = _options(kind, raw, words, where, complaints)
    return Question(
        id=id,
        kind=kind,
        text=text,
        hint=words.read(raw.get("hint"), where),
        low=low,
        high=high,
        low_label=words.read(raw.get("low"), where),
        high_label=words.read(raw.get("high"), where),
        labels=_labels(raw.get("labels"), high - low + 1 if kind in SCALES else 0, words, where, complaints),
        options=options,
        most=_most(raw.get("most"), len(options), where, complaints),
        fields=_fields(kind, raw.get("fields"), where, complaints),
        required=bool(raw.get("required")),
        when=when_from(raw.get("when"), where, complaints),
        with_previous=bool(raw.get("with_previous")),
    )


def _kind(said: Any, where: str, complaints: list[str]) -> QuestionKind:
    for kind in KINDS:
        if said == kind:
            return kind
    complaints.append(f"{where}: kind must be one of {', '.join(KINDS)}, not {said!r}"[:300])
    return "free_response"


def _scale(kind: QuestionKind, said: Any, where: str, complaints: list[str]) -> tuple[int, int]:
    if kind not in SCALES:
        return 0, 0
    if not said:
        return SCALES[kind][0]
    scale = tuple(said) if isinstance(said, list | tuple) else said
    for low, high in SCALES[kind]:
        if scale == (low, high):
            return low, high
    known = "0 or 1 to at most 10" if kind == "scale" else ", ".join(f"{a}-{b}" for a, b in SCALES[kind])
    shown = "-".join(str(end) for end in scale[:3]) if isinstance(scale, tuple) else scale
    complaints.append(f"{where}: {kind} is asked on {known}, not {shown}"[:300])
    return SCALES[kind][0]


def _labels(said: Any, points: int, words: Words, where: str, complaints: list[str]) -> tuple[str, ...]:
    if not said:
        return ()
    if not isinstance(said, list) or len(said) != points:
        complaints.append(f"{where}: labels must be a list with a word for each of its {points} points")
        return ()
    return tuple(words.read(each, where) for each in said)


def _options(
    kind: QuestionKind, raw: Mapping[str, Any], words: Words, where: str, complaints: list[str]
) -> tuple[Option, ...]:
    if kind not in WITH_OPTIONS:
        return ()
    said = raw.get("options")
    if not isinstance(said, list) or not 2 <= len(said) <= OPTIONS_MAX:
        complaints.append(f"{where}: options must be a list of 2 to {OPTIONS_MAX}")
        return ()
    options = [_option(each, n, words, where, complaints) for n, each in enumerate(said, 1)]
    if kind != "ranking" and (other := words.read(raw.get("other"), where)):
        options.append(Option(OTHER, other))
    ids = [option.id for option in options]
    if len(set(ids)) != len(ids):
        complaints.append(f"{where}: two options have the same id")
    return tuple(options)


def _option(raw: Any, number: int, words: Words, where: str, complaints: list[str]) -> Option:
    is_whole = isinstance(raw, Mapping) and "text" in raw
    text = words.read(raw["text"] if is_whole else raw, where)
    id = str(raw.get("id") or f"o{number}") if is_whole else f"o{number}"
    if not text:
        complaints.append(f"{where}: option {number} has no text")
    if len(id) > ID_MAX or not id.isprintable():
        complaints.append(f"{where}: an option's id must have at most {ID_MAX} printable characters")
    return Option(id, text)


def _most(said: Any, options: int, where: str, complaints: list[str]) -> int:
    if said in (None, 0, ""):
        return 0
    if isinstance(said, bool) or not isinstance(said, int) or not 1 <= said <= max(options, 1):
        complaints.append(f"{where}: most must be a number of options, from 1 to {options}")
        return 0
    return said


def _fields(kind: QuestionKind, said: Any, where: str, complaints: list[str]) -> tuple[str, ...]:
    if kind != "contact":
        return ()
    if said is None:
        return FIELDS
    if not isinstance(said, list) or not said or not set(map(str, said)) <= set(FIELDS):
        complaints.append(f"{where}: fields must be a list of {' and '.join(FIELDS)}")
        return FIELDS
    return tuple(name for name in FIELDS if name in said)


def _check_order(questions: list[Question], complaints: list[str]) -> None:
    """A question can only look back."""
    before: set[str] = set()
    for number, question in enumerate(questions, 1):
        if question.id in before:
            complaints.append("two questions have the same id")
        for id in sorted(question.when.questions - before):
            complaints.append(f"question {number}: when looks at {id[:60]!r}, which is not asked before it")
        for id in sorted(places_in(question.text + question.hint) - before):
            complaints.append(f"question {number}: its text wants the answer to {id[:60]!r}, which is not asked before")
        before.add(question.id)
