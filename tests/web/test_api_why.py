"""Why by API: the command's verdict, for programs."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from server.flows.explain import explain
from server.flows.set_up import create_key
from server.gate.words import as_json, sentences
from server.services import Services
from server.store.tables import Site
from tests.web.parts import Asked, basic, everything


@pytest.mark.both_databases
@pytest.mark.parametrize("path", ["/v1/why", "/v1/why.json"])
def test_it_is_the_verdict_that_a_send_would_meet(
    client: FlaskClient, key: str, services: Services, site: Site, ann: Asked, path: str
) -> None:
    before = everything(services)
    found = client.get(path, query_string={"person": " Ann@Example.org "}, headers=basic(key))
    expected = explain(services, site.id, "ann@example.org", None).verdict
    assert found.status_code == 200
    assert found.json == {
        "person": {"id": "1", "email": "ann@example.org"},
        "survey": "nps",
        "channel": "email",
        "planned": [],
        **as_json(expected),
        "sentences": sentences(expected),
    }
    assert (found.json["allowed"], found.json["held_by"]) == (False, "rest")
    assert any(line.startswith("held  rest") for line in found.json["sentences"])
    assert everything(services) == before


def test_survey_and_channel_may_be_named(client: FlaskClient, key: str, ann: Asked) -> None:
    client.post(ann.stop, data={"scope": "channel"})
    for channel, consents in (("email", False), ("sms", True), ("widget", True), ("view", True), ("link", True)):
        query = {"person": "ann@example.org", "survey": "nps", "channel": channel}
        found = client.get("/v1/why", query_string=query, headers=basic(key)).json
        assert found
        assert (found["survey"], found["channel"]) == ("nps", channel)
        assert {rule["rule"]: rule["passed"] for rule in found["rules"]}["consent"] is consents


def test_a_number_is_a_person_too(client: FlaskClient, key: str) -> None:
    client.post("/v1/people", json={"phone_number": "+447700900123", "channel": "sms"}, headers=basic(key))
    found = client.get("/v1/why", query_string={"person": "+44 7700 900123", "channel": "sms"}, headers=basic(key))
    assert found.json
    assert (found.json["person"]["phone"], found.json["allowed"]) == ("+447700900123", True)


@pytest.mark.parametrize(
    ("person", "survey", "says"),
    [
        ("bo@example.org", "", "nobody here is known as bo@example.org"),
        ("+14155550000", "", "nobody here"),
        ("no-such-user", "", "nobody here"),
        ("ann@example.org", "csat", "there is no survey 'csat'"),
        ("ann@example.org", "9" * 200, "there is no survey"),
    ],
)
def test_who_or_what_is_not_there_is_a_404(
    client: FlaskClient, key: str, ann: Asked, person: str, survey: str, says: str
) -> None:
    absent = client.get("/v1/why", query_string={"person": person, "survey": survey}, headers=basic(key))
    assert (absent.status_code, absent.mimetype) == (404, "application/json")
    assert absent.json
    assert absent.json["status"] == 404
    assert absent.json["message"].startswith(says)


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "person"),
        ({"person": " "}, "person"),
        ({"person": "a\0b"}, "person"),
        ({"person": "x" * 256}, "person"),
        ({"person": "ann@example.org", "survey": "a\0b"}, "survey"),
        ({"person": "ann@example.org", "survey": "x" * 256}, "survey"),
        ({"person": "ann@example.org", "channel": "fax"}, "channel"),
        ({"person": "ann@example.org", "channel": "\0"}, "channel"),
    ],
)
def test_nonsense_is_named(client: FlaskClient, key: str, ann: Asked, query: dict[str, str], field: str) -> None:
    refused = client.get("/v1/why", query_string=query, headers=basic(key))
    assert refused.status_code == 422
    assert refused.json
    assert list(refused.json["errors"]) == [field]


def test_only_a_key_of_the_person_s_site_is_told(
    client: FlaskClient, services: Services, ann: Asked, other: Site
) -> None:
    assert client.get("/v1/why?person=ann@example.org").status_code == 401
    stranger = basic(create_key(services, other.id))
    assert client.get("/v1/why?person=ann@example.org", headers=stranger).status_code == 404
