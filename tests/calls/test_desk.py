"""The desk: a call word by word beside its response, and its recording, for the team of its site alone."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from server.app import create_app
from server.core.surveys import BadSurvey
from server.flows.make_survey import read_survey
from server.flows.set_up import create_site
from server.store.tables import RecordingRow
from server.web.desk import survey_delivery
from tests.calls.house import House
from tests.web.parts import rows, signed_in

ANN = "+447700900111"


@pytest.fixture
def desk(line: House) -> FlaskClient:
    return signed_in(line.services, create_app(line.services).test_client())


def words(text: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def test_a_call_stands_beside_its_response(line: House, desk: FlaskClient) -> None:
    line.hand_over(ANN, "100#; say nine; silence; 2#; speak 12 Lovely")
    latest = desk.get("/desk").text
    person = re.search(r'href="(/desk/people/\d+[^"]*)#call-\d+"', latest)
    assert person

    page = words(desk.get(person[1]).text)
    said = [
        "Hello, this is Harbour, with a short survey.", "pressed 100", "Please choose a number from 0 to 10.", "“nine”",
        "What was it about?", "silence", "We have not heard you.", "pressed 2", "What you say is recorded.", "“Lovely”",
        "Thank you.", "Goodbye.",
    ]  # fmt: skip
    places = [page.index(each) for each in said]
    assert places == sorted(places)


def test_a_call_without_an_answer_stands_with_the_ask(line: House, desk: FlaskClient) -> None:
    line.hand_over(ANN, "hang up")
    (row,) = line.asked(ANN)
    page = words(desk.get(f"/desk/people/{row.person_id}").text)
    assert "The call, word by word" in page
    assert "on the line" in page


def test_what_she_said_after_the_tone_is_played(line: House, desk: FlaskClient) -> None:
    line.hand_over(ANN, "9#; 1#; speak 4")
    latest = desk.get("/desk").text
    assert "The recording is on its way (4 seconds)" in words(latest)
    assert "No comment" not in latest

    line.work()
    (row,) = rows(line.services, RecordingRow)
    found = re.search(r'<audio controls preload="none" src="([^"]+)"', desk.get("/desk").text)
    assert found
    reply = desk.get(found[1])
    assert (reply.status_code, reply.content_type, reply.data) == (200, "audio/mpeg", row.body)
    assert "media-src 'self'" in desk.get("/desk").headers["Content-Security-Policy"]


def test_another_site_and_strangers_hear_nothing(line: House, desk: FlaskClient) -> None:
    line.hand_over(ANN, "9#; 1#; speak 4")
    line.work()
    (row,) = rows(line.services, RecordingRow)
    other = create_site(line.services, "Elsewhere")

    assert desk.get(f"/desk/recordings/{row.id}?site={other.key}").status_code == 404
    assert desk.get("/desk/recordings/999").status_code == 404
    stranger = create_app(line.services).test_client().get(f"/desk/recordings/{row.id}")
    assert stranger.status_code in (302, 303)
    assert row.body not in stranger.data


def test_the_form_of_a_survey_says_how_calls_speak(line: House, desk: FlaskClient) -> None:
    page = desk.get(f"/desk/surveys/{line.survey.id}").text
    assert 'name="delivery.phone.voice"' in page
    form = {"delivery.first": "phone", "delivery.phone.voice": "Polly.Amy", "delivery.phone.accent": "en-AU"}
    definition = dict(line.survey.definition)
    survey_delivery.read(MultiDict(form), definition, "en", "en")
    phone = read_survey(definition).delivery.phone

    assert definition["delivery"]["phone"] == {"voice": "Polly.Amy", "accent": "en-AU"}
    assert (phone.voice, phone.accent) == ("Polly.Amy", "en-AU")
    with pytest.raises(BadSurvey, match="voice must look like Polly"):
        read_survey({**definition, "delivery": {"phone": {"voice": "Amy <b>"}}})


def test_the_address_for_calls_is_shown_where_providers_are(line: House, desk: FlaskClient) -> None:
    assert f"{line.url}/calls/{line.site.key}" in desk.get("/desk/providers").text
