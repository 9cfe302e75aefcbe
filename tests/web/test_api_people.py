"""People by API: made, planned for, listed in pages."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from itertools import product
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server.services import Services
from server.store.tables import Invitation, Person, TouchRow
from tests.parts import NOON, Clock, Waiting
from tests.web.parts import basic, outbox, path, rows

NOW = int(NOON.timestamp())


def make(client: FlaskClient, key: str, **said: Any) -> TestResponse:
    return client.post("/v1/people.json", json=said, headers=basic(key))


def listed(client: FlaskClient, key: str, **query: Any) -> list[dict[str, Any]]:
    found = client.get("/v1/people.json", query_string=query, headers=basic(key))
    assert found.status_code == 200
    assert isinstance(found.json, list)
    return found.json


@pytest.fixture
def seven(client: FlaskClient, key: str, clock: Clock) -> list[str]:
    """Seven people, made a minute apart."""
    found = []
    for n in range(7):
        made = make(client, key, email=f"p{n}@example.org", send=False)
        assert made.json
        found.append(made.json["id"])
        clock.forward(minutes=1)
    return found


def test_a_person_is_made_and_asked_at_once(client: FlaskClient, key: str, services: Services, queue: Waiting) -> None:
    made = make(client, key, email="Ann@Example.org", name="Ann", properties={"plan": "pro", "n": 1})
    assert made.status_code == 201
    assert made.json == {
        "id": "1",
        "email": "ann@example.org",
        "phone_number": None,
        "name": "Ann",
        "survey_scheduled_at": NOW,
        "properties": {"plan": "pro", "n": 1},
    }
    queue.carry_out(services)
    assert [mail["to"] for mail in outbox(services).read()] == ["ann@example.org"]


def test_the_same_person_again_is_updated(client: FlaskClient, key: str, services: Services) -> None:
    make(client, key, email="ann@example.org", name="Ann")
    make(client, key, email="ann@example.org", name="Ann B.")
    make(client, key, email="ann@example.org", phone_number="+14155552671")
    assert [p.name for p in rows(services, Person)] == ["Ann B."]


def test_a_delay_plans_for_later(client: FlaskClient, key: str, services: Services, clock: Clock) -> None:
    made = make(client, key, email="ann@example.org", delay=3600)
    assert made.json
    assert made.json["survey_scheduled_at"] == NOW + 3600
    assert [row["next_survey_scheduled_at"] for row in listed(client, key)] == [NOW + 3600]
    assert [row.state for row in rows(services, Invitation)] == ["planned"]


@pytest.mark.parametrize("no", [False, "false", "False", "0", 0])
def test_send_false_makes_a_person_and_asks_nothing(
    client: FlaskClient, key: str, services: Services, queue: Waiting, no: object
) -> None:
    made = make(client, key, email="ann@example.org", send=no)
    assert made.status_code == 201
    assert made.json
    assert made.json["survey_scheduled_at"] is None
    assert queue.ids == rows(services, Invitation) == []


def test_a_form_says_false_in_its_own_words(client: FlaskClient, key: str, services: Services) -> None:
    client.post("/v1/people", data={"email": "ann@example.org", "send": "false"}, headers=basic(key))
    assert len(rows(services, Person)) == 1
    assert rows(services, Invitation) == []


def test_who_was_asked_elsewhere_is_left_in_peace(
    client: FlaskClient, key: str, services: Services, queue: Waiting
) -> None:
    make(client, key, email="ann@example.org", last_sent_at=NOW - 86400)
    queue.carry_out(services)
    assert [row.state for row in rows(services, Invitation)] == ["held"]
    assert [(row.channel, row.survey_id) for row in rows(services, TouchRow)] == [("external", None)]
    assert [row["last_sent_at"] for row in listed(client, key)] == [NOW - 86400]


def test_one_asks_by_text_with_a_number_alone(client: FlaskClient, key: str) -> None:
    made = make(client, key, phone_number="+1 (415) 555-2671", channel="sms")
    assert made.json
    assert (made.json["phone_number"], made.json["email"]) == ("+14155552671", None)
    assert made.json["survey_scheduled_at"] == NOW


def test_a_plus_that_nobody_escaped_is_still_a_plus(client: FlaskClient, key: str) -> None:
    """`curl -d phone_number=+1…`, as one types it: a form reads that `+` as a space."""
    form = {"content_type": "application/x-www-form-urlencoded", "headers": basic(key)}
    made = client.post("/v1/people", data="phone_number=+14155552671&channel=sms&name=+49", **form)
    assert made.json
    assert (made.json["phone_number"], made.json["name"]) == ("+14155552671", " 49")
    called = client.post("/v1/calls", data="phone=+14155552672&person[phone]=+14155552672", **form)
    assert called.status_code == 201, called.json
    for query in ("people?phone_number=+14155552671", "why?person=+14155552671", "consents?person=+14155552671"):
        found = client.get(f"/v1/{query}", headers=basic(key))
        assert b"14155552671" in found.data, query


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({}, "email", "can't be blank"),
    ({"email": ""}, "email", "can't be blank"),
    ({"email": "nobody"}, "email", "is invalid"),
    ({"email": ["a@b.example"]}, "email", "is invalid"),
    ({"email": {"a": "b@c.example"}}, "email", "is invalid"),
    ({"email": "a@b.example\r\nBcc: x@y.example"}, "email", "is invalid"),
    ({"email": "a@b.example", "channel": "sms"}, "phone_number", "can't be blank"),
    ({"phone_number": "+14155552671"}, "email", "can't be blank"),
    ({"phone_number": "4155552671", "channel": "sms"}, "phone_number", "must be in E.164 format"),
    ({"phone_number": "+1", "channel": "sms"}, "phone_number", ""),
    ({"email": "a@b.example", "channel": "fax"}, "channel", "must be email, sms or phone"),
    ({"email": "a@b.example", "name": "x" * 256}, "name", "must be less than 255 characters"),
    ({"email": "a@b.example", "delay": "soon"}, "delay", "must be a number of seconds"),
    ({"email": "a@b.example", "delay": [1]}, "delay", "must be a number of seconds"),
    ({"email": "a@b.example", "properties": "x"}, "properties", "must be a map"),
    ({"email": "a@b.example", "properties": {"x": "y" * 17_000}}, "properties", "must be a map"),
    ({"email": "a@b.example", "last_sent_at": "yesterday"}, "last_sent_at", "must be a time in Unix seconds"),
    ({"email": "a@b.example", "last_sent_at": 10**30}, "last_sent_at", "must be a time in Unix seconds"),
]


def test_each_wrong_field_is_named_in_delighted_s_shape(client: FlaskClient, key: str, services: Services) -> None:
    for said, field, complaint in WRONG:
        refused = make(client, key, **said)
        assert refused.status_code == 422, said
        assert refused.mimetype == "application/json"
        assert refused.json
        assert (refused.json["status"], refused.json["message"]) == (422, "Unprocessable Entity")
        assert list(refused.json["errors"]) == [field]
        assert refused.json["errors"][field][0].startswith(complaint)
        assert rows(services, Person) == []


def test_what_is_no_number_is_none_however_it_is_written(client: FlaskClient, key: str, services: Services) -> None:
    for field, kept in product(("delay", "last_sent_at", "properties"), ("1e400", "-1e400", "NaN", "Infinity")):
        value = f'{{"a": {kept}}}' if field == "properties" else kept
        body = f'{{"email": "ann@example.org", "{field}": {value}}}'
        refused = client.post("/v1/people", data=body, content_type="application/json", headers=basic(key))
        assert refused.status_code == 422, body
        assert refused.json
        assert list(refused.json["errors"]) == [field if "1e400" in kept else "body"], body
    assert rows(services, Person) == []


def test_all_wrong_fields_are_named_at_once(client: FlaskClient, key: str) -> None:
    refused = make(client, key, email="nobody", channel="fax", name="x" * 300, delay="x")
    assert refused.json
    assert set(refused.json["errors"]) == {"email", "channel", "name", "delay"}


@pytest.mark.parametrize("odd", [{"send": []}, {"send": {}}, {"send": None}, {"delay": 10**400}, {"delay": -5}])
def test_odd_values_are_no_fault_of_ours(client: FlaskClient, key: str, odd: dict[str, Any]) -> None:
    assert make(client, key, email="ann@example.org", **odd).status_code == 201


@pytest.mark.both_databases
def test_what_no_database_can_keep_is_left_out(client: FlaskClient, key: str, services: Services) -> None:
    body = '{"email": "ann@example.org", "name": "Ann\\ud800\\u0000", "properties": {"a": "\\ud800\\u0000"}}'
    made = client.post("/v1/people", data=body, content_type="application/json", headers=basic(key))
    assert made.status_code == 201
    assert [p.name for p in rows(services, Person)] == ["Ann"]


@pytest.mark.both_databases
def test_who_cannot_be_here_is_not_found(client: FlaskClient, key: str) -> None:
    for query in ("person_id=99999999999999999", "person_email=%00@x", "person_email=%F0", "person_id=x"):
        found = client.get(f"/v1/survey_responses?{query}", headers=basic(key))
        assert (found.status_code, found.json) == (200, [])


def test_people_are_listed_oldest_first_with_every_field(client: FlaskClient, key: str, seven: list[str]) -> None:
    found = listed(client, key)
    assert [row["id"] for row in found] == seven
    assert found[0] == {
        "id": "1",
        "email": "p0@example.org",
        "name": None,
        "created_at": NOW,
        "phone_number": None,
        "last_sent_at": None,
        "last_responded_at": None,
        "next_survey_scheduled_at": None,
    }


def test_pages_are_joined_by_an_absolute_link(
    client: FlaskClient, key: str, services: Services, seven: list[str]
) -> None:
    seen: list[str] = []
    pages, more = 0, "/v1/people?per_page=3"
    while more:
        page = client.get(more, headers=basic(key))
        assert page.json
        seen += [row["id"] for row in page.json]
        pages, link = pages + 1, page.headers.get("Link", "")
        found = re.fullmatch(r'<(http://127\.0\.0\.1:8000/v1/people\.json\?page_info=[\w%=-]+)>; rel="next"', link)
        assert found or not link
        more = path(services, found[1]) if found else ""
    assert (seen, pages) == (seven, 3)


def test_a_full_last_page_leads_nowhere(client: FlaskClient, key: str, seven: list[str]) -> None:
    assert "Link" not in client.get("/v1/people?per_page=7", headers=basic(key)).headers


def test_the_cursor_wins_over_parameters_beside_it(
    client: FlaskClient, key: str, services: Services, seven: list[str]
) -> None:
    first = client.get(f"/v1/people?per_page=2&since={NOW + 60}", headers=basic(key))
    address = urlsplit(first.headers["Link"].split(">")[0][1:])
    info = parse_qs(address.query)["page_info"][0]
    query = {"page_info": info, "per_page": "100", "since": str(NOW + 10**6)}
    assert [row["id"] for row in listed(client, key, **query)] == seven[3:5]


NO_CURSORS = ["x", "====", "e30=", "bnVsbA==", "W10=", "\xff", "WyJhIl0=", urlsafe_b64encode(b"[" * 20_000).decode()]


def test_a_cursor_that_is_none_is_refused(client: FlaskClient, key: str) -> None:
    for info in NO_CURSORS:
        refused = client.get("/v1/people", query_string={"page_info": info}, headers=basic(key))
        assert refused.status_code == 422, info
        assert refused.json
        assert list(refused.json["errors"]) == ["page_info"]


BENT = ["99999999999999999999999", "1e999", "-5", "true", "[]", '"x"']


def test_a_cursor_that_was_bent_breaks_nothing(client: FlaskClient, key: str, seven: list[str]) -> None:
    for after in BENT:
        bent = f'{{"per_page": 1e999, "since": null, "until": null, "after": {after}}}'
        for per_page in ("1e999", "9"):
            info = urlsafe_b64encode(bent.replace("1e999", per_page, 1).encode()).decode()
            found = client.get("/v1/people", query_string={"page_info": info}, headers=basic(key))
            assert found.status_code in (200, 422), bent


def test_the_cursor_holds_no_secret(client: FlaskClient, key: str, seven: list[str]) -> None:
    link = client.get("/v1/people?per_page=1", headers=basic(key)).headers["Link"]
    info = parse_qs(urlsplit(link.split(">")[0][1:]).query)["page_info"][0]
    assert json.loads(urlsafe_b64decode(info)) == {"per_page": 1, "since": None, "until": None, "after": 1}


SIZES = [("1", 1), ("3", 3), ("0", 1), ("100", 7), ("101", 7), ("9" * 50, 7), ("-1", 7), ("x", 7), ("", 7), ("²", 7)]


def test_the_size_of_a_page_is_bounded(client: FlaskClient, key: str, seven: list[str]) -> None:
    for per_page, count in SIZES:
        assert len(listed(client, key, per_page=per_page)) == count, per_page


def test_a_page_has_20_people_unless_asked_and_100_at_most(client: FlaskClient, key: str) -> None:
    for n in range(102):
        make(client, key, email=f"p{n}@example.org", send=False)
    assert len(listed(client, key)) == 20
    assert len(listed(client, key, per_page=1000)) == 100


def test_bounds_in_time_are_inclusive(client: FlaskClient, key: str, seven: list[str]) -> None:
    assert [row["id"] for row in listed(client, key, since=NOW + 120)] == seven[2:]
    assert [row["id"] for row in listed(client, key, until=NOW + 120)] == seven[:3]
    assert [row["id"] for row in listed(client, key, since=NOW + 60, until=NOW + 120)] == seven[1:3]


@pytest.mark.parametrize("query", [{"since": "x"}, {"until": "9" * 40}, {"since": ""}, {"until": "1e3"}])
def test_a_time_that_is_none_is_refused(client: FlaskClient, key: str, query: dict[str, str]) -> None:
    refused = client.get("/v1/people", query_string=query, headers=basic(key))
    assert refused.status_code == 422
    assert refused.json
    assert list(refused.json["errors"]) == list(query)


def test_one_person_is_found_by_address_or_number(client: FlaskClient, key: str, seven: list[str]) -> None:
    make(client, key, phone_number="+14155552671", channel="sms")
    assert [row["id"] for row in listed(client, key, email="P3@Example.org ")] == [seven[3]]
    assert [row["phone_number"] for row in listed(client, key, phone_number="+14155552671")] == ["+14155552671"]
    for nobody in ({"email": "nobody@example.org"}, {"email": "%"}, {"phone_number": "+1"}, {"email": "\x00"}):
        assert listed(client, key, **nobody) == []
