"""A text costs money: no door that is open to the public causes one, whatever is said there."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from server.app import create_app
from server.core.identity import identity_secret, sign
from server.flows.decide import decide
from server.flows.keep_time import tick
from server.flows.make_survey import publish, save
from server.services import Services
from server.store import sites, surveys
from server.store.scope import SiteScope
from server.store.tables import Invitation, Response, Site, SurveyRow
from tests.parts import Clock, Scripted, Waiting
from tests.web.parts import SHOP, Form, basic, frame_token, offer, rows

PHONE = "+4915112345678"
SAID = {
    "phone": PHONE, "person": {"phone": PHONE}, "person[phone]": PHONE, "channel": "sms", "send": "true", "delay": 0,
    "event": "solved", "properties": {"phone": PHONE}, "text": "9", "From": PHONE, "Body": "9", "site": "1",
}  # fmt: skip


@pytest.fixture
def texts() -> Scripted:
    return Scripted("sms", account="texts")


@pytest.fixture
def services(make_services: Callable[..., Services], texts: Scripted) -> Services:
    made = make_services()
    return replace(made, providers={"email": made.providers["email"], "sms": (texts,)})


@pytest.fixture
def wide_open(services: Services, site: Site) -> Site:
    """A site that believes everything, and whose survey texts whoever it can."""
    decide(services, site.id, {"identity": "trusting", "rest_days": "none", "load": "none"}, "the team")
    with services.db.writing() as db:
        scope = SiteScope(db, site.id)
        survey = surveys.named(scope, None)
        sites.allow_origin(scope, SHOP, services.now())
    assert survey
    delivery = {
        "channels": ["sms", "email"], "reminders": {"times": 2, "every_days": 1},
        "follow_up": {"when": "no_comment", "after_hours": 1, "text": {"en": "And why?"}},
    }  # fmt: skip
    save(services, site.id, survey.id, {**survey.definition, "delivery": delivery}, "the team")
    publish(services, site.id, survey.id, "the team")
    return site


def later(services: Services, clock: Clock, queue: Waiting) -> None:
    """Everything that could follow has followed."""
    for _ in range(16):
        tick(services)
        queue.carry_out(services)
        clock.forward(hours=6)


def no_text(services: Services, texts: Scripted) -> bool:
    return not texts.sent and not [row for row in rows(services, Invitation) if row.channel in ("sms", "phone")]


def test_no_door_without_a_key_causes_a_text(
    wide_open: Site, services: Services, texts: Scripted, clock: Clock, queue: Waiting
) -> None:
    app = create_app(services)
    client, tried = app.test_client(), 0
    key = rows(services, SurveyRow)[0].key
    for rule in app.url_map.iter_rules():
        for name in ("1", wide_open.key, key):
            address = re.sub(r"<[^>]+>", name, rule.rule)
            for method in (rule.methods or set()) & {"GET", "POST"}:
                tried += 1
                client.open(address, method=method, query_string={"phone": PHONE, "channel": "sms"}, json=SAID)
                client.open(address, method=method, data={**SAID, "person": PHONE, "properties": "x"})

    later(services, clock, queue)

    assert tried > 100
    assert no_text(services, texts)


@pytest.mark.parametrize("key", ["", "wrong", "public", "source"])
def test_the_api_wants_the_secret_key(
    key: str, wide_open: Site, client: FlaskClient, services: Services, texts: Scripted, clock: Clock, queue: Waiting
) -> None:
    said = {"": {}, "public": basic(wide_open.key)}.get(key, basic(key))
    for path in ("/v1/people", "/v1/people.json", "/v1/touches", "/v1/survey_responses"):
        assert client.post(path, json=SAID, headers=said).status_code in (401, 404)
    later(services, clock, queue)
    assert no_text(services, texts)


def test_what_a_page_says_of_its_visitor_texts_nobody(
    wide_open: Site, client: FlaskClient, services: Services, texts: Scripted, clock: Clock, queue: Waiting
) -> None:
    """She is believed, shown a survey, answers without words, and closes another: nothing follows by text."""
    secret = identity_secret(services.secret, wide_open.key)
    for said in (
        {"phone": PHONE, "user": "7"},
        {"identity": sign(secret, now=services.now(), sub="8", phone=PHONE)},
    ):
        made = offer(client, wide_open, page="https://shop.example/", **said)
        assert made.status_code == 200, made.text
        token = frame_token(made)
        assert client.post("/w/shown", data={"token": token}).status_code == 200
        Form(client.get(f"/s/{token}").text).send(client, button=3)
    Form(client.get(f"/l/{rows(services, SurveyRow)[0].key}?phone={PHONE}&channel=sms").text).send(client, button=3)
    assert [response.score for response in rows(services, Response)] == [3, 3, 3]
    later(services, clock, queue)
    assert no_text(services, texts)


def test_the_secret_key_does(
    wide_open: Site, client: FlaskClient, services: Services, texts: Scripted, key: str, queue: Waiting, clock: Clock
) -> None:
    reply = client.post("/v1/people", json={"phone_number": PHONE, "channel": "sms"}, headers=basic(key))
    assert reply.status_code == 201, reply.text
    later(services, clock, queue)
    assert {message.to for message in texts.sent} == {PHONE}
