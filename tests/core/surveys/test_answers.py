"""What is an answer to each kind of question, and what is said about what is none."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.surveys import COMMENT_MAX, SCALES, SKIPPED, BadAnswer, Question, read, read_all, survey_from

EVERY_SCALE = [(kind, low, high) for kind, scales in SCALES.items() for low, high in scales]
COLOURS = [{"id": "r", "text": "Red"}, {"id": "g", "text": "Green"}, {"id": "b", "text": "Blue"}]


def ask(kind: str, **more: Any) -> Question:
    options = {"options": COLOURS} if kind in ("select_one", "select_many", "ranking") else {}
    return survey_from({"questions": [{"id": "q", "kind": kind, "text": "?", **options, **more}]}).first


def complaint(question: Question, raw: Any) -> str:
    with pytest.raises(BadAnswer) as bad:
        read(question, raw)
    assert bad.value.complaints.keys() == {"q"}
    return bad.value.complaints["q"].key


@pytest.mark.parametrize(("kind", "low", "high"), EVERY_SCALE)
def test_every_number_on_a_scale_is_an_answer_and_its_neighbours_are_none(kind: str, low: int, high: int) -> None:
    question = ask(kind, scale=[low, high])

    assert [read(question, str(n)) for n in range(low, high + 1)] == list(question.choices)
    for outside in (low - 1, high + 1):
        with pytest.raises(BadAnswer, match=f"from {low} to {high}"):
            read(question, outside)


@pytest.mark.parametrize(
    "raw", [None, "", "nine", "9.0", 9.0, True, "+9", "-1", "9 9", "٩", "²", "9" * 4, "9" * 5000, [9], {}]
)
def test_what_is_no_whole_number_is_no_score(raw: Any) -> None:
    assert complaint(ask("nps"), raw) == "choose_number"


@pytest.mark.parametrize(("raw", "value"), [(9, 9), ("9", 9), (" 9\n", 9), ("010", 10), (0, 0)])
def test_a_score_is_read_from_a_form_and_from_json(raw: Any, value: int) -> None:
    assert read(ask("nps"), raw) == value


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("  late \r\n again ", "late \n again"),
        ("a\x00b\ud83d", "ab"),
        ("", ""),
        (None, ""),
        (7, "7"),
        ("x" * COMMENT_MAX, "x" * COMMENT_MAX),
    ],
)
def test_a_comment_is_read_as_plain_text(raw: Any, value: str) -> None:
    assert read(ask("free_response"), raw) == value


@given(st.text(alphabet=st.characters(), max_size=50))
def test_every_comment_can_be_stored(raw: str) -> None:
    stored = str(read(ask("free_response"), raw))

    assert stored.encode().decode() == stored
    assert "\x00" not in stored


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        ("select_one", "g", {"chosen": ["g"]}),
        ("select_one", ["g"], {"chosen": ["g"]}),
        ("select_one", {"chosen": ["g"], "other": "left there"}, {"chosen": ["g"]}),
        ("select_one", {"chosen": "other", "other": " Pink "}, {"chosen": ["other"], "other": "Pink"}),
        ("select_many", ["b", "r", "b"], {"chosen": ["r", "b"]}),
        ("select_many", {"chosen": ["other", "r"], "other": "Pink"}, {"chosen": ["r", "other"], "other": "Pink"}),
        ("ranking", ["b", "r", "g"], {"chosen": ["b", "r", "g"]}),
        ("contact", {"name": " Ann ", "email": "ANN@x.example"}, {"name": "Ann", "email": "ann@x.example"}),
        ("contact", {"email": "ann@x.example", "phone": "1"}, {"email": "ann@x.example"}),
        ("contact", {}, SKIPPED),
        ("select_one", [], SKIPPED),
        ("select_many", {"chosen": []}, SKIPPED),
        ("ranking", "", SKIPPED),
        ("scale", "", SKIPPED),
        ("free_response", " ", SKIPPED),
    ],
)
def test_every_shape_of_an_answer_is_one_stored_value(kind: str, raw: Any, value: Any) -> None:
    other = {"other": "Another"} if kind.startswith("select") else {}

    assert read(ask(kind, **other), raw) == value


@pytest.mark.parametrize(
    ("kind", "more", "raw", "key"),
    [
        ("select_one", {}, "pink", "no_option"),
        ("select_one", {}, "other", "no_option"),
        ("select_one", {}, ["r", "g"], "choose_one"),
        ("select_one", {"required": True}, "", "choose_option"),
        ("select_one", {"other": "Another"}, {"chosen": ["other"]}, "say_other"),
        ("select_one", {"other": "Another"}, {"chosen": ["other"], "other": "x" * 256}, "too_long"),
        ("select_many", {"most": 2}, ["r", "g", "b"], "too_many"),
        ("select_many", {"required": True}, [], "choose_option"),
        ("ranking", {}, ["r", "g"], "rank_all"),
        ("ranking", {}, ["r", "g", "g"], "rank_all"),
        ("ranking", {"required": True}, [], "rank_all"),
        ("contact", {}, "Ann", "contact_shape"),
        ("contact", {}, {"email": "ann"}, "bad_email"),
        ("contact", {"required": True}, {"name": "Ann"}, "fill_all"),
        ("contact", {"required": True}, {}, "fill_all"),
        ("scale", {"required": True}, "", "choose_number"),
        ("csat", {}, "", "choose_number"),
        ("csat", {"labels": list("abcde")}, "", "choose_option"),
        ("stars", {}, "", "choose_option"),
        ("smileys", {}, None, "choose_option"),
        ("thumbs", {}, "", "choose_option"),
        ("thumbs", {}, "2", "choose_number"),
        ("pmf", {}, "", "choose_option"),
        ("free_response", {"required": True}, "\x00", "write_something"),
        ("free_response", {}, "x" * (COMMENT_MAX + 1), "too_long"),
    ],
)
def test_what_is_no_answer_is_told_why(kind: str, more: dict[str, Any], raw: Any, key: str) -> None:
    assert complaint(ask(kind, **more), raw) == key


@pytest.mark.parametrize(
    ("kind", "more", "raw", "at"),
    [
        ("nps", {}, "11", ""),
        ("select_one", {"other": "Another"}, {"chosen": ["other"]}, "other"),
        ("select_one", {"other": "Another"}, {"chosen": ["other"], "other": "x" * 256}, "other"),
        ("select_one", {}, ["r", "g"], ""),
        ("ranking", {}, ["r", "b"], "g"),
        ("contact", {}, {"name": "Ann", "email": "ann"}, "email"),
        ("contact", {}, {"name": "x" * 256}, "name"),
        ("contact", {"required": True}, {"email": "ann@x.example"}, "name"),
        ("contact", {"required": True}, {"name": "Ann"}, "email"),
    ],
)
def test_a_complaint_says_which_field_it_is_about(kind: str, more: dict[str, Any], raw: Any, at: str) -> None:
    with pytest.raises(BadAnswer) as bad:
        read(ask(kind, **more), raw)

    assert bad.value.complaints["q"].at == at


def test_a_page_is_told_everything_that_is_wrong_with_it_in_her_language() -> None:
    survey = survey_from(
        {"questions": [{"id": "a", "kind": "nps", "text": "?"}, {"id": "b", "kind": "ces", "text": "?"}]}
    )

    with pytest.raises(BadAnswer) as bad:
        read_all(survey.questions, {"a": "x", "b": "9", "c": "1"})

    said = {id: complaint.say("de") for id, complaint in bad.value.complaints.items()}
    assert said == {
        "a": "Bitte wählen Sie eine Zahl von 0 bis 10.",
        "b": "Bitte wählen Sie eine Zahl von 1 bis 7.",
        "": "Die Frage c gibt es in dieser Umfrage nicht.",
    }


def test_nothing_at_all_is_no_answer() -> None:
    with pytest.raises(BadAnswer, match="choose an answer first"):
        read_all([ask("nps")], {})


@pytest.mark.parametrize(
    ("kind", "more", "raw", "words"),
    [
        ("nps", {}, 9, "9"),
        ("thumbs", {"labels": ["No", "Yes"]}, 1, "Yes"),
        ("free_response", {}, "Late.", "Late."),
        ("select_many", {"other": "Another"}, {"chosen": ["r", "other"], "other": "Pink"}, "Red, Pink"),
        ("ranking", {}, ["b", "r", "g"], "Blue, Red, Green"),
        ("contact", {}, {"name": "Ann", "email": "ann@x.example"}, "Ann, ann@x.example"),
    ],
)
def test_an_answer_is_told_in_the_words_that_she_saw(kind: str, more: dict[str, Any], raw: Any, words: str) -> None:
    question = ask(kind, **more)

    assert question.said(read(question, raw)) == words
