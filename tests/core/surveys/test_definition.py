"""A survey asks on known scales, in the words of its author, and a bad definition is told all that is wrong with it."""

from __future__ import annotations

from typing import Any

import pytest

from server.core.surveys import SCALES, TEMPLATES, BadSurvey, survey_from, template

NPS = {"id": "score", "kind": "nps", "text": "How likely?"}
WORDS = {"id": "why", "kind": "free_response", "text": "Why?"}
PICK = {"id": "pick", "kind": "select_one", "text": "Which?", "options": ["Red", "Blue"]}
LATER = {**WORDS, "when": [{"question": "score", "group": ["detractor"]}]}


@pytest.mark.parametrize(
    ("definition", "complaints"),
    [
        ({}, ["at least one question"]),
        ({"questions": None}, ["at least one question"]),
        ({"questions": 5}, ["must be a list", "at least one question"]),
        ({"questions": {"nps": 1}}, ["must be a list", "at least one question"]),
        ({"questions": ["nps"]}, ["question 1: kind", "question 1: text"]),
        ({"questions": [{**NPS, "kind": ["nps"]}]}, ["question 1: kind"]),
        ({"questions": [{**NPS, "scale": [1, 5]}]}, ["0-10, not 1-5"]),
        ({"questions": [{**NPS, "scale": 5}]}, ["0-10, not 5"]),
        ({"questions": [{**NPS, "scale": [0, 5, 10]}]}, ["0-10, not"]),
        ({"questions": [{**NPS, "scale": [[0], {}]}]}, ["0-10, not"]),
        ({"questions": [{"kind": "scale", "text": "?", "scale": [0, 11]}]}, ["at most 10, not 0-11"]),
        ({"questions": [NPS, NPS]}, ["same id"]),
        ({"questions": [{**NPS, "id": "x" * 61}]}, ["question 1: id"]),
        ({"questions": [{**NPS, "id": "a\x00b"}]}, ["question 1: id"]),
        ({"questions": [{**NPS, "id": str(n)} for n in range(101)]}, ["at most 100"]),
        ({"questions": [{**PICK, "options": ["Red"]}]}, ["options must be a list of 2 to 50"]),
        ({"questions": [{**PICK, "options": {"a": "Red"}}]}, ["options must be a list"]),
        ({"questions": [{**PICK, "options": ["Red", ""]}]}, ["option 2 has no text"]),
        ({"questions": [{**PICK, "options": [{"id": "a", "text": "A"}, {"id": "a", "text": "B"}]}]}, ["same id"]),
        ({"questions": [{**PICK, "kind": "select_many", "most": 3}]}, ["most must be a number of options"]),
        ({"questions": [{**NPS, "labels": ["bad", "good"]}]}, ["each of its 11 points"]),
        ({"questions": [{"kind": "contact", "text": "Who?", "fields": ["phone"]}]}, ["fields must be"]),
        ({"questions": [LATER]}, ["looks at 'score', which is not asked before it"]),
        ({"questions": [{**WORDS, "text": "Why {answer.score}?"}]}, ["wants the answer to 'score'"]),
        ({"questions": [NPS, {**WORDS, "when": "always"}]}, ["when must be a list"]),
        ({"questions": [NPS, {**WORDS, "when": [{}]}]}, ["one question or one property", "says one of"]),
        ({"questions": [NPS, {**WORDS, "when": [{"question": "score", "is": 9}]}]}, ["is must be a list"]),
        ({"questions": [NPS, {**WORDS, "when": [{"question": "score", "from": "9"}]}]}, ["must be numbers"]),
        ({"questions": [NPS, {**WORDS, "when": [{"question": "score", "is": ["9"], "to": 9}]}]}, ["says one of"]),
        ({"questions": [NPS, {**WORDS, "when": [{"question": "score", "over": 9}]}]}, ["has no over", "says one of"]),
        ({"questions": [NPS], "language": "Klingon!"}, ["language must be a tag"]),
        ({"questions": [{**NPS, "text": {"en": "Hi", "???": "no"}}]}, ["object by language", "text is missing"]),
        ({"questions": [{**NPS, "text": "x" * 2001}]}, ["at most 2000"]),
        (
            {"questions": [{"kind": "smile"}, {"kind": "csat", "scale": [0, 3]}, {**WORDS, "text": ""}]},
            ["question 1: kind", "question 1: text", "question 2: csat", "question 2: text", "question 3: text"],
        ),
    ],
)
def test_a_bad_definition_is_told_everything_at_once(definition: dict[str, Any], complaints: list[str]) -> None:
    with pytest.raises(BadSurvey) as bad:
        survey_from(definition)

    assert len(bad.value.complaints) == len(complaints), bad.value.complaints
    assert all(part in said for part, said in zip(complaints, bad.value.complaints, strict=True))


@pytest.mark.parametrize("name", TEMPLATES)
@pytest.mark.parametrize("language", ["en", "de"])
def test_every_template_is_a_survey_in_both_languages(name: str, language: str) -> None:
    both, alone = survey_from(template(name, "Harbour"), language), survey_from(template(name, "Harbour", language))

    assert both.questions == alone.questions
    assert both.languages == {"en", "de"}
    assert alone.languages == {language}
    assert "{brand}" not in str(both)
    assert both.seconds <= 60


@pytest.mark.parametrize("kind", ["nps", "csat", "ces", "enps", "pmf", "stars"])
def test_the_classic_ones_are_one_score_and_one_comment(kind: Any) -> None:
    survey = survey_from(template(kind, "Harbour"))

    assert [q.kind for q in survey.questions] == [kind, "free_response"]
    assert survey.scored
    assert (survey.scored.low, survey.scored.high) == SCALES[kind][0]
    assert "Harbour" in survey.scored.text


def test_a_text_is_told_in_her_language_else_in_the_surveys_own() -> None:
    texts = {"de": "Warum?", "en": "Why?", "pt-BR": "Por quê?"}
    definition = {"language": "de", "questions": [{**WORDS, "text": texts}]}

    said = [survey_from(definition, language).first.text for language in ("en", "en-GB", "pt-BR", "pt", "fr", "")]
    assert said == ["Why?", "Why?", "Por quê?", "Warum?", "Warum?", "Warum?"]
    assert survey_from(definition).languages == {"de", "en", "pt-BR"}


def test_options_keep_their_ids_whatever_they_are_called() -> None:
    named = [{"id": "red", "text": {"en": "Red", "de": "Rot"}}, "Blue"]
    survey = survey_from({"questions": [{**PICK, "options": named, "other": "Another"}]}, "de")

    assert [(o.id, o.text) for o in survey.first.options] == [("red", "Rot"), ("o2", "Blue"), ("other", "Another")]


def test_a_survey_knows_its_questions_and_its_length() -> None:
    survey = survey_from({"questions": [WORDS, NPS, {**LATER, "id": "more"}]})

    assert survey.scored == survey.question("score")
    assert survey.comment == survey.question("why") == survey.first
    assert survey.question("who") is None
    assert survey.seconds == 20 + 5 + 10


def test_a_survey_need_not_have_a_score() -> None:
    survey = survey_from({"questions": [PICK]})

    assert (survey.scored, survey.comment, survey.first.id) == (None, None, "pick")
