"""Centres that speak themselves: the survey as a sheet, a call that is announced, answers under one key."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from server.app import create_app
from server.flows.answer import answer
from server.flows.call.expect import Announced, expect
from server.flows.set_up import create_key
from server.store.tables import Response
from tests.calls.house import House
from tests.web.parts import basic, rows

ANN, BOB = "+447700900111", "+447700900222"


@pytest.fixture
def api(line: House) -> FlaskClient:
    client = create_app(line.services).test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = basic(create_key(line.services, line.site.id))["Authorization"]
    return client


def test_the_sheet_has_every_prompt_and_key(api: FlaskClient) -> None:
    sheet: Any = api.get("/v1/surveys/phone/ivr").json
    score, about, why = sheet["questions"]

    assert sheet["opening"] == "Hello, this is Harbour, with a short survey. Takes about 35 seconds."
    assert score["keys"] == {str(n): n for n in range(11)}
    assert score["prompt"].startswith("How likely are you to recommend us? Press a number from 0 to 10")
    assert about["keys"] == {"1": ["bill"], "2": ["parcel"], "3": ["else"]}
    assert (why["takes"], why["keys"], why["fits"]) == ("recording", {}, True)
    assert sheet["thanks"]["groups"] == {"detractor": "We are sorry, and thank you."}
    assert "nine" in score["hints"]


def test_the_sheet_speaks_other_languages(api: FlaskClient) -> None:
    sheet: Any = api.get("/v1/surveys/phone/ivr.json?language=de-AT").json
    assert (sheet["language"], sheet["listens"]) == ("de-AT", "de-AT")
    assert sheet["questions"][1]["prompt"].startswith("Worum ging es?")
    assert api.get("/v1/surveys/nothing/ivr").status_code == 404


def test_what_the_sheet_says_is_sent_is_taken(line: House, api: FlaskClient) -> None:
    """Question by question under one key, told twice: one response, as if she had pressed the keys here."""
    sheet: Any = api.get("/v1/surveys/phone/ivr").json
    person: Any = api.post("/v1/people", json={"phone_number": BOB, "channel": "sms", "send": False}).json
    for question, key in (("score", "9"), ("about", "2"), ("about", "2")):
        keys = next(q["keys"] for q in sheet["questions"] if q["id"] == question)
        told = {"person": person["id"], "survey": "phone", "channel": "phone", "answers": {question: keys[key]}}
        reply = api.post("/v1/survey_responses", json=told, headers={"Idempotency-Key": "contact-7"})
        assert reply.status_code == 201, reply.text
    line.hand_over(ANN, "9#; 2#; hang up")

    theirs, ours = sorted(rows(line.services, Response), key=lambda row: row.id)
    assert (theirs.score, theirs.channel, theirs.survey_id) == (ours.score, ours.channel, ours.survey_id)
    listed: Any = api.get("/v1/survey_responses").json
    assert listed[0]["answers"] == listed[1]["answers"] == {"score": 9, "about": {"chosen": ["parcel"]}}


def test_the_same_survey_on_a_page_and_by_phone_is_the_same_response(line: House, api: FlaskClient) -> None:
    line.hand_over(ANN, "7#; 3#; speak 3 Slow")
    page = create_app(line.services).test_client().get(f"/l/{line.survey.key}").text
    token = page.partition('action="/s/')[2].partition('"')[0].partition("?")[0]
    answer(line.services, token, {"score": "7", "about": "else", "why": "Slow"})

    listed: Any = api.get("/v1/survey_responses").json
    said = [(row["score"], row["comment"], row["survey_type"], row["answers"]) for row in listed]
    assert said == [(7, "Slow", "nps", {"score": 7, "about": {"chosen": ["else"]}, "why": "Slow"})] * 2


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({}, "phone"),
        ({"phone": "12"}, "phone"),
        ({"person": {"name": "Ann"}}, "person"),
        ({"person": "Ann"}, "person"),
        ({"phone": ANN, "person": {"email": "no"}}, "person.email"),
        ({"phone": ANN, "properties": []}, ""),
        ({"phone": ANN, "properties": "x"}, "properties"),
        ({"phone": ANN, "survey": "nothing"}, "survey"),
    ],
)
def test_what_cannot_be_announced_says_why(api: FlaskClient, said: dict[str, Any], field: str) -> None:
    reply: Any = api.post("/v1/calls", json=said)
    assert reply.status_code == (422 if field else 201), reply.text
    assert list(reply.json.get("errors", {})) == ([field] if field else [])


def test_an_announced_call_says_how_it_will_be_known(line: House, api: FlaskClient) -> None:
    made: Any = api.post("/v1/calls", json={"phone": ANN, "person": {"name": "Ann"}, "survey": "phone"}).json

    assert made["address"] == f"{line.url}/calls/{line.site.key}"
    assert made["pin"].isdigit()
    assert len(made["pin"]) == 6
    line.hand_over(BOB, "9#; hang up", f"?token={made['token']}")
    assert line.stored(BOB) == {"score": 9}


def test_pins_of_open_calls_differ(line: House) -> None:
    pins = [expect(line.services, line.site.id, Announced((), phone=ANN)).pin for _ in range(50)]
    assert len(set(pins)) == 50
