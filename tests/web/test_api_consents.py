"""Consent by API: statements told and read, suppressed addresses seen and lifted, each site for itself."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server.flows.set_up import create_key
from server.services import Services
from server.store import consents
from server.store.scope import SiteScope
from server.store.tables import Consent, Person, Site, Suppression
from tests.parts import NOON, Clock, Waiting
from tests.web.parts import Asked, basic, everything, outbox, rows

ANN = {"email": "ann@example.org"}
AT = int(NOON.timestamp())


def tell(client: FlaskClient, key: str, **said: Any) -> TestResponse:
    return client.post("/v1/consents", json={"person": ANN, **said}, headers=basic(key))


def read(client: FlaskClient, key: str, person: str = "ann@example.org") -> TestResponse:
    return client.get("/v1/consents", query_string={"person": person}, headers=basic(key))


@pytest.fixture
def bounced(services: Services, site: Site, ann: Asked) -> str:
    """Ann's address, to which mail came back."""
    with services.db.writing() as db:
        consents.suppress(SiteScope(db, site.id), "email", "ann@example.org", "bounced", "smtp", "550 no", NOON)
    return "ann@example.org"


@pytest.mark.both_databases
def test_a_yes_is_kept_with_basis_source_evidence_and_time(client: FlaskClient, key: str, services: Services) -> None:
    said = {"basis": "existing_customer", "source": "import", "evidence": "order 17, § 3", "at": AT - 60}
    made = tell(client, key, channel="email", given=True, **said)

    assert made.status_code == 201
    assert made.json == {
        "person": {"id": "1", "email": "ann@example.org"},
        "stands": {"widget": None, "view": None, "link": None, "email": "yes", "sms": None, "phone": None},
        "written": True,
    }
    found = read(client, key)
    assert found.status_code == 200
    assert found.json
    assert found.json["statements"] == [
        {"channel": "email", "given": True, "purpose": "survey", **said, "noted_by": None}
    ]
    again = tell(client, key, channel="email", given=True, **said)
    assert (again.status_code, again.json and again.json["written"]) == (200, False)
    assert len(rows(services, Consent)) == 1


def test_a_form_may_say_it_too(client: FlaskClient, key: str) -> None:
    fields = {"person[email]": "ann@example.org", "channel": "all", "given": "false"}
    made = client.post("/v1/consents.json", data=fields, headers=basic(key))
    assert made.status_code == 201
    assert made.json
    assert set(made.json["stands"].values()) == {"no"}


def test_a_no_drops_what_waits_and_a_later_yes_by_text_allows_texts(
    client: FlaskClient, key: str, services: Services, queue: Waiting, clock: Clock
) -> None:
    client.post("/v1/people", json=ANN, headers=basic(key))
    tell(client, key, channel="all", given=False, source="reply", evidence="STOP")
    queue.carry_out(services)
    assert outbox(services).read(9) == []

    clock.forward(hours=1)
    made = tell(client, key, channel="sms", given=True, source="reply", evidence="START")
    assert made.json
    assert (made.json["stands"]["sms"], made.json["stands"]["email"]) == ("yes", "no")
    told = read(client, key).json
    assert told
    assert [(line["channel"], line["given"], line["basis"]) for line in told["statements"]] == [
        ("sms", True, "consent"), ("all", False, None),
    ]  # fmt: skip


