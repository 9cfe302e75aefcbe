"""One survey on a page, by mail, by text and by phone, and begun on one road and finished on another: one response,
and always the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from re import findall
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from server.flows.make_survey import publish, save
from server.flows.set_up import create_key
from server.services import Services, mailbox
from server.store.tables import Answer, Response
from tests.calls.house import SURVEY, House, house
from tests.parts import Clock, Waiting
from tests.talks.conftest import INBOUND
from tests.web.parts import Form, basic, rows

ANN, MAIL = "+447700900111", "ann@example.com"
BY_FORM = {"score": "9", "about": "parcel", "why": "Fast"}
STORED = ("nps", 9, "Fast", [("score", 9, None, None), ("about", None, None, ["parcel"]), ("why", None, "Fast", None)])
pytestmark = pytest.mark.both_databases


@dataclass
class Roads:
    """A site whose one survey can be answered on each of them, and what somebody does who answers it there."""

    line: House
    clock: Clock
    key: str

    def ask(self, channel: str, **who: str) -> None:
        """A program invites her, and what is to be sent is sent."""
        self.call("/v1/people", json.dumps({"channel": channel, **who}).encode(), "application/json")
        self.line.work()

    def call(self, path: str, body: bytes | None = None, kind: str = "application/x-www-form-urlencoded") -> str:
        url = path if path.startswith("http") else self.line.url + path
        headers = {"Content-Type": kind, **(basic(self.key) if "json" in kind else {})}
        with urlopen(Request(url, body, headers), timeout=60) as answered:
            return str(answered.read().decode())

    def page(self, link: str, steps: int) -> None:
        """She opens the page and answers what it asks, from page to page; each form asks one question."""
        page = self.call(link)
        for _ in range(steps):
            page = self.answer(page)

    def answer(self, page: str) -> str:
        """What comes of the page's form, filled in and sent."""
        form = Form(page)
        question = form.fields["asked"]
        said = {**form.fields, f"a.{question}": BY_FORM[question]}
        return self.call(form.action, urlencode(said).encode())

    def texts(self, *words: str) -> str:
        """What came back of the last one."""
        for each in words:
            self.clock.forward(seconds=5)
            wrote = self.line.twilio.write(ANN, each)
        return " ".join(said.text for said in wrote.said)

    def mailed(self) -> str:
        """The text of the one mail that was sent."""
        (letter,) = mailbox(self.line.services.settings, "email").read()
        return str(letter["text"])


def link_in(words: str) -> str:
    (link,) = findall(r"https?://\S+/s/\S+", words)
    return str(link)


def stored(response: Response, answers: list[Answer]) -> tuple[Any, ...]:
    """Everything that is kept of what she said, without who, when and where."""
    said = [
        (row.question_id, row.number, row.words, row.parts and row.parts["chosen"])
        for row in sorted(answers, key=lambda row: list(BY_FORM).index(row.question_id))
    ]
    return response.kind, response.score, response.comment, said


def on_the_page(roads: Roads) -> None:
    roads.page(f"/l/{roads.line.survey.key}", 3)


def by_mail(roads: Roads) -> None:
    roads.ask("email", email=MAIL)
    (link,) = set(findall(r"https?://[^\s\"&?]+/s/[\w.-]+", roads.mailed()))
    page = roads.call(f"{link}?score=9")
    assert Form(page).fields["asked"] == "score"
    roads.answer(page)
    roads.page(link, 2)


def by_text(roads: Roads) -> None:
    roads.ask("sms", phone_number=ANN)
    roads.texts("nine", "A parcel", "Fast")


def by_phone(roads: Roads) -> None:
    roads.line.hand_over(ANN, "9#; 2#; speak 3 Fast", "")


def by_text_then_page(roads: Roads) -> None:
    roads.ask("sms", phone_number=ANN)
    roads.page(link_in(roads.texts("9", "77", "77")), 2)  # there is no parcel 77, twice: the page may help


def by_phone_then_page(roads: Roads) -> None:
    roads.line.hand_over(ANN, "9#; *", "")
    roads.line.work()
    roads.page(link_in(str(roads.line.twilio.messages[-1]["body"])), 2)


@pytest.fixture
def roads(make_services: Callable[..., Services], queue: Waiting, clock: Clock) -> Iterator[Roads]:
    with house(make_services, queue) as line:
        services, site = line.services, line.site
        line.twilio.phones.url = line.url + INBOUND
        questions = [{**each, "required": True} for each in SURVEY["questions"]]
        survey = {**SURVEY, "questions": questions, "delivery": {"sms": "conversation"}}
        save(services, site.id, site.default_survey or 0, survey, "the team")
        publish(services, site.id, site.default_survey or 0, "the team")
        yield Roads(line, clock, create_key(services, site.id))


@pytest.mark.parametrize("walk", [on_the_page, by_mail, by_text, by_phone, by_text_then_page, by_phone_then_page])
def test_on_every_road_it_is_one_response_and_the_same(roads: Roads, walk: Callable[[Roads], None]) -> None:
    walk(roads)
    (response,) = rows(roads.line.services, Response)
    assert stored(response, rows(roads.line.services, Answer)) == STORED
