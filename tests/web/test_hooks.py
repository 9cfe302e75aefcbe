"""Hooks from support systems, sent by the official Standard Webhooks client."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from standardwebhooks import Webhook
from werkzeug.test import TestResponse

from server.services import Services
from server.store.tables import Invitation, Person, Response, Site, Trigger
from tests.parts import Clock, Waiting
from tests.web.parts import Form, everything, outbox, rows, source_of

CLOSED: dict[str, Any] = {"event": "ticket.closed", "person": {"email": "ann@example.org", "name": "Ann"}}


@dataclass
class Helpdesk:
    """A support system that signs as the standard says."""

    client: FlaskClient
    clock: Clock
    address: str
    secret: str

    def headers(self, id: str, body: str, late: float = 0) -> dict[str, str]:
        at = self.clock() + timedelta(seconds=late)
        signature = Webhook(self.secret).sign(id, at, body)
        return {
            "webhook-id": id, "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signature,
        }  # fmt: skip

    def tell(self, said: Any, id: str = "msg_1", late: float = 0, **headers: str) -> TestResponse:
        body = said if isinstance(said, str) else json.dumps(said)
        told = {**self.headers(id, body, late), **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.client.post(self.address, data=body, headers=told, content_type="application/json")


@pytest.fixture
def helpdesk(client: FlaskClient, services: Services, site: Site, clock: Clock) -> Helpdesk:
    source, secret = source_of(services, site)
    return Helpdesk(client, clock, f"/hooks/{source.key}", secret)


def test_a_signed_hook_asks_its_person(helpdesk: Helpdesk, services: Services, queue: Waiting) -> None:
    told = helpdesk.tell(CLOSED)
    assert told.status_code == 202
    assert told.json
    assert told.json["verdict"]["allowed"] is True
    assert queue.ids == [told.json["invitation"]]
    queue.carry_out(services)
    assert [mail["to"] for mail in outbox(services).read()] == ["ann@example.org"]


def test_told_again_it_is_one_trigger_with_one_reply(
    helpdesk: Helpdesk, services: Services, queue: Waiting, clock: Clock
) -> None:
    first = helpdesk.tell(CLOSED)
    clock.forward(days=2)
    again = helpdesk.tell(CLOSED)
    assert (again.status_code, again.data) == (first.status_code, first.data)
    assert len(queue.ids) == len(rows(services, Trigger)) == len(rows(services, Invitation)) == 1


def test_the_same_id_with_another_body_is_a_conflict(helpdesk: Helpdesk, services: Services) -> None:
    helpdesk.tell(CLOSED)
    before = everything(services)
    other = helpdesk.tell({**CLOSED, "event": "ticket.opened"})
    assert other.status_code == 409
    assert "webhook-id" in other.text
    assert everything(services) == before


def test_two_sources_may_use_the_same_id(helpdesk: Helpdesk, services: Services, site: Site) -> None:
    source, secret = source_of(services, site)
    second = Helpdesk(helpdesk.client, helpdesk.clock, f"/hooks/{source.key}", secret)
    helpdesk.tell(CLOSED)
    assert second.tell({**CLOSED, "person": {"email": "bea@example.org"}}).status_code == 202
    assert len(rows(services, Trigger)) == 2


@pytest.mark.parametrize(("late", "status"), [(-301, 401), (-300, 202), (0, 202), (300, 202), (301, 401)])
def test_a_hook_is_good_for_300_seconds(helpdesk: Helpdesk, late: float, status: int) -> None:
    assert helpdesk.tell(CLOSED, late=late).status_code == status


UNSIGNED: list[dict[str, Any]] = [
    {"webhook_signature": ""},
    {"webhook_signature": "v1,AAAA"},
    {"webhook_signature": "v2,AAAA v1,"},
    {"webhook_signature": "\xfc"},
    {"webhook_id": ""},
    {"webhook_id": "msg_2"},
    {"webhook_timestamp": ""},
    {"webhook_timestamp": "now"},
    {"webhook_timestamp": "9" * 400},
]


def test_what_is_not_signed_by_the_source_is_refused(helpdesk: Helpdesk, services: Services) -> None:
    for wrong in UNSIGNED:
        before = everything(services)
        told = helpdesk.tell(CLOSED, **wrong)
        assert told.status_code == 401, wrong
        assert everything(services) == before


def test_a_signature_counts_for_every_byte(helpdesk: Helpdesk, services: Services) -> None:
    body = json.dumps(CLOSED)
    headers = helpdesk.headers("msg_1", body)
    assert helpdesk.client.post(helpdesk.address, data=body + " ", headers=headers).status_code == 401
    assert rows(services, Trigger) == []


def test_while_a_secret_is_changed_one_good_signature_is_enough(helpdesk: Helpdesk) -> None:
    body = json.dumps(CLOSED)
    good = helpdesk.headers("msg_1", body)["webhook-signature"]
    old = Webhook("whsec_" + "A" * 44).sign("msg_1", helpdesk.clock(), body)
    assert helpdesk.tell(body, webhook_signature=f"{old} {good}").status_code == 202
    assert helpdesk.tell(body, id="msg_2", webhook_signature=old).status_code == 401


def test_a_source_that_is_not_there_gets_the_same_answer_as_a_bad_signature(helpdesk: Helpdesk) -> None:
    nobody = Helpdesk(helpdesk.client, helpdesk.clock, "/hooks/src_nobody", helpdesk.secret)
    one, other = nobody.tell(CLOSED), helpdesk.tell(CLOSED, webhook_signature="v1,AAAA")
    assert (one.status_code, one.data) == (other.status_code, other.data)


def test_a_link_to_hand_over_comes_with_the_verdict(
    helpdesk: Helpdesk, services: Services, client: FlaskClient
) -> None:
    told = helpdesk.tell({**CLOSED, "channel": "link"})
    assert told.json
    assert told.json["verdict"]["held_by"] is None
    path = told.json["link"].removeprefix(services.settings.public_url)
    Form(client.get(path).text).send(client, button=8)
    assert [(r.score, r.channel) for r in rows(services, Response)] == [(8, "link")]


def test_who_may_not_be_asked_gets_no_link_but_the_reason(helpdesk: Helpdesk) -> None:
    helpdesk.tell({**CLOSED, "channel": "link"})
    again = helpdesk.tell({**CLOSED, "channel": "link"}, id="msg_2")
    assert again.status_code == 202
    assert again.json
    assert again.json["link"] is None
    assert (again.json["verdict"]["allowed"], again.json["verdict"]["held_by"]) == (False, "rest")


NONSENSE = [
    ("", "body"),
    ("{", "body"),
    ("[1]", "body"),
    ("[" * 30_000, "body"),
    ({}, "person"),
    ({"person": "ann"}, "person"),
    ({"person": {}}, "person"),
    ({"person": {"email": "nobody"}}, "person.email"),
    ({"person": {"email": "a@b", "phone": "12"}}, "person.phone"),
    ({"person": {"user_id": "u" * 256}}, "person.user_id"),
    ({"person": {"email": "a@b.example"}, "channel": "sms"}, "person.phone"),
    ({"person": {"email": "a@b.example"}, "channel": "fax"}, "channel"),
    ({"person": {"email": "a@b.example"}, "survey": "nope"}, "survey"),
    ({"person": {"email": "a@b.example"}, "properties": [1]}, "properties"),
    ({"person": {"email": "a@b.example"}, "properties": {"a": "b" * 17_000}}, "properties"),
]


def test_a_body_that_makes_no_sense_is_refused_by_field(helpdesk: Helpdesk, services: Services) -> None:
    for said, field in NONSENSE:
        told = helpdesk.tell(said)
        assert told.status_code == 422, said
        assert told.json
        assert field in told.json["errors"]
        assert rows(services, Trigger) == rows(services, Person) == rows(services, Invitation) == []


def test_a_refused_body_may_be_mended_under_the_same_id(helpdesk: Helpdesk) -> None:
    assert helpdesk.tell({**CLOSED, "survey": "nope"}).status_code == 422
    assert helpdesk.tell(CLOSED).status_code == 202


def test_half_a_character_is_left_out(helpdesk: Helpdesk, services: Services) -> None:
    told = helpdesk.tell('{"person": {"email": "ann@example.org", "name": "Ann\\ud800\\u0000"}}')
    assert told.status_code == 202
    assert [p.name for p in rows(services, Person)] == ["Ann"]