def test_no_more_than_a_hundred_statements_are_told(client: FlaskClient, key: str, clock: Clock) -> None:
    for turn in range(102):
        clock.forward(minutes=1)
        assert tell(client, key, channel="sms", given=bool(turn % 2)).status_code == 201
    told = read(client, key).json
    assert told
    assert len(told["statements"]) == 100
    assert told["statements"][0]["given"] is True


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"person": {}}, "person"),
        ({"person": {"email": "nobody"}}, "person.email"),
        ({"channel": "pigeon"}, "channel"),
        ({"channel": ["sms"]}, "channel"),
        ({"channel": None}, "channel"),
        ({"given": None}, "given"),
        ({"given": "perhaps"}, "given"),
        ({"given": {"a": 1}}, "given"),
        ({"basis": "because"}, "basis"),
        ({"basis": ["consent"]}, "basis"),
        ({"given": False, "basis": "consent"}, "basis"),
        ({"purpose": "Two Words"}, "purpose"),
        ({"purpose": "x" * 21}, "purpose"),
        ({"source": 7}, "source"),
        ({"evidence": "x" * 256}, "evidence"),
        ({"evidence": "a\nb"}, "evidence"),
        ({"evidence": "a\x00b"}, "evidence"),
        ({"at": "yesterday"}, "at"),
        ({"at": AT + 3600}, "at"),
        ({"at": 10**30}, "at"),
    ],
)
def test_what_is_not_fit_is_named_and_nothing_is_stored(
    client: FlaskClient, key: str, services: Services, wrong: dict[str, Any], field: str
) -> None:
    before = everything(services)
    refused = tell(client, key, **{"channel": "sms", "given": True, **wrong})
    assert refused.status_code == 422
    assert refused.json
    assert list(refused.json["errors"]) == [field]
    assert everything(services) == before


def test_who_is_not_there_is_not_found(client: FlaskClient, key: str, ann: Asked) -> None:
    assert read(client, key, "bo@example.org").status_code == 404
    assert read(client, key, "").status_code == 422


def test_a_suppressed_address_is_listed_and_lifted(
    client: FlaskClient, key: str, services: Services, bounced: str
) -> None:
    listed = client.get("/v1/suppressions", headers=basic(key)).json
    line = {
        "id": "1",
        "channel": "email",
        "address": bounced,
        "reason": "bounced",
        "source": "smtp",
        "detail": "550 no",
    }
    assert listed == [{**line, "at": AT}]
    assert client.get("/v1/suppressions?after=1", headers=basic(key)).json == []

    body = {"channel": "email", "address": " Ann@Example.org"}
    lifted = client.post("/v1/suppressions/lift", json=body, headers=basic(key))
    assert (lifted.status_code, lifted.json) == (200, {"ok": True})
    assert rows(services, Suppression) == []
    assert [(row.purpose, row.source) for row in rows(services, Consent)] == [("address", "api")]
    assert client.post("/v1/suppressions/lift", json=body, headers=basic(key)).status_code == 404
    for unfit in (
        {"channel": "pigeon"},
        {"channel": ["email"]},
        {"channel": "sms", "address": "7"},
        {"channel": "sms"},
    ):
        assert client.post("/v1/suppressions/lift", json=unfit, headers=basic(key)).status_code == 422


def test_why_names_the_address_and_what_happened(client: FlaskClient, key: str, bounced: str) -> None:
    found = client.get("/v1/why", query_string={"person": bounced}, headers=basic(key)).json
    assert found
    [rule] = [rule for rule in found["rules"] if rule["rule"] == "suppressed"]
    assert rule["passed"] is False
    assert rule["because"] == "her address ann@example.org bounced on 23 November 2026, reported by smtp"


@pytest.mark.both_databases
def test_a_key_of_another_site_sees_and_changes_nothing(
    client: FlaskClient, key: str, services: Services, other: Site, bounced: str
) -> None:
    tell(client, key, channel="email", given=True)
    stranger = create_key(services, other.id)
    before = everything(services)

    assert read(client, stranger).status_code == 404
    assert client.get("/v1/suppressions", headers=basic(stranger)).json == []
    body = {"channel": "email", "address": bounced}
    assert client.post("/v1/suppressions/lift", json=body, headers=basic(stranger)).status_code == 404
    assert everything(services) == before

    tell(client, stranger, channel="all", given=False)
    assert [row.site_id for row in rows(services, Person)] == [1, 2]
    mine = read(client, key).json
    assert mine
    assert mine["stands"]["email"] == "yes"


@pytest.mark.parametrize("path", ["/v1/consents", "/v1/suppressions"])
def test_without_a_key_nothing_is_told(client: FlaskClient, path: str, ann: Asked) -> None:
    assert client.get(path).status_code == 401
