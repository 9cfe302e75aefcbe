"""The door of the API: keys in every form that clients send, bodies in every form they write."""

from __future__ import annotations

from base64 import b64encode

import pytest
from flask.testing import FlaskClient

from server.services import Services
from server.store.tables import ApiKey, Person
from tests.web.parts import basic, rows

LISTS = ["/v1/people", "/v1/people.json", "/v1/survey_responses", "/v1/survey_responses.json"]


@pytest.mark.parametrize("path", LISTS)
def test_a_key_opens_in_every_form_that_clients_use(client: FlaskClient, key: str, path: str) -> None:
    for headers in (basic(key), basic(key, colon=False), {"Authorization": f"Bearer {key}"}, basic(f"{key}:x")):
        found = client.get(path, headers=headers)
        assert (found.status_code, found.json) == (200, [])


STRANGERS = [
    "",
    "Basic",
    "Basic !!!",
    "Basic " + b64encode(b"\xff\xfe").decode(),
    "Basic " + b64encode(b":").decode(),
    "Basic " + b64encode(b"wrong:").decode(),
    "Basic " + b64encode("schlüssel:".encode()).decode(),
    "Bearer",
    "Bearer wrong",
    "Digest username=x",
    "x" * 5000,
]


@pytest.mark.parametrize("path", LISTS)
def test_without_a_key_of_ours_nothing_opens(client: FlaskClient, key: str, path: str) -> None:
    for said in STRANGERS:
        refused = client.get(path, headers={"Authorization": said} if said else {})
        assert refused.status_code == 401, said
        assert refused.headers["WWW-Authenticate"].startswith("Basic realm=")
        assert refused.mimetype == "application/json"
        assert refused.json
        assert refused.json["status"] == 401
        assert refused.json["message"].startswith("Unauthorized")


def test_nothing_is_made_without_a_key(client: FlaskClient, services: Services, key: str) -> None:
    assert client.post("/v1/people", json={"email": "a@b.example"}).status_code == 401
    assert client.post("/v1/people", json={"email": "a@b.example"}, headers=basic(key.lower())).status_code == 401
    assert client.post(f"/v1/people?api_key={key}", json={"email": "a@b.example"}).status_code == 401
    assert rows(services, Person) == []


def test_a_revoked_key_opens_nothing_from_then_on(client: FlaskClient, services: Services, key: str) -> None:
    assert client.get("/v1/people", headers=basic(key)).status_code == 200
    with services.db.writing() as db:
        row = db.get(ApiKey, rows(services, ApiKey)[0].id)
        assert row
        row.revoked_at = services.now()
    assert client.get("/v1/people", headers=basic(key)).status_code == 401


def test_no_table_holds_a_key(services: Services, key: str) -> None:
    row = rows(services, ApiKey)[0]
    assert key not in str(vars(row))
    assert row.ending == key[-4:]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ('{"email": "ann@example.org", "properties": {"plan": "pro"}}', "application/json"),
        ('{"email": "ann@example.org", "properties": {"plan": "pro"}}', "application/json; charset=utf-8"),
        ('{"email": "ann@example.org", "properties": {"plan": "pro"}}', ""),
        (' {"email": "ann@example.org", "properties": {"plan": "pro"}}', "application/x-www-form-urlencoded"),
        ("email=ann%40example.org&properties%5Bplan%5D=pro", "application/x-www-form-urlencoded"),
        ("email=ann@example.org&properties[plan]=pro", "application/x-www-form-urlencoded"),
    ],
)
def test_json_and_rails_forms_are_understood_alike(client: FlaskClient, key: str, body: str, kind: str) -> None:
    made = client.post("/v1/people", data=body, content_type=kind, headers=basic(key))
    assert made.status_code == 201
    assert made.json
    assert (made.json["email"], made.json["properties"]) == ("ann@example.org", {"plan": "pro"})


@pytest.mark.parametrize(
    "body", ["{", "[]", '"x"', "nope", "\xff", '{"a":' * 10_000, "9" * 5000, '{"a": %s}' % ("9" * 5000)]
)
def test_what_is_no_object_is_refused_in_delighted_s_shape(client: FlaskClient, key: str, body: str) -> None:
    refused = client.post("/v1/people", data=body, content_type="application/json", headers=basic(key))
    assert refused.status_code == 422
    assert refused.json
    assert (refused.json["status"], refused.json["message"]) == (422, "Unprocessable Entity")
    assert list(refused.json["errors"]) == ["body"]


def test_a_get_may_carry_a_body_as_delighted_s_client_sends_one(client: FlaskClient, key: str) -> None:
    headers = {**basic(key), "Content-Type": "application/json"}
    assert client.get("/v1/people?auto_handle_rate_limits=True", data="{}", headers=headers).json == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1", 404),
        ("GET", "/v1/nothing", 404),
        ("GET", "/v1/nothing.json", 404),
        ("PATCH", "/v1/people", 405),
        ("DELETE", "/v1/survey_responses", 405),
    ],
)
def test_every_refusal_is_json(client: FlaskClient, key: str, method: str, path: str, status: int) -> None:
    refused = client.open(path, method=method, headers=basic(key))
    assert refused.status_code == status
    assert path == "/v1" or (refused.mimetype == "application/json" and refused.json)


def test_doubled_slashes_are_one(client: FlaskClient, key: str) -> None:
    made = client.post("/v1//people", json={"email": "ann@example.org"}, headers=basic(key))
    assert made.status_code == 201
