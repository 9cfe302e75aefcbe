"""With Redis away nothing new is asked in browsers, and no answer is lost."""

from __future__ import annotations

import json

import pytest
from flask.testing import FlaskClient
from standardwebhooks import Webhook

from server.app import create_app
from server.services import Services
from server.store.tables import Consent, Invitation, Response, Site, Trigger
from tests.web.parts import Asked, Form, basic, frame_token, offer, rows, signed_in, source_of


@pytest.fixture
def cut_off(without_redis: Services) -> FlaskClient:
    return create_app(without_redis).test_client()


def test_answers_are_taken(cut_off: FlaskClient, services: Services, ann: Asked) -> None:
    page = Form(cut_off.get(ann.survey).text).send(cut_off, button=9)
    Form(page.text).send(cut_off, fields={"a.comment": "The tea"})
    assert [(r.score, r.comment) for r in rows(services, Response)] == [(9, "The tea")]


def test_answers_to_a_survey_on_a_page_are_taken(
    client: FlaskClient, cut_off: FlaskClient, services: Services, shop: Site
) -> None:
    token = frame_token(offer(client, shop))
    assert cut_off.post("/w/shown", data={"token": token}).status_code == 200
    assert cut_off.post(f"/s/{token}", data={"asked": "score", "a.score": "9"}).status_code == 200
    assert cut_off.post("/w/close", data={"token": token}).status_code == 204
    assert [r.score for r in rows(services, Response)] == [9]


def test_a_no_holds(cut_off: FlaskClient, services: Services, ann: Asked) -> None:
    assert cut_off.post(ann.stop).status_code == 200
    assert [row.scope for row in rows(services, Consent)] == ["all"]


def test_hooks_and_people_are_taken_in(cut_off: FlaskClient, services: Services, site: Site, key: str) -> None:
    source, secret = source_of(services, site)
    body, now = json.dumps({"person": {"email": "ann@example.org"}}), services.now()
    signature = Webhook(secret).sign("m", now, body)
    headers = {
        "webhook-id": "m", "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature,
    }  # fmt: skip
    assert cut_off.post(f"/hooks/{source.key}", data=body, headers=headers).status_code == 202
    assert cut_off.post("/v1/people", json={"email": "bea@example.org"}, headers=basic(key)).status_code == 201
    assert len(rows(services, Trigger)) == 1
    assert len(rows(services, Invitation)) == 2


def test_a_page_is_told_to_ask_again_soon(cut_off: FlaskClient, shop: Site) -> None:
    made = offer(cut_off, shop)
    assert made.status_code == 200
    assert made.json == {"show": False, "reason": "unavailable", "again": 60}
    view = cut_off.get(f"/view/{shop.key}")
    assert 'data-result="closed"' in view.text
    assert 'data-reason="unavailable"' in view.text


def test_the_server_is_ready_and_guessers_are_still_counted(cut_off: FlaskClient, site: Site) -> None:
    assert cut_off.get("/readyz").status_code == cut_off.get("/livez").status_code == 200
    statuses = [cut_off.get("/s/made-up").status_code for _ in range(125)]
    assert set(statuses[:120]) == {404}
    assert set(statuses[120:]) == {429}


def test_the_desk_opens(cut_off: FlaskClient, without_redis: Services, ann: Asked) -> None:
    desk = signed_in(without_redis, cut_off)
    for page in ("/desk", "/desk/people", "/desk/people/1", "/desk/set-up"):
        assert desk.get(page).status_code == 200
