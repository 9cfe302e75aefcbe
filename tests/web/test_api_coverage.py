"""Coverage by API: what the desk shows beside a score, for programs."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from server.flows.note_held import note_held
from server.flows.set_up import create_key
from server.gate.tally import HeldAsk
from server.services import Services
from server.store.tables import Site
from tests.parts import NOON, Clock, Waiting
from tests.web.parts import Asked, Form, ask, basic

DAY = 86_400
NO_CLICKS = {"clicks": 0, "like_machines": 0, "signals": {}, "counted_on_opening": 0}
TODAY = int(NOON.timestamp()) // DAY * DAY


def covered(client: FlaskClient, key: str, **query: Any) -> Any:
    reply = client.get("/v1/coverage", query_string=query, headers=basic(key))
    assert reply.status_code == 200, reply.text
    return reply.json


@pytest.fixture
def past(services: Services, client: FlaskClient, key: str, queue: Waiting, site: Site, ann: Asked) -> None:
    """Ann answered, and was held in two browsers; Bo did not answer."""
    Form(client.get(ann.survey).text).send(client, button=9)
    ask(services, client, key, queue, "bo@example.org")
    for _ in range(2):
        services.tally.add(HeldAsk(site.id, 1, "widget", "rest_after_answer"))
    note_held(services)


@pytest.mark.both_databases
@pytest.mark.usefixtures("past")
def test_it_says_who_was_asked_and_why_the_others_were_not(client: FlaskClient, key: str) -> None:
    email = {"chances": 2, "asked": 2, "answered": 1, "response_rate": 0.5, "not_asked": 0, "why": {}}
    held = {"not_asked": 2, "why": {"rest_after_answer": 2}}
    widget = {"chances": 2, "asked": 0, "answered": 0, "response_rate": None, **held}
    every = {**email, "chances": 4, **held, "channels": {"email": email, "widget": widget}}
    assert covered(client, key) == {
        "since": TODAY - 30 * DAY,
        "until": TODAY + DAY,
        "surveys": [{"survey": "nps", **every, "clicks": NO_CLICKS}],
    }


@pytest.mark.usefixtures("past")
def test_only_the_days_asked_for_are_counted(client: FlaskClient, key: str, clock: Clock) -> None:
    clock.forward(days=3)
    found = covered(client, key, since=TODAY + DAY, until=TODAY + 2 * DAY)
    assert found == {"since": TODAY + DAY, "until": TODAY + 2 * DAY, "surveys": []}
    assert covered(client, key, since=TODAY + DAY - 1, until=TODAY + DAY)["surveys"][0]["chances"] == 4


def test_a_survey_that_had_no_chance_says_so(client: FlaskClient, key: str) -> None:
    [found] = covered(client, key, survey="nps")["surveys"]
    assert (found["chances"], found["response_rate"], found["channels"]) == (0, None, {})


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"since": "yesterday"}, "since"),
        ({"since": TODAY, "until": TODAY}, "since"),
        ({"since": TODAY + 99 * DAY}, "since"),
        ({"since": 0}, "since"),
        ({"until": -62_135_596_800}, "until"),
        ({"until": "9" * 40}, "until"),
        ({"survey": "\x00"}, "survey"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_a_word(
    client: FlaskClient, key: str, query: dict[str, Any], field: str
) -> None:
    reply = client.get("/v1/coverage", query_string=query, headers=basic(key))
    assert reply.status_code == 422
    assert field in reply.text


def test_a_time_far_ahead_means_now(client: FlaskClient, key: str) -> None:
    assert covered(client, key, since=TODAY, until=253_402_300_799)["since"] == TODAY


def test_a_survey_of_nobody_or_of_another_site_is_not_found(client: FlaskClient, key: str, other: Site) -> None:
    assert client.get("/v1/coverage?survey=gone", headers=basic(key)).status_code == 404
    assert client.get("/v1/coverage").status_code == 401


@pytest.mark.usefixtures("past")
def test_no_site_sees_what_another_one_asked(client: FlaskClient, services: Services, other: Site) -> None:
    assert covered(client, create_key(services, other.id))["surveys"] == []
