"""A draft as its form shows it: what stands in each field, and what may be chosen there."""

from __future__ import annotations

from typing import Any

from server.core.surveys.edit import Made, language_of, languages_of, questions_of, text_in, with_ids
from server.core.surveys.questions import FIELDS, KINDS, SCALES, WITH_OPTIONS
from server.core.texts import direction, texts
from server.web.desk import (
    survey_delivery,
    survey_mail,
    survey_question,
    survey_targeting,
    survey_thanks,
    survey_when,
)
from server.web.desk.survey_form import Draft

CALLED = {
    "nps": "NPS, 0 to 10",
    "enps": "eNPS, 0 to 10",
    "csat": "CSAT, how satisfied",
    "ces": "CES, how easy",
    "stars": "Stars",
    "smileys": "Smileys",
    "thumbs": "Thumbs",
    "pmf": "PMF, how disappointed without it",
    "scale": "A scale",
    "select_one": "One of several",
    "select_many": "Several of several",
    "ranking": "Put in order",
    "free_response": "Free words",
    "contact": "Name and email",
}
"""What the desk calls each kind."""

SPOKEN = {
    "en": "English", "de": "German", "fr": "French", "es": "Spanish", "it": "Italian", "pt": "Portuguese",
    "nl": "Dutch", "pl": "Polish", "ar": "Arabic", "he": "Hebrew", "ja": "Japanese", "zh": "Chinese",
    "sv": "Swedish", "da": "Danish", "cs": "Czech", "tr": "Turkish", "uk": "Ukrainian",
}  # fmt: skip


def spoken(tag: str) -> str:
    """What a language is called: German (AT)."""
    name, _, region = tag.partition("-")
    return SPOKEN.get(name, name) + (f" ({region})" if region else "")


def view(draft: Draft) -> dict[str, Any]:
    """Everything that the form's template shows of a draft."""
    definition, language = draft.definition, draft.language
    own = language_of(definition)
    questions = with_ids(questions_of(definition))
    languages = languages_of(definition)
    return {
        "draft": draft,
        "name": str(definition.get("name") or ""),
        "own": own,
        "language": language,
        "dir": direction(language),
        "languages": [(tag, spoken(tag)) for tag in dict.fromkeys([*languages, language])],
        "known_languages": [(tag, name) for tag, name in SPOKEN.items() if tag not in languages],
        "questions": [_question(questions, n, language, own) for n in range(len(questions))],
        "kinds": CALLED,
        "thanks": survey_thanks.fields(definition, language, own),
        "mail": survey_mail.fields(definition, language, own),
        "target": survey_targeting.fields(definition),
        "sends": survey_delivery.fields(definition, language, own),
        "ours": texts(language),
        "tests": survey_when.TESTS,
        "devices": survey_targeting.DEVICES,
        "visitors": survey_targeting.VISITORS,
        "shapes": survey_targeting.SHAPES,
        "themes": survey_targeting.THEMES,
    }


def _question(questions: list[Made], n: int, language: str, own: str) -> dict[str, Any]:
    said = questions[n]
    kind = str(said.get("kind"))
    points = survey_question.points(said)
    scale = f"{points[0]}-{points[-1]}" if points else ""
    raw = said.get("labels")
    labels = list(raw) if isinstance(raw, list) else []
    fields = said.get("fields")
    return {
        "n": n,
        "at": f"q.{n}.",
        "id": str(said["id"]),
        "kind": kind if kind in KINDS else "",
        "called": CALLED.get(kind, kind),
        **{key: text_in(said.get(key), language, own) for key in ("text", "hint", "low", "high", "other")},
        "own": {key: text_in(said.get(key), own, own) for key in ("text", "hint", "low", "high", "other")},
        "required": bool(said.get("required")),
        "with_previous": bool(said.get("with_previous")),
        "scales": [f"{low}-{high}" for low, high in SCALES.get(kind, ())],
        "scale": scale,
        "labels": [
            {"point": point, "text": text_in(each, language, own), "own": text_in(each, own, own)}
            for point, each in zip(points, [*labels, *[""] * 11], strict=False)
        ],
        "worded": any(labels),
        "has_options": kind in WITH_OPTIONS,
        "options": survey_question.options_shown(said, language, own) if kind in WITH_OPTIONS else [],
        "most": "" if said.get("most") is None else str(said["most"]),
        "fields": [(name, not isinstance(fields, list) or name in fields) for name in FIELDS],
        "before": [(str(q["id"]), _short(q, own)) for q in questions[:n]],
        "when": _conditions(questions, n, own),
    }


def _conditions(questions: list[Made], n: int, own: str) -> list[dict[str, Any]]:
    names = {str(q["id"]): _short(q, own) for q in questions}
    texts = {(str(q["id"]), id): text for q in questions for id, text in survey_question.called(q, own)}
    known = {str(q["id"]): q for q in questions[:n]}
    raw = questions[n].get("when")
    found = []
    for each in raw if isinstance(raw, list) else []:
        said = survey_when.shown(each)
        looked_at = known.get(said["of"], {})
        choices = _choices(looked_at, said["test"], own)
        ids = {id for id, _ in choices}
        found.append(
            {
                **said,
                "says": survey_when.sentence(each, names, texts),
                "choices": choices,
                "typed": ", ".join(value for value in said["values"] if value not in ids),
            }
        )
    return found


def _choices(question: Made, test: str, own: str) -> list[tuple[str, str]]:
    """The values that a condition on this question can only have; none where they are typed."""
    if test == "group":
        return [(name, name.replace("_", " ")) for name in survey_when.groups_of(str(question.get("kind")))]
    return survey_question.called(question, own) if test in ("is", "not") and "options" in question else []


def _short(question: Made, own: str) -> str:
    text = text_in(question.get("text"), own, own) or str(question["id"])
    return text if len(text) <= 60 else text[:58].rstrip() + "…"
