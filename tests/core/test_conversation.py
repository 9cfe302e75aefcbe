"""What is said to whom in a conversation: asked once more at most, and nothing that she said is lost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from server.core.conversation import Move, Standing, heard, nothing_heard, opened
from server.core.surveys import Question, survey_from

TWO = {
    "name": "Two",
    "questions": [
        {"id": "score", "kind": "nps", "text": {"en": "Recommend us?", "de": "Empfehlen Sie uns?"}},
        {"id": "why", "kind": "free_response", "text": {"en": "Why {answer.score}?", "de": "Warum {answer.score}?"}},
    ],
    "thanks": {"text": "Thanks", "groups": {"promoter": "Great"}},
}
CHOICE = {
    "name": "Choice",
    "questions": [
        {"id": "what", "kind": "select_one", "text": "What?", "options": ["Tea", "Milk"], "other": "Something else"},
        {"id": "more", "kind": "select_many", "text": "More?", "options": ["A", "B", "C"], "most": 2},
    ],
}


def fits(question: Question) -> bool:
    return len(question.options) <= 9


def talk(definition: dict[str, Any], said: Sequence[str], language: str = "en") -> tuple[list[Move], Standing]:
    """The moves that follow each thing she says, and where it stands in the end."""
    survey = survey_from(definition, language)
    moves = [opened(Standing(survey), fits)]
    standing, again = Standing(survey), 0
    for each in said:
        asked = moves[-1].question.id if moves[-1].question else ""
        moves.append(heard(Standing(survey, standing.answered, asked=asked, again=again), each, fits))
        again = again + 1 if moves[-1].kind == "again" else 0
        standing = standing.with_answers(moves[-1].given)
    return moves, standing


def test_a_score_a_reason_and_thanks_by_its_group() -> None:
    moves, end = talk(TWO, ["9", "You were fast"])
    assert [move.kind for move in moves] == ["ask", "ask", "thanks"]
    assert moves[1].question
    assert moves[1].question.text == "Why 9?"
    assert end.answered == {"score": 9, "why": "You were fast"}
    assert moves[2].thanks
    assert moves[2].thanks.text == "Great"


@pytest.mark.parametrize("said", ["11", "100", "eight or nine"])
def test_what_is_no_answer_is_asked_once_more(said: str) -> None:
    moves, end = talk(TWO, [said, "8", "So"])
    assert [move.kind for move in moves] == ["ask", "again", "ask", "thanks"]
    assert moves[1].complaint
    assert "0 to 10" in moves[1].complaint.say("en")
    assert end.answered == {"score": 8, "why": "So"}


def test_it_is_asked_no_third_time() -> None:
    moves, end = talk(TWO, ["11", "12"])
    assert [move.kind for move in moves] == ["ask", "again", "page"]
    assert end.answered == {}


def test_a_sentence_instead_of_a_number_is_her_comment() -> None:
    moves, end = talk(TWO, ["Your driver was late and rude", "2"])
    assert [move.kind for move in moves] == ["ask", "again", "thanks"]
    assert moves[1].complaint
    assert moves[1].complaint.key == "reply_as_number"
    assert end.answered == {"score": 2, "why": "Your driver was late and rude"}


def test_two_sentences_are_both_kept() -> None:
    _, end = talk(TWO, ["Your driver was late", "And he was rude to me"])
    assert end.answered == {"why": "Your driver was late\nAnd he was rude to me"}


def test_who_gave_her_reason_with_the_score_is_not_asked_for_it() -> None:
    moves, end = talk(TWO, ["9 because you were fast"])
    assert [move.kind for move in moves] == ["ask", "thanks"]
    assert end.answered == {"score": 9, "why": "9 because you were fast"}


def test_thanks_are_no_reason() -> None:
    moves, end = talk(TWO, ["9 thanks", "Fast"])
    assert [move.kind for move in moves] == ["ask", "ask", "thanks"]
    assert end.answered == {"score": 9, "why": "Fast"}


def test_her_language_speaks_and_is_understood() -> None:
    moves, end = talk(TWO, ["neun", "Schnell"], "de")
    assert moves[0].question
    assert moves[0].question.text == "Empfehlen Sie uns?"
    assert end.answered == {"score": 9, "why": "Schnell"}


@pytest.mark.parametrize(("said", "wish"), [("STOP", "stop"), ("Please don't text me again", "stop"), ("help", "help")])
def test_a_wish_comes_before_every_answer(said: str, wish: str) -> None:
    moves, end = talk(TWO, [said])
    assert (moves[1].kind, moves[1].wish, end.answered) == ("wish", wish, {})


def test_a_sentence_that_ends_it_is_kept_as_her_words_too() -> None:
    moves, end = talk(TWO, ["3", "Too many mails. Please don't text me again"])
    assert moves[2].wish == "stop"
    assert end.answered == {"score": 3, "why": "Too many mails. Please don't text me again"}


def test_words_that_name_no_option_are_her_own() -> None:
    moves, end = talk(CHOICE, ["Cocoa", "1 and 3"])
    assert [move.kind for move in moves] == ["ask", "ask", "thanks"]
    assert end.answered == {"what": {"chosen": ["other"], "other": "Cocoa"}, "more": {"chosen": ["o1", "o3"]}}


def test_more_than_may_be_chosen_is_asked_once_more_and_then_left_out() -> None:
    moves, end = talk(CHOICE, ["2", "1 2 3", "1 2 3"])
    assert [move.kind for move in moves] == ["ask", "ask", "again", "thanks"]
    assert moves[2].complaint
    assert moves[2].complaint.key == "too_many"
    assert end.answered == {"what": {"chosen": ["o2"]}, "more": ""}


def test_what_does_not_fit_is_for_the_page() -> None:
    survey = survey_from(CHOICE)
    assert opened(Standing(survey), lambda question: False).kind == "page"
    move = heard(Standing(survey, asked="what"), "1", lambda question: question.kind == "select_one")
    assert (move.kind, dict(move.given)) == ("page", {"what": ["o1"]})


def test_when_all_is_said_nothing_is_said() -> None:
    survey = survey_from(TWO)
    done = Standing(survey, {"score": 9, "why": "So"})
    assert heard(done, "and 8", fits).kind == "silence"
    assert heard(done, "stop", fits).wish == "stop"


def test_a_question_answered_before_takes_another_answer_when_she_was_asked_it() -> None:
    """She went on at the page, and then answers the text."""
    survey = survey_from(TWO)
    move = heard(Standing(survey, {"score": 9, "why": "So"}, asked="score"), "8", fits)
    assert (move.kind, dict(move.given)) == ("thanks", {"score": 8})


def test_silence_is_asked_once_more_and_is_no_comment() -> None:
    survey = survey_from(TWO)
    assert nothing_heard(Standing(survey), fits).kind == "again"
    assert nothing_heard(Standing(survey, again=1), fits).kind == "page"
    assert nothing_heard(Standing(survey, {"score": 9}), fits).kind == "thanks"
