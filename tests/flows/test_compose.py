"""What is sent: every kind of question by mail and by text message, in her language, with what is known of her."""

from __future__ import annotations

import json
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from channels.channel import Letter, Outgoing
from channels.email.colour import readable
from channels.email.marks import filled
from server.core.surveys import KINDS, survey_from
from server.flows.compose import compose
from server.services import Services
from server.store.surveys import StoredSurvey
from server.store.tables import Invitation, Person, Site
from tests.gallery.states import QUESTIONS

CLICKED = {
    "nps": 11, "enps": 11, "csat": 5, "ces": 7, "stars": 5, "smileys": 5, "thumbs": 2, "pmf": 3, "scale": 5,
    "select_one": 5,
}  # fmt: skip
"""Choices that a mail offers for one click; none for the other kinds, whose link leads to the page."""


def sent(
    services: Services, site: Site, channel: str, properties: dict[str, str], question: Any, texts: str = "link"
) -> Outgoing:
    definition = {"language": "en", "questions": [question], "delivery": {"sms": texts}}
    stored = StoredSurvey(1, site.id, "key", "slug", "live", 1, survey_from(definition), definition)
    row = Invitation(id="one", channel=channel, address="ann@example.com", properties=properties)
    if channel == "sms":
        row.address = "+14155550123"
    return compose(services, site, stored, Person(name="Ann"), row)


def choices(mail: Outgoing) -> list[tuple[str, str]]:
    """What the links of a mail fill in, once each."""
    addresses = {unescape(part.split('"')[0]) for part in (mail.html or "").split('href="')[1:]}
    return sorted(pair for address in addresses for pair in parse_qsl(urlsplit(address).query))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["en", "de", "ar"])
def test_every_kind_of_question_stands_in_a_mail_and_in_a_text(
    services: Services, site: Site, kind: str, language: str
) -> None:
    question = {"id": "q", "kind": kind, **QUESTIONS[kind]}
    words = QUESTIONS[kind]["text"][language]
    mail = sent(services, site, "email", {"locale": language}, question)
    assert f'lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}"' in (mail.html or "")
    assert words in unescape(mail.html or "")
    assert words in mail.text
    assert len(choices(mail)) == CLICKED.get(kind, 0)
    assert {name for name, _ in choices(mail)} <= {"score", "a.q"}
    text = sent(services, site, "sms", {"locale": language}, question)
    assert words in text.text
    assert "/s/" in text.text


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["en", "de", "ar"])
def test_every_kind_of_question_is_asked_by_text_with_how_to_answer(
    services: Services, site: Site, kind: str, language: str
) -> None:
    question = {"id": "q", "kind": kind, **QUESTIONS[kind]}
    text = sent(services, site, "sms", {"locale": language}, question, "conversation").text
    assert text.startswith(f"{site.name}: {QUESTIONS[kind]['text'][language]} ")
    assert "STOP" in text.splitlines()[-1]
    assert "http" not in text


def test_what_lists_more_than_a_text_holds_leads_to_the_page(services: Services, site: Site) -> None:
    question = {"id": "q", "kind": "select_one", "text": "Where?", "options": [f"Town {n}" for n in range(30)]}
    text = sent(services, site, "sms", {}, question, "conversation").text
    assert "/s/" in text
    assert "Town" not in text


@pytest.mark.parametrize("channel", ["email", "sms"])
def test_what_is_known_of_her_stands_in_the_words(services: Services, site: Site, channel: str) -> None:
    question = {"id": "q", "kind": "nps", "text": "{person.name}, how is {property.plan|your plan}?"}
    assert "Ann, how is Pro?" in sent(services, site, channel, {"plan": "Pro"}, question).text
    assert "Ann, how is your plan?" in sent(services, site, channel, {}, question).text


