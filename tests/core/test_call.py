"""A survey on the phone: keys, words and silence, by the rules of every conversation."""

from __future__ import annotations

from typing import Any

import pytest

from server.core.call import Accent, Heard, accent, fits, hints, opened, replied, with_passed
from server.core.conversation import Standing
from server.core.surveys import Survey, survey_from

OPTIONS = [{"id": each, "text": each.upper()} for each in "abc"]


def survey(kind: str = "nps", **more: Any) -> Survey:
    options = {"options": OPTIONS} if kind in ("select_one", "select_many", "ranking") else {}
    why = {"id": "why", "kind": "free_response", "text": "Why?"}
    return survey_from({"questions": [{"id": "q", "kind": kind, "text": "Well?", **options, **more}, why]})


def asked(found: Survey, again: int = 0) -> Standing:
    return Standing(found, with_passed(found, {}, ()), asked="q", again=again)


@pytest.mark.parametrize(
    ("kind", "heard", "given"),
    [
        ("nps", Heard("keys", "9"), {"q": 9}),
        ("nps", Heard("keys", "10"), {"q": 10}),
        ("nps", Heard("keys", "09"), {"q": 9}),
        ("nps", Heard("keys", "0"), {"q": 0}),
        ("nps", Heard("keys", "000"), {"q": 0}),
        ("nps", Heard("speech", "nine", 0.8), {"q": 9}),
        ("nps", Heard("speech", "nine please", 0.5), {"q": 9}),
        ("csat", Heard("keys", "5"), {"q": 5}),
        ("thumbs", Heard("keys", "1"), {"q": 1}),
        ("thumbs", Heard("speech", "yes"), {"q": 1}),
        ("select_one", Heard("keys", "2"), {"q": ["b"]}),
        ("select_one", Heard("speech", "c"), {"q": ["c"]}),
        ("select_many", Heard("keys", "13"), {"q": ["a", "c"]}),
    ],
)
def test_what_is_an_answer_is_kept_and_the_next_question_asked(kind: str, heard: Heard, given: dict[str, Any]) -> None:
    move = replied(asked(survey(kind)), heard)

    assert dict(move.given) == given
    assert move.kind == "ask"
    assert move.question
    assert move.question.id == "why"


@pytest.mark.parametrize(
    ("kind", "heard"),
    [
        ("nps", Heard("keys", "100")),
        ("nps", Heard("keys", "11")),
        ("nps", Heard("keys", "1*2")),
        ("nps", Heard("keys", "**")),
        ("nps", Heard("speech", "nine or ten")),
        ("nps", Heard("speech", "nine", 0.4)),
        ("nps", Heard("silence")),
        ("nps", Heard("keys", "")),
        ("nps", Heard("keys", "9" * 40)),
        ("csat", Heard("keys", "6")),
        ("select_one", Heard("keys", "4")),
        ("select_one", Heard("keys", "12")),
        ("select_one", Heard("keys", "0")),
        ("select_many", Heard("keys", "19")),
    ],
)
def test_what_is_none_is_asked_once_more_and_no_third_time(kind: str, heard: Heard) -> None:
    first = replied(asked(survey(kind)), heard)
    second = replied(asked(survey(kind), again=1), heard)

    assert (first.kind, dict(first.given)) == ("again", {})
    assert second.kind in ("page", "ask")
    assert not any(second.given.values())


def test_a_number_that_is_no_number_of_keys_is_no_wish() -> None:
    assert [Heard("keys", keys).wants for keys in ("*", "*9", "9*", "**9", "9")] == ["link", "stop", "", "", ""]
    assert Heard("speech", "*").wants == ""
    assert replied(asked(survey()), Heard("speech", "stop calling me")).wish == "stop"


@pytest.mark.parametrize(("kind", "may"), [("ranking", False), ("contact", False), ("nps", True), ("select_one", True)])
def test_what_needs_a_page_is_not_asked(kind: str, may: bool) -> None:
    found = survey_from({"questions": [{"id": "q", "kind": kind, "text": "?", "options": OPTIONS}
                                       if kind in ("ranking", "select_one") else {"id": "q", "kind": kind, "text": "?"},
                                       {"id": "s", "kind": "csat", "text": "Score?"}]})  # fmt: skip
    move = opened(Standing(found, with_passed(found, {}, ())))

    assert fits(found.first) == may
    assert move.question
    assert move.question.id == ("q" if may else "s")


def test_a_keypad_has_nine_options() -> None:
    many = [{"id": f"o{n}", "text": f"Option {n}"} for n in range(10)]
    assert not fits(survey("select_one", options=many).first)
    assert fits(survey("select_one", options=many[:9]).first)


def test_what_was_spoken_is_not_asked_again_and_stays_open() -> None:
    found = survey()
    assert with_passed(found, {"q": 9}, ["why"]) == {"q": 9, "why": ""}
    assert opened(Standing(found, with_passed(found, {"q": 9}, ["why"]))).kind == "thanks"


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", Accent("en-GB", "en-GB")), ("de", Accent("de-DE", "de-DE")), ("de-AT", Accent("de-AT", "de-AT")),
        ("ar", Accent("arb", "ar-SA")), ("ar-EG", Accent("arb", "ar-SA")), ("tr", Accent("tr", "tr")),
    ],
)  # fmt: skip
def test_a_language_is_spoken_as_those_who_speak_it_know_it(language: str, expected: Accent) -> None:
    assert accent(language) == expected


def test_the_recogniser_hears_what_is_likely() -> None:
    assert hints(survey().first, "en")[:3] == ("zero", "nought", "one")
    assert "sieben" in hints(survey().first, "de")
    assert {"A", "B", "C", "two"} <= set(hints(survey("select_one").first, "en"))
