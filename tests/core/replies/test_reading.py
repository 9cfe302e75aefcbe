"""What replies come to, by table."""

from __future__ import annotations

from typing import Any

import pytest

from server.core.replies import Read, read_reply
from server.core.surveys import Question, read, survey_from


def question(kind: str, **more: Any) -> Question:
    return survey_from({"questions": [{"id": "q", "kind": kind, "text": "How was it?", **more}]}).first


NPS = question("nps")
FIVE = question("csat", labels=["Awful", "Bad", "Fair", "Good", "Great"])
ONE = question("select_one", options=["Price", "Speed", "Other people"])
MANY = question("select_many", options=["Price", "Speed", "Staff"])
ORDER = question("ranking", options=["Price", "Speed", "Staff"])


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("9", 9), (" 9 ", 9), ("9.", 9), ("9!", 9), ("10", 10), ("0", 0), ("09", 9), ("9/10", 9), ("9 / 10", 9),
        ("9 out of 10", 9), ("10 out of 10", 10), ("10/10", 10), ("9 von 10", 9), ("nine", 9), ("Nine.", 9),
        ("I'd say nine", 9), ("I’d say nine", 9), ("neun", 9), ("zwo", 2), ("fünf", 5), ("９", 9), ("9️⃣", 9),
        ("⑨", 9), ("٩", 9), ("٩ من ١٠", 9), ("تسعة", 9), ("ثلاثة", 3), ("9 9", 9), ("a 9", 9), ("Score: 7", 7),
        ("zero", 0), ("Ich sage neun", 9),
    ],
)  # fmt: skip
def test_a_number_is_a_number_however_it_is_written(text: str, score: int) -> None:
    language = "ar" if "\u0600" < text[0] < "\u06ff" else "de"
    assert read_reply(NPS, text, language) == Read(score)
    assert read(NPS, read_reply(NPS, text, language).raw) == score


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("9 thanks", 9),
        ("9 great service", 9),
        ("10, because the courier waited for me", 10),
        ("3 because nobody ever called me back", 3),
        ("I would give you a 9 for the service", 9),
        ("7 - the waiting room was cold", 7),
        ("2\nnobody knew about my order at all", 2),
        ("The whole thing was fine, I'd rate it 8", 8),
        ("10 out of 10, the nicest shop in the whole town", 10),
    ],
)
def test_who_says_a_number_and_why_has_said_both(text: str, score: int) -> None:
    assert read_reply(NPS, text, "en") == Read(score, comment=text)


@pytest.mark.parametrize("text", ["11", "100", "-1", "45", "99999999999999999999", "11!"])
def test_a_number_that_is_none_of_these_is_out_of_range(text: str) -> None:
    assert read_reply(NPS, text, "en") == Read(problem="range")


@pytest.mark.parametrize("text", ["nine or ten", "9 or 10", "9-10", "9.5", "8,5", "7 8", "9 10"])
def test_several_numbers_are_unclear(text: str) -> None:
    assert read_reply(NPS, text, "en").problem == "unclear"
    assert read_reply(NPS, text, "en").raw is None


@pytest.mark.parametrize(
    "text",
    [
        "I waited 45 minutes and nobody came", "I waited 5 minutes on the phone", "2 people were rude to my mother",
        "The one thing that I liked was the tea", "It was great, thanks", "5 minuten gewartet und dann nichts", "👋",
        "", "see http://x.example/9",
    ],
)  # fmt: skip
def test_a_sentence_is_kept_as_words_and_no_score_is_made_of_it(text: str) -> None:
    assert read_reply(NPS, text, "de") == Read(comment=text, problem="words")


def test_points_answer_to_their_names() -> None:
    assert read_reply(FIVE, "great!", "en") == Read(5)
    assert read_reply(question("thumbs"), "👍", "en") == Read(1)
    assert read_reply(question("thumbs"), "Nein", "de") == Read(0)
    assert read_reply(question("stars"), "⭐⭐⭐⭐", "en") == Read(4)
    assert read_reply(question("stars"), "*****", "en") == Read(5)


def test_options_by_number_or_by_name() -> None:
    assert read_reply(ONE, "2", "en") == Read(["o2"])
    assert read_reply(ONE, "other people.", "en") == Read(["o3"])
    assert read_reply(ONE, "1 or 2", "en") == Read(problem="unclear")
    assert read_reply(ONE, "4", "en") == Read(problem="range")
    assert read_reply(ONE, "The price was fine with me really", "en").problem == "words"
    for text in ("1 3", "1,3", "1, 3", "1 and 3", "1 & 3", "1.3", "one three"):
        assert read_reply(MANY, text, "en") == Read(["o1", "o3"]), text


def test_an_order_by_its_numbers() -> None:
    for text in ("2 1 3", "2,1,3", "213", "2. 1. 3.", "2 > 1 > 3"):
        assert read_reply(ORDER, text, "en") == Read(["o2", "o1", "o3"]), text
    assert read_reply(ORDER, "4 1 2", "en") == Read(problem="range")


def test_words_contacts_and_what_is_left_out() -> None:
    assert read_reply(question("free_response"), " Fine, 10 times ", "en") == Read("Fine, 10 times")
    assert read_reply(question("free_response"), "Skip", "en") == Read("")
    said = read_reply(question("contact"), "Ann Lee <ann@example.com>", "en")
    assert said == Read({"name": "Ann Lee", "email": "ann@example.com"})
    assert read_reply(question("contact"), "ann@example.com.", "en") == Read({"email": "ann@example.com"})
    assert read_reply(ONE, "skip", "en") == Read("")
    assert read_reply(NPS, "skip", "en").problem == "words"


def test_long_nonsense_is_read_in_no_time() -> None:
    for text in ("9" * 100_000, "nine or " * 50_000, "a@" * 50_000, "*" * 100_000):
        for asked in (NPS, MANY, ORDER, question("contact"), question("stars")):
            assert read_reply(asked, text, "en") is not None