def test_what_is_known_of_her_is_no_markup_in_a_mail(services: Services, site: Site) -> None:
    question = {"id": "q", "kind": "nps", "text": "How is {property.plan}?"}
    mail = sent(services, site, "email", {"plan": "<b>Pro</b>"}, question)
    assert "<b>Pro" not in (mail.html or "")
    assert "How is &lt;b&gt;Pro&lt;/b&gt;?" in (mail.html or "")


NPS = {"id": "q", "kind": "nps", "text": "{person.name|Friend}, would you recommend us?"}


def lines(mail: Outgoing) -> list[str]:
    return [line for line in mail.text.splitlines() if line]


def test_one_letter_goes_to_everybody_who_is_asked_the_same_in_one_language(services: Services, site: Site) -> None:
    said: list[dict[str, str]] = [
        {},
        {"plan": "Pro"},
        {"delighted_email_subject": "Hi"},
        {"delighted_email_subject": "Ho"},
    ]
    mails = [sent(services, site, "email", each, NPS) for each in said]
    assert mails[0].letter is mails[1].letter
    assert mails[2].letter is mails[3].letter
    assert mails[0].letter != mails[2].letter
    german = sent(services, site, "email", {"locale": "de"}, {**NPS, "text": {"en": "Well?", "de": "Na?"}})
    assert german.letter != mails[0].letter


def test_a_letter_and_its_blanks_are_the_mail_and_hold_nothing_of_hers_before(services: Services, site: Site) -> None:
    mail = sent(services, site, "email", {"plan": "Pro"}, NPS)
    assert mail.letter
    assert filled(mail.letter, mail.blanks) == Letter(mail.subject, mail.text, mail.html)
    assert "Ann" not in str(mail.letter)
    assert "/s/" not in str(mail.letter)
    assert len(json.dumps(dict(mail.blanks))) < 1_500


def test_who_needs_more_than_a_provider_takes_beside_a_letter_gets_a_mail_of_her_own(
    services: Services, site: Site
) -> None:
    intro = "Ü" * 2000
    mail = sent(services, site, "email", {"delighted_intro_message": intro}, NPS)
    assert mail.letter is None
    assert mail.blanks == {}
    assert mail.text.count(intro) == 1


def test_what_delighted_said_of_one_request_stands_in_its_mail(services: Services, site: Site) -> None:
    said = {
        "delighted_email_subject": "How was <Berlin>?\r\nBcc: eve@example.com",
        "delighted_intro_message": "Dear Ann,\nthank you for <b>order</b> {property.order}.",
        "question_product_name": "Boxes",
    }
    mail = sent(services, site, "email", said, NPS)
    assert mail.subject == "How was <Berlin>? Bcc: eve@example.com"
    assert "thank you for <b>order</b> {property.order}." in lines(mail)
    assert "Dear Ann,<br>thank you for &lt;b&gt;order&lt;/b&gt; {property.order}." in mail.html
    product = sent(services, site, "email", {"question_product_name": "Boxes"}, NPS)
    assert product.subject == "One question from Boxes"


def test_a_site_s_words_stand_before_ours_and_a_survey_s_before_those(services: Services, site: Site) -> None:
    site.mail = {"subject": {"en": "Harbour asks {person.name|you}"}, "intro": "Ahoy {person.name}!"}
    mail = sent(services, site, "email", {}, NPS)
    assert (mail.subject, lines(mail)[1]) == ("Harbour asks Ann", "Ahoy Ann!")
    definition = {
        "language": "en",
        "questions": [NPS],
        "mail": {"subject": "After your visit", "intro": {"de": "Moin"}},
    }
    stored = StoredSurvey(1, site.id, "key", "slug", "live", 1, survey_from(definition), definition)
    row = Invitation(id="one", channel="email", address="ann@example.com", properties={})
    both = compose(services, site, stored, Person(name="Ann"), row)
    assert (both.subject, lines(both)[1]) == ("After your visit", "Ahoy Ann!")


