"""The team reads what was said, in both directions, beside what came of it."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from server.app import create_app
from tests.talks.conftest import House
from tests.talks.surveys import NPS, TALKS
from tests.web.parts import signed_in

ANN, BOB = "+447700900001", "+447700900002"


@pytest.fixture
def desk(house: House) -> FlaskClient:
    house.site("Harbour", NPS)
    return signed_in(house.services, create_app(house.services).test_client())


def turns(page: str) -> list[tuple[str, str, str]]:
    """Of each thing that was said: whose it is, its words, and what stands below."""
    found = re.findall(r'<li class="(us|her)">.*?</span>(.*?)</p>\s*<p class="more">(.*?)</p>', page, re.DOTALL)
    return [(side, words, re.sub(r"<[^>]+>", "", below).strip()) for side, words, below in found]


def test_the_conversation_stands_beside_the_response(house: House, desk: FlaskClient) -> None:
    house.ask("Harbour", ANN)
    house.says(ANN, "9 <b>")
    house.twilio.script = ("undelivered:30005",)
    house.twilio.deliver_callbacks()
    house.says(ANN, "Please don't text me again")
    latest = desk.get("/desk").text
    [link] = re.findall(r'<a href="(/desk/people/\d+[^"]*#talk-\d+)">Conversation</a>', latest)
    said = turns(desk.get(link.replace("&amp;", "&")).text)
    assert [each[0] for each in said] == ["us", "her", "us", "her", "us"]
    assert said[1][1] == "9 &lt;b&gt;"
    assert said[2][2].endswith("not delivered: there is no such number (30005)")
    assert said[3][2].endswith("says no")
    assert said[4][2].endswith("on its way")


def test_who_said_something_that_is_no_answer_is_heard_too(house: House, desk: FlaskClient) -> None:
    house.ask("Harbour", BOB)
    house.says(BOB, "11")
    [person] = set(re.findall(r'href="(/desk/people/\d+[^"]*)"', desk.get("/desk/people").text))
    said = turns(desk.get(person.replace("&amp;", "&")).text)
    assert [words for _, words, _ in said][1:] == ["11", "Please choose a number from 0 to 10."]
    assert "Conversation</a>" not in desk.get("/desk").text


def test_whether_she_may_be_asked_is_told_for_the_way_that_the_survey_takes(house: House, desk: FlaskClient) -> None:
    house.write("Harbour", {**NPS, "delivery": {**TALKS, "channels": ["phone", "email"]}})
    house.ask("Harbour", BOB, email="bob@example.com")
    assert "by phone</span>" in desk.get("/desk/people/1").text
    assert "Asked by text message on" in desk.get("/desk/people/1").text


def test_a_text_with_a_link_that_nobody_answered_is_no_conversation(house: House, desk: FlaskClient) -> None:
    house.ask("Harbour", BOB)
    assert 'class="talk"' not in desk.get("/desk/people/1").text
