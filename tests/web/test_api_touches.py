"""Contacts by API: one or a thousand, JSON or form, told once or again."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server.app import BODY_MAX
from server.flows.set_up import create_key
from server.services import Services
from server.store.tables import Identifier, Person, Site, TouchRow
from server.web.api import touches
from tests.parts import NOON, Clock, Waiting
from tests.web.parts import basic, everything, rows

NOW = int(NOON.timestamp())

ONE = {"id": "n1", "kind": "external", "channel": "newsletter", "at": NOW - 60, "person": {"email": "Ann@Example.org"}}


def tell(client: FlaskClient, key: str, said: Any, path: str = "/v1/touches") -> TestResponse:
    return client.post(path, json=said, headers=basic(key))


def many(n: int, **more: Any) -> dict[str, Any]:
    return {"touches": [{**ONE, "id": str(i), **more} for i in range(n)]}


@pytest.mark.both_databases
@pytest.mark.parametrize("path", ["/v1/touches", "/v1/touches.json"])
def test_one_contact_is_new_once_and_then_known(client: FlaskClient, key: str, services: Services, path: str) -> None:
    for status, accepted, known in ((201, 1, 0), (200, 0, 1), (200, 0, 1)):
        made = tell(client, key, ONE, path)
        assert (made.status_code, made.json) == (
            status, {"accepted": accepted, "known": known, "ignored": 0, "errors": []},
        )  # fmt: skip
    assert [(t.kind, t.channel, int(t.at.timestamp())) for t in rows(services, TouchRow)] == [
        ("external", "newsletter", NOW - 60)
    ]
    assert [i.value for i in rows(services, Identifier)] == ["ann@example.org"]


def test_a_form_says_the_same(client: FlaskClient, key: str, services: Services) -> None:
    form = {"id": "n1", "kind": "ask", "channel": "post", "at": str(NOW), "person[phone]": "+1 415 555 2671"}
    assert client.post("/v1/touches", data={**form, "person[name]": "Ann"}, headers=basic(key)).status_code == 201
    assert client.post("/v1/touches", data=form, headers=basic(key)).status_code == 200
    assert [p.name for p in rows(services, Person)] == ["Ann"]
    assert [i.value for i in rows(services, Identifier)] == ["+14155552671"]


def test_a_batch_stores_the_good_ones_and_names_the_others(client: FlaskClient, key: str, services: Services) -> None:
    batch = [ONE, {**ONE, "id": 2, "kind": "fax"}, {**ONE, "channel": "call"}, 4, {**ONE, "id": "5", "at": NOW - 4e7}]
    made = tell(client, key, {"touches": batch})
    assert made.status_code == 201
    assert made.json
    assert {k: v for k, v in made.json.items() if k != "errors"} == {"accepted": 1, "known": 0, "ignored": 1}
    assert [(e["index"], e["id"], list(e["errors"])) for e in made.json["errors"]] == [
        (1, "2", ["kind"]), (2, "n1", ["id"]), (3, None, ["touch"]),
    ]  # fmt: skip
    assert all(isinstance(said, list) and said for e in made.json["errors"] for said in e["errors"].values())
    assert len(rows(services, TouchRow)) == 1


def test_a_batch_of_nothing_new_is_no_201(client: FlaskClient, key: str) -> None:
    batches: list[list[dict[str, Any]]] = [[], [{}], [{**ONE, "at": 0}]]
    for batch in batches:
        assert tell(client, key, {"touches": batch}).status_code == 200


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({}, "id"),
        ({**ONE, "person": {"email": "nobody"}}, "person.email"),
        ({**ONE, "at": NOW + 2 * 86400}, "at"),
        ({"touches": {}}, "touches"),
        ({"touches": "x"}, "touches"),
        ({"touches": None}, "touches"),
        ([ONE], "body"),
        (many(1001), "touches"),
    ],
)
def test_what_is_wrong_as_a_whole_is_refused_in_delighted_s_shape(
    client: FlaskClient, key: str, services: Services, said: Any, field: str
) -> None:
    refused = tell(client, key, said)
    assert refused.status_code == 422
    assert refused.json
    assert (refused.json["status"], refused.json["message"]) == (422, "Unprocessable Entity")
    assert field in refused.json["errors"]
    assert rows(services, TouchRow) == rows(services, Person) == []


def test_one_id_used_for_another_contact_is_refused(client: FlaskClient, key: str) -> None:
    tell(client, key, ONE)
    refused = tell(client, key, {**ONE, "kind": "ask"})
    assert refused.status_code == 422
    assert refused.json
    assert "id of its own" in refused.json["errors"]["id"][0]


def test_more_than_a_thousand_are_told_what_to_do(client: FlaskClient, key: str) -> None:
    refused = tell(client, key, many(1001))
    assert refused.json
    assert refused.json["errors"] == {"touches": ["holds 1001; send at most 1000 in one call, the rest in the next"]}


@pytest.mark.both_databases
def test_a_thousand_with_long_names_fit(client: FlaskClient, key: str) -> None:
    batch = many(1000, person={"email": "a" * 60 + "@example.org", "user_id": "u" * 255, "name": "N" * 255})
    assert BODY_MAX < len(json.dumps(batch)) < touches.BODY_MAX
    assert tell(client, key, batch).json == {"accepted": 1000, "known": 0, "ignored": 0, "errors": []}
    assert tell(client, key, batch).json == {"accepted": 0, "known": 1000, "ignored": 0, "errors": []}


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/x-www-form-urlencoded"])
def test_too_big_a_body_is_refused_and_a_stranger_s_is_not_read(
    client: FlaskClient, key: str, services: Services, kind: str
) -> None:
    before = everything(services)
    big = b"x" * (touches.BODY_MAX + 1)
    assert client.post("/v1/touches", data=big, content_type=kind, headers=basic(key)).status_code == 413
    assert client.post("/v1/touches", data=big, content_type=kind).status_code == 401
    assert client.post("/v1/people", data=b"x" * (BODY_MAX + 1), headers=basic(key)).status_code == 413
    assert everything(services) == before


@pytest.mark.parametrize(
    "body", ["{", "[" * 60_000, '{"touches":' * 12_000, '{"at": NaN}', '{"at": %s}' % ("9" * 5000)]
)
def test_bodies_made_to_break_a_server_are_refused(client: FlaskClient, key: str, body: str) -> None:
    refused = client.post("/v1/touches", data=body, content_type="application/json", headers=basic(key))
    assert refused.status_code == 422


@pytest.mark.both_databases
def test_text_that_no_database_takes_is_a_fault_of_its_item(client: FlaskClient, key: str) -> None:
    odd = [{**ONE, "id": s} for s in ("\0", "\ud800")] + [{**ONE, "id": "n", "person": {"user_id": "u", "name": "A\0"}}]
    body = json.dumps({"touches": odd})
    made = client.post("/v1/touches", data=body, content_type="application/json", headers=basic(key))
    assert made.status_code == 201
    assert made.json
    assert [e["index"] for e in made.json["errors"]] == [0, 1]


def test_a_key_tells_of_its_own_site_alone(client: FlaskClient, key: str, services: Services, other: Site) -> None:
    tell(client, key, ONE)
    assert tell(client, create_key(services, other.id), {**ONE, "kind": "ask"}).status_code == 201
    assert sorted((t.site_id, t.kind) for t in rows(services, TouchRow)) == [(1, "external"), (2, "ask")]


def test_who_was_asked_elsewhere_is_not_asked_by_mail(
    client: FlaskClient, key: str, services: Services, queue: Waiting, clock: Clock
) -> None:
    tell(client, key, {**ONE, "kind": "ask", "channel": "call"})
    client.post("/v1/people", json={"email": "ann@example.org"}, headers=basic(key))
    queue.carry_out(services)
    why = client.get("/v1/why?person=ann@example.org", headers=basic(key)).json
    assert why
    assert (why["allowed"], why["held_by"]) == (False, "rest")
