"""Surveys by API, as a program makes them."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from server.core.surveys import template
from server.services import Services
from server.store.tables import Site
from tests.web.parts import basic, everything

CSAT = template("csat", "Harbour")


def call(client: FlaskClient, key: str, path: str = "", **body: Any) -> Any:
    reply = client.post(f"/v1/surveys{path}", json=body, headers=basic(key))
    return reply.status_code, reply.json


def test_a_survey_is_made_changed_published_and_paused(client: FlaskClient, key: str) -> None:
    status, made = call(client, key, definition=CSAT, slug="delivery")
    assert (status, made["slug"], made["state"], made["asked_version"]) == (201, "delivery", "draft", None)
    status, changed = call(client, key, "/delivery", definition={**CSAT, "name": "Delivery"}, publish=True)
    assert (status, changed["state"], changed["asked_version"], changed["name"]) == (200, "live", 2, "Delivery")
    assert changed["changed_by"] == "api"
    assert call(client, key, "/delivery", state="paused")[1]["state"] == "paused"
    listed = client.get("/v1/surveys", headers=basic(key)).json or []
    assert {each["slug"]: each["state"] for each in listed} == {"nps": "live", "delivery": "paused"}
    one = client.get("/v1/surveys/delivery", headers=basic(key)).json or {}
    assert one["definition"] == {**CSAT, "name": "Delivery"}


@pytest.mark.parametrize(
    ("path", "body", "status", "words"),
    [
        ("", {}, 422, "JSON object"),
        ("", {"definition": {"questions": []}}, 422, "at least one question"),
        ("", {"definition": CSAT, "slug": "nps"}, 422, "belongs to another"),
        ("/nps", {"state": "gone"}, 422, "must be one of"),
        ("/nobody", {"publish": True}, 404, "no such survey"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(
    client: FlaskClient, services: Services, key: str, path: str, body: dict[str, Any], status: int, words: str
) -> None:
    before = everything(services)
    got, said = call(client, key, path, **body)
    assert got == status
    assert words in str(said)
    assert everything(services) == before


def test_a_draft_is_published_before_it_is_paused(client: FlaskClient, key: str) -> None:
    call(client, key, definition=CSAT, slug="delivery")
    assert call(client, key, "/delivery", state="paused")[0] == 409


def test_another_site_s_surveys_are_not_there(client: FlaskClient, services: Services, key: str, other: Site) -> None:
    assert len(client.get("/v1/surveys", headers=basic(key)).json or []) == 1
