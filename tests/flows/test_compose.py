"""What is sent: every kind of question by mail and by text message, in her language, with what is known of her."""

from __future__ import annotations

from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from channels.channel import Outgoing
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


def sent(services: Services, site: Site, channel: str, properties: dict[str, str], question: Any) -> Outgoing:
    definition = {"language": "en", "questions": [question]}
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