def test_words_in_another_language_do_not_stand_beside_hers(services: Services, site: Site) -> None:
    site.mail = {"subject": {"en": "Harbour asks you"}, "intro": "Ahoy!"}
    question = {**NPS, "text": {"en": "Well?", "de": "Na?", "fr": "Alors ?"}}
    german = sent(services, site, "email", {"locale": "de_AT"}, question)
    assert (german.subject, lines(german)[1:3]) == ("Eine Frage von Harbour", ["Guten Tag Ann,", "Na?"])
    french = sent(services, site, "email", {"locale": "fr"}, question)
    assert (french.subject, lines(french)[1:3]) == ("Harbour asks you", ["Ahoy!", "Alors ?"])


@pytest.mark.parametrize("locale", ["", "it", "x", "en\r\n", "../../de", "d" * 300])
def test_a_language_that_the_survey_was_not_written_in_is_the_site_s(
    services: Services, site: Site, locale: str
) -> None:
    mail = sent(services, site, "email", {"locale": locale}, NPS)
    assert '<html lang="en" dir="ltr">' in mail.html


def test_the_letterhead_is_on_the_mail(services: Services, site: Site) -> None:
    logo = {"name": f"{'a' * 32}.png", "width": 168, "height": 48}
    site.mail = {
        "sender": 'Harbour "Pots"', "reply_to": "help@harbour.example", "address": "ask@harbour.example",
        "colour": "#b3261e", "footer": "Harbour Ltd\n1 <Quay>", "logo": logo,
    }  # fmt: skip
    mail = sent(services, site, "email", {}, NPS)
    assert mail.sender == '"Harbour \\"Pots\\"" <ask@harbour.example>'
    assert mail.reply_to == "help@harbour.example"
    assert f'src="http://127.0.0.1:8000/pictures/{logo["name"]}" width="168" height="48" alt="Harbour"' in mail.html
    assert "1 &lt;Quay&gt;" in mail.html
    assert lines(mail)[-4:-2] == ["Harbour Ltd", "1 <Quay>"]
    assert readable("#b3261e", "#ffffff") in mail.html


def test_a_sender_that_a_site_may_not_name_any_more_is_left_out(make_services: Any, site: Site) -> None:
    site.mail = {"sender": "Harbour", "address": "ask@harbour.example", "reply_to": "help@pots.example"}
    real = make_services(
        EMAIL_PROVIDER="smtp", SMTP_URL="smtp://relay.example", MAIL_FROM="Ask <ask@ask.example>",
        MAIL_DOMAINS="pots.example, cups.example",
    )  # fmt: skip
    mail = sent(real, site, "email", {}, NPS)
    assert (mail.sender, mail.reply_to) == ('"Harbour" <ask@ask.example>', "help@pots.example")


def test_a_letterhead_that_cannot_be_read_costs_no_mail(services: Services, site: Site) -> None:
    site.mail = {"colour": "red;}"}
    assert "would you recommend us?" in sent(services, site, "email", {}, NPS).text


@pytest.mark.parametrize("kind", KINDS)
def test_no_mail_is_so_long_that_it_is_cut_off(services: Services, site: Site, kind: str) -> None:
    """Gmail cuts at 102 kB."""
    long = "خ" * 2000
    many = [{"id": f"{n}", "text": long} for n in range(50)]
    question = {
        "id": "q" * 60, "kind": kind, "text": long, "hint": long, "low": long, "high": long,
        **({"options": many} if kind in ("select_one", "select_many", "ranking") else {}),
    }  # fmt: skip
    site.mail = {"footer": "خ" * 600, "intro": long}
    mail = sent(services, site, "email", {"delighted_intro_message": "<&>" * 700}, question)
    assert len(mail.html.encode()) < 100_000


def test_more_options_than_are_seen_at_once_are_chosen_from_on_the_page(services: Services, site: Site) -> None:
    for count, clicks in ((12, 12), (13, 0)):
        question = {"id": "q", "kind": "select_one", "text": "Which?", "options": [f"No. {n}" for n in range(count)]}
        assert len(choices(sent(services, site, "email", {}, question))) == clicks
