"""The words of a question: with what was said before in them, as a text message, and from a voice."""

from __future__ import annotations

from typing import Any

import pytest

from server.core.surveys import Question, survey_from
from server.core.surveys.piping import fill
from server.core.surveys.wording import as_speech, as_text

COLOURS = [{"id": "r", "text": "Red"}, {"id": "g", "text": "Green"}]


def ask(kind: str, **more: Any) -> Question:
    options = {"options": COLOURS} if kind in ("select_one", "select_many", "ranking") else {}
    return survey_from({"questions": [{"id": "q", "kind": kind, "text": "Well?", **options, **more}]}).first


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("Why {answer.score}?", "Why 9?"),
        ("Why {answer.none|that}?", "Why that?"),
        ("Dear {person.name|friend}, on {property.plan}:", "Dear Ann, on pro:"),
        ("{property.gone}", ""),
        ("{property.list}{property.made}", ""),
        ("{answer.score", "{answer.score"),
        ("{other.score} {}", "{other.score} {}"),
        ("{answer.long}", "x" * 200),
        ("{property.lines}", "one two"),
    ],
)
def test_places_are_filled(text: str, filled: str) -> None:
    properties = {"plan": "pro", "list": [1], "made": {"a": 1}, "lines": "one\n two"}

    assert fill(text, {"score": "9", "long": "x" * 300}, properties, "Ann") == filled


def test_a_later_question_speaks_of_what_she_chose() -> None:
    first = {"id": "colour", "kind": "select_one", "text": "Which?", "options": COLOURS}
    survey = survey_from({"questions": [first, {"id": "why", "kind": "free_response", "text": "Why {answer.colour}?"}]})

    asked = survey.put(survey.questions[1], {"colour": {"chosen": ["g"]}}, {})
    assert asked.text == "Why Green?"


@pytest.mark.parametrize(
    ("question", "text", "speech"),
    [
        (
            ask("nps", low="no", high="yes"),
            "Well? Reply with a number from 0 to 10. (0 = no, 10 = yes)",
            "Well? Press a number from 0 to 10, then the hash key. 0 is: no. 10 is: yes.",
        ),
        (
            ask("thumbs", labels=["No", "Yes"]),
            "Well? Reply with a number from 0 to 1. (0 = No, 1 = Yes)",
            "Well? Press a number from 0 to 1, then the hash key. 0 is: No. 1 is: Yes.",
        ),
        (
            ask("select_one"),
            "Well? Reply with a number: 1 = Red, 2 = Green.",
            "Well? For Red, press 1. For Green, press 2.",
        ),
        (
            ask("select_many", other="Another"),
            "Well? Reply with all numbers that apply: 1 = Red, 2 = Green, 3 = Another.",
            "Well? For Red, press 1. For Green, press 2. For Another, press 3.",
        ),
        (
            ask("ranking"),
            "Well? Reply with the numbers in your order, the best first, such as 2 1 3: 1 = Red, 2 = Green.",
            "Well? For Red, press 1. For Green, press 2.",
        ),
        (
            ask("free_response"),
            "Well? Reply in your own words.",
            "Well? Please speak after the tone, and press the hash key when you are done.",
        ),
        (
            ask("contact"),
            "Well? Reply with your name and email address.",
            "Well? Please speak after the tone, and press the hash key when you are done.",
        ),
    ],
)
def test_a_question_has_words_where_there_is_no_page(question: Question, text: str, speech: str) -> None:
    assert (as_text(question, "en"), as_speech(question, "en")) == (text, speech)
