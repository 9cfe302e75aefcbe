"""A survey as a sheet for a call centre that speaks and listens itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.core.call import accent, fits, hints, is_spoken
from server.core.surveys import SKIPPED, Question, Survey
from server.core.surveys.wording import as_speech, numbered
from server.core.texts import language_tag, texts
from server.flows.call.opening import opening
from server.store.surveys import StoredSurvey
from server.store.tables import Site


def sheet_of(site: Site, survey: StoredSurvey, language: str) -> dict[str, Any]:
    """`{"survey", "version", "language", "speaks", "listens", "voice", "opening", "questions", "thanks", "goodbye",
    "again"}`. Each of the `questions` has `id`, `kind`, `prompt`, `text`, `fits` (false for what needs a page),
    `required`, `takes` ("keys" or "recording"), `keys` (key to what is sent as its answer), `hints` for a recogniser,
    and `when`: it is asked when all of these hold, as in the survey's definition."""
    spoken = survey.in_language(survey.survey.spoken(language_tag(language), site.language))
    t, tags = texts(spoken.language), accent(spoken.delivery.phone.accent or spoken.language)
    groups = {group: thanks.text for group, thanks in spoken.thanks.groups.items() if thanks.text}
    return {
        "survey": survey.slug,
        "version": survey.version_id,
        "language": spoken.language,
        "speaks": tags.speaks,
        "listens": tags.listens,
        "voice": spoken.delivery.phone.voice or None,
        "opening": opening(site, survey, spoken.language, can_text=False)[0],
        "questions": [_question(spoken, question, survey.definition) for question in spoken.questions],
        "thanks": {"text": spoken.thanks.text or t["thanks"], "groups": groups},
        "goodbye": t["call_goodbye"],
        "again": {"silence": t["call_silence"], "times": 1},
    }


def _question(survey: Survey, question: Question, definition: Mapping[str, Any]) -> dict[str, Any]:
    raw: Mapping[str, Any] = next((q for q in definition.get("questions", ()) if q.get("id") == question.id), {})
    return {
        "id": question.id,
        "kind": question.kind,
        "prompt": as_speech(question, survey.language) if fits(question) else question.text,
        "text": question.text,
        "fits": fits(question),
        "required": question.required,
        "takes": "recording" if is_spoken(question) else "keys",
        "keys": _keys(question) if fits(question) else {},
        "hints": list(hints(question, survey.language)) if fits(question) else [],
        "when": raw.get("when"),
        "skipped": None if question.required or question.is_scored else SKIPPED,
    }


def _keys(question: Question) -> dict[str, Any]:
    """What each number that she may press is sent as. Of `select_many` several are sent together, in one list."""
    if question.options:
        return {str(n): [question.options[n - 1].id] for n, _ in numbered(question)}
    return {str(point): point for point in question.choices}


def texts_of(site: Site, survey: StoredSurvey) -> list[str]:
    """Everything that is said in a call where nothing can be recorded, in each of the survey's languages. Texts with
    places in them, such as a name, are one for each person, and not among these."""
    found: list[str] = []
    for language in sorted({survey.survey.language, *survey.survey.languages}):
        spoken, t = survey.in_language(language), texts(language)
        for can_text in (True, False):
            found += opening(site, survey, language, can_text)
        found += [as_speech(q, language) for q in spoken.questions if fits(q) and not is_spoken(q)]
        found += [_complaint(q, language) for q in spoken.questions if q.choices or q.options]
        found += [thanks.text or t["thanks"] for thanks in (spoken.thanks, *spoken.thanks.groups.values())]
        found += [t[key] for key in _SAID]
        found.append(t["call_stopped"].format(brand=site.name))
    return [text for text in dict.fromkeys(found) if text and "{" not in text]


_SAID = (
    "call_silence", "call_link", "call_no_text", "call_goodbye", "call_not_now", "call_pin", "call_pin_again", "thanks",
)  # fmt: skip


def _complaint(question: Question, language: str) -> str:
    key = "choose_number" if question.choices else "choose_option"
    return texts(language)[key].format(low=question.low, high=question.high)
