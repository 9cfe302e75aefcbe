"""A letterhead is taken whole, or refused with what is wrong with each part of it."""

from __future__ import annotations

from typing import Any

import pytest

from server.core.letterhead import BadLetterhead, Letterhead, Picture, letterhead_from
from server.core.surveys import BadSurvey, survey_from
from server.core.surveys.mail import MailWords

LOGO: dict[str, Any] = {"name": f"{'0' * 32}.png", "width": 10, "height": 5}


def test_nothing_said_leaves_everything_to_the_server() -> None:
    assert letterhead_from(None, "en") == letterhead_from({}, "en") == Letterhead()


def test_everything_said_is_kept_in_its_normal_form() -> None:
    said = {
        "sender": " Harbour  Pottery ", "address": "ASK@Harbour.example", "reply_to": "help@harbour.example",
        "colour": "#B3261E", "subject": {"en": "How  was it?", "de": "Wie war es?"}, "intro": "Ahoy",
        "footer": " Harbour Ltd \r\n\r\n 1 Quay ", "logo": LOGO,
    }  # fmt: skip
    assert letterhead_from(said, "en", "de", {"harbour.example"}) == Letterhead(
        "Harbour Pottery", "ask@harbour.example", "help@harbour.example", "#b3261e", MailWords("Wie war es?", ""),
        "Harbour Ltd\n\n1 Quay", Picture(f"{'0' * 32}.png", 10, 5),
    )  # fmt: skip
    assert letterhead_from(said, "en").words == MailWords("How was it?", "Ahoy")


@pytest.mark.parametrize(
    ("said", "part"),
    [
        ([], ""),
        ({"logos": 1}, ""),
        ({"sender": "x" * 79}, "sender"),
        ({"sender": "Harbour\x00"}, "sender"),
        ({"address": "harbour"}, "address"),
        ({"address": "ask@elsewhere.example"}, "address"),
        ({"reply_to": "a@b\r\nBcc: c@d.example"}, "reply_to"),
        ({"reply_to": "help@elsewhere.example"}, "reply_to"),
        ({"colour": "red;}"}, "colour"),
        ({"colour": 1}, "colour"),
        ({"subject": "x" * 201}, "subject"),
        ({"subject": {"en": "fine", "de": "x" * 201}}, "subject"),
        ({"subject": "How was {answer.q1}?"}, "subject"),
        ({"subject": {"No language": "x"}}, "subject"),
        ({"intro": "x" * 2001}, "intro"),
        ({"footer": "\n".join("123456789")}, "footer"),
        ({"footer": "x" * 601}, "footer"),
        ({"logo": {**LOGO, "name": "../../etc/passwd"}}, "logo"),
        ({"logo": {**LOGO, "name": f"{'0' * 32}.svg"}}, "logo"),
        ({"logo": {**LOGO, "width": 0}}, "logo"),
        ({"logo": "https://elsewhere.example/logo.png"}, "logo"),
    ],
)
def test_what_is_wrong_is_said_of_the_part_that_it_is_about(said: Any, part: str) -> None:
    with pytest.raises(BadLetterhead) as why:
        letterhead_from(said, "en", domains={"harbour.example"})
    assert list(why.value.complaints) == [part]


def test_a_survey_has_words_for_its_mail_in_the_languages_of_its_author() -> None:
    asked = {"language": "en", "questions": [{"kind": "nps", "text": {"en": "Well?", "de": "Na?"}}]}
    said = {**asked, "mail": {"subject": {"en": "One thing", "de": "Eine Sache"}, "intro": "Ahoy"}}
    assert survey_from(said).mail == MailWords("One thing", "Ahoy")
    assert survey_from(said, "de").mail == MailWords("Eine Sache", "")
    assert survey_from(said, "fr").mail == MailWords("One thing", "Ahoy")
    assert survey_from(asked).mail == MailWords()


@pytest.mark.parametrize("mail", ["x", [], {"subject": "x" * 201}, {"intro": "{answer.q1}"}])
def test_a_survey_with_bad_words_for_its_mail_is_refused(mail: Any) -> None:
    with pytest.raises(BadSurvey) as why:
        survey_from({"questions": [{"kind": "nps", "text": "Well?"}], "mail": mail})
    assert [complaint for complaint in why.value.complaints if not complaint.startswith("mail")] == []
