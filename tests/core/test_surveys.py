"""A survey asks on known scales, takes what is on them, and says everything that is wrong with a definition."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.surveys import COMMENT_MAX, SCALES, BadAnswer, BadSurvey, Question, survey_from, template

EVERY_SCALE = [(kind, low, high) for kind, scales in SCALES.items() for low, high in scales]
NPS = {"id": "score", "kind": "nps", "text": "How likely?"}
WORDS = {"id": "why", "kind": "free_response", "text": "Why?"}


def comment(required: bool = False) -> Question:
    return Question("why", "free_response", "Why?", required=required)


@pytest.mark.parametrize(("kind", "low", "high"), EVERY_SCALE)
def test_every_number_on_a_scale_is_an_answer_and_its_neighbours_are_none(kind: str, low: int, high: int) -> None:
    question = survey_from({"questions": [{"kind": kind, "text": "?", "scale": [low, high]}]}).scored

    assert [question.read(str(n)) for n in range(low, high + 1)] == list(question.choices)
    for outside in (low - 1, high + 1):
        with pytest.raises(BadAnswer, match=f"from {low} to {high}"):
            question.read(outside)


@pytest.mark.parametrize(
    "raw", [None, "", "nine", "9.0", 9.0, True, "+9", "-1", "9 9", "٩", "²", "9" * 4, "9" * 5000, [9], {}]
)
def test_what_is_no_whole_number_is_no_score(raw: Any) -> None:
    with pytest.raises(BadAnswer):
        survey_from({"questions": [NPS]}).scored.read(raw)


@pytest.mark.parametrize(("raw", "read"), [(9, 9), ("9", 9), (" 9\n", 9), ("010", 10), (0, 0)])
def test_a_score_is_read_from_a_form_and_from_json(raw: Any, read: int) -> None:
    assert survey_from({"questions": [NPS]}).scored.read(raw) == read


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        ("  late \r\n again ", "late \n again"),
        ("a\x00b\ud83d", "ab"),
        ("", ""),
        (7, "7"),
        ("x" * COMMENT_MAX, "x" * COMMENT_MAX),
    ],
)
def test_a_comment_is_read_as_plain_text(raw: Any, read: str) -> None:
    assert comment().read(raw) == read


@given(st.text(alphabet=st.characters(), max_size=50))
def test_every_comment_can_be_stored(raw: str) -> None:
    stored = str(comment().read(raw))

    assert stored.encode().decode() == stored
    assert "\x00" not in stored


def test_a_comment_of_a_page_is_the_most() -> None:
    with pytest.raises(BadAnswer, match="5001"):
        comment().read("x" * (COMMENT_MAX + 1))


@pytest.mark.parametrize("raw", ["", "   ", "\x00"])
def test_a_required_comment_needs_words(raw: str) -> None:
    with pytest.raises(BadAnswer):
        comment(required=True).read(raw)


@pytest.mark.parametrize(
    ("definition", "complaints"),
    [
        ({}, ["needs one question"]),
        ({"questions": None}, ["needs one question"]),
        ({"questions": 5}, ["must be a list", "needs one question"]),
        ({"questions": {"nps": 1}}, ["must be a list", "needs one question"]),
        ({"questions": [WORDS]}, ["needs one question"]),
        ({"questions": ["nps"]}, ["question 1: kind", "question 1: text", "needs one question"]),
        ({"questions": [{**NPS, "kind": ["nps"]}]}, ["question 1: kind", "needs one question"]),
        ({"questions": [{**NPS, "scale": [1, 5]}]}, ["0-10, not 1-5"]),
        ({"questions": [{**NPS, "scale": 5}]}, ["0-10, not 5"]),
        ({"questions": [{**NPS, "scale": [0, 5, 10]}]}, ["0-10, not"]),
        ({"questions": [{**NPS, "scale": [[0], {}]}]}, ["0-10, not"]),
        ({"questions": [NPS, NPS]}, ["same id"]),
        ({"questions": [{**NPS, "id": "x" * 61}]}, ["question 1: id"]),
        ({"questions": [{**NPS, "id": "a\x00b"}]}, ["question 1: id"]),
        ({"questions": [{**NPS, "id": str(n)} for n in range(101)]}, ["at most 100"]),
        (
            {"questions": [{"kind": "smile"}, {"kind": "csat", "scale": [0, 3]}, {**WORDS, "text": ""}]},
            ["question 1: kind", "question 1: text", "question 2: csat", "question 2: text", "question 3: text"],
        ),
    ],
)  # fmt: skip
def test_a_bad_definition_is_told_everything_at_once(definition: dict[str, Any], complaints: list[str]) -> None:
    with pytest.raises(BadSurvey) as bad:
        survey_from(definition)

    assert len(bad.value.complaints) == len(complaints)
    assert all(part in said for part, said in zip(complaints, bad.value.complaints, strict=True))


@pytest.mark.parametrize("kind", SCALES)
def test_a_ready_survey_is_one_score_and_one_comment(kind: Any) -> None:
    survey = survey_from(template(kind, "Harbour"))

    assert [q.kind for q in survey.questions] == [kind, "free_response"]
    assert (survey.scored.low, survey.scored.high) == SCALES[kind][0]
    assert "Harbour" in survey.scored.text


def test_the_next_question_is_the_first_without_an_answer() -> None:
    survey = survey_from({"questions": [NPS, WORDS]})

    asked = [survey.after(answered) for answered in ({}, {"score": 9}, {"why": "x"}, {"score": 9, "why": "x"})]
    assert [q and q.id for q in asked] == ["score", "why", "score", None]


def test_a_survey_knows_its_questions_and_its_length() -> None:
    survey = survey_from({"questions": [WORDS, NPS]})

    assert survey.scored.id == "score"
    assert survey.question("why") == survey.questions[0]
    assert survey.question("who") is None
    assert survey.seconds == 25
