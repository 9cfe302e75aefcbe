"""Responses by API: in pages, in order, with their persons."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from server.services import Services
from tests.parts import NOON, Clock, Waiting
from tests.web.parts import Asked, ask, basic

NOW = int(NOON.timestamp())


def listed(client: FlaskClient, key: str, query: str = "") -> list[dict[str, Any]]:
    found = client.get(f"/v1/survey_responses.json?{query}", headers=basic(key))
    assert found.status_code == 200
    assert isinstance(found.json, list)
    return found.json


@pytest.fixture
def five(services: Services, client: FlaskClient, key: str, queue: Waiting, clock: Clock) -> list[Asked]:
    """Five people answered, an hour apart; then the second changed her mind."""
    asked = [ask(services, client, key, queue, f"p{n}@example.org") for n in range(5)]
    for n, one in enumerate(asked):
        clock.forward(hours=1)
        client.post(one.survey, data={"asked": "score", "a.score": str(n)})
    clock.forward(hours=1)
    client.post(asked[1].survey, data={"asked": "comment", "a.comment": "Because."})
    return asked


def scores(found: list[dict[str, Any]]) -> list[int]:
    return [row["score"] for row in found]


def test_a_response_has_every_field_that_delighted_s_has(client: FlaskClient, key: str, five: list[Asked]) -> None:
    row = listed(client, key)[1]
    assert row.pop("permalink").startswith("http://127.0.0.1:8000/r/")
    assert row == {
        "id": "2",
        "person": "2",
        "survey_type": "nps",
        "score": 1,
        "comment": "Because.",
        "created_at": NOW + 2 * 3600,
        "updated_at": NOW + 6 * 3600,
        "person_properties": {"Delighted Source": "email"},
        "notes": [],
        "tags": [],
        "additional_answers": [],
        "answers": {"score": 1, "comment": "Because."},
    }


ORDERS = [
    ("", [0, 1, 2, 3, 4]),
    ("order=asc", [0, 1, 2, 3, 4]),
    ("order=desc", [4, 3, 2, 1, 0]),
    ("order=asc:updated_at", [0, 2, 3, 4, 1]),
    ("order=desc:updated_at", [1, 4, 3, 2, 0]),
    ("order=sideways", [0, 1, 2, 3, 4]),
    ("order=;drop table response", [0, 1, 2, 3, 4]),
]


def test_responses_come_in_order(client: FlaskClient, key: str, five: list[Asked]) -> None:
    for order, expected in ORDERS:
        assert scores(listed(client, key, order)) == expected, order


def test_pages_are_numbered_from_one_and_end_with_an_empty_one(
    client: FlaskClient, key: str, five: list[Asked]
) -> None:
    pages = [scores(listed(client, key, f"per_page=2&page={n}")) for n in (1, 2, 3, 4, 99_999, 10**9)]
    assert pages == [[0, 1], [2, 3], [4], [], [], []]
    for first in ("0", "-1", "x", ""):
        assert scores(listed(client, key, f"per_page=2&page={first}")) == [0, 1]


FILTERS = [
    (f"since={NOW + 4 * 3600}", [3, 4]),
    (f"until={NOW + 2 * 3600}", [0, 1]),
    (f"updated_since={NOW + 5 * 3600}", [1, 4]),
    (f"updated_until={NOW + 5 * 3600}", [0, 2, 3, 4]),
    (f"updated_since={NOW + 5 * 3600}&since={NOW + 5 * 3600}", [4]),
    ("person_email=P3@example.org", [3]),
    ("person_email=nobody@example.org", []),
    ("person_id=3", [2]),
    ("person_id=99", []),
    ("person_id=-1", []),
    ("trend=12&unknown=x", [0, 1, 2, 3, 4]),
]


def test_responses_are_filtered(client: FlaskClient, key: str, five: list[Asked]) -> None:
    for bounds, expected in FILTERS:
        assert scores(listed(client, key, bounds)) == expected, bounds


@pytest.mark.parametrize("name", ["since", "until", "updated_since", "updated_until"])
def test_a_time_that_is_none_is_refused(client: FlaskClient, key: str, name: str) -> None:
    refused = client.get(f"/v1/survey_responses?{name}=soon", headers=basic(key))
    assert refused.status_code == 422
    assert refused.json
    assert list(refused.json["errors"]) == [name]


EXPANDED = [
    "expand[]=person",
    "expand%5B%5D=person",
    "expand=person",
    "expand[]=person&expand[]=notes",
    "expand=notes&expand=person",
    "expand=person,notes",
    "expand[]=notes,person",
]


def test_the_person_comes_along_however_it_is_spelt(client: FlaskClient, key: str, five: list[Asked]) -> None:
    for spelling in EXPANDED:
        person = listed(client, key, spelling)[0]["person"]
        assert person == {
            "id": "1", "email": "p0@example.org", "name": "Ann", "created_at": NOW, "phone_number": None,
        }  # fmt: skip


PLAIN = ["", "expand[]=notes", "expand=persons", "expand[0]=person", "expand"]


def test_otherwise_the_person_is_an_id(client: FlaskClient, key: str, five: list[Asked]) -> None:
    for spelling in PLAIN:
        assert [row["person"] for row in listed(client, key, spelling)] == ["1", "2", "3", "4", "5"]


def test_a_sync_tool_that_pages_on_updated_at_sees_every_change(
    client: FlaskClient, key: str, five: list[Asked], clock: Clock
) -> None:
    seen = listed(client, key, "order=asc:updated_at")
    since = seen[-1]["updated_at"]
    clock.forward(minutes=1)
    client.post(five[0].survey, data={"asked": "score", "a.score": "10"})
    assert scores(listed(client, key, f"order=asc:updated_at&updated_since={since}")) == [1, 10]


def test_what_was_asked_with_comes_back_with_the_answer(
    client: FlaskClient, key: str, services: Services, queue: Waiting
) -> None:
    said = {"email": "ann@example.org", "properties": {"plan": "pro", "größe": [1, {"a": None}]}}
    client.post("/v1/people", json=said, headers=basic(key))
    queue.carry_out(services)
    mail = services.providers["email"][0].read(1)[0]  # type: ignore[attr-defined]
    link = next(word for word in mail["text"].split() if "/s/" in word)
    client.post(link.removeprefix(services.settings.public_url), data={"asked": "score", "a.score": "9"})
    assert listed(client, key)[0]["person_properties"] == {
        "plan": "pro", "größe": [1, {"a": None}], "Delighted Source": "email",
    }  # fmt: skip


def test_a_permalink_leads_to_its_person_in_the_desk(client: FlaskClient, key: str, five: list[Asked]) -> None:
    row = listed(client, key)[1]
    opened = client.get(row["permalink"].removeprefix("http://127.0.0.1:8000"))
    assert opened.status_code == 303
    assert opened.location.startswith(f"/desk/people/{row['person']}?site=pk_")
    assert client.get(opened.location).location == "/desk/door"
