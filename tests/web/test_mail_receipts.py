"""What SendGrid tells of mails and hands over of what people write, with signatures as SendGrid makes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest
from flask.testing import FlaskClient

from channels.channel import RawRequest
from channels.email.sendgrid_fake import SendGridFake
from server.app import create_app
from server.core.links import seal, seal_address
from server.flows.set_up import create_key, create_site
from server.services import Services
from server.store.tables import Consent, Invitation, Suppression
from tests.parts import Waiting
from tests.web.parts import basic, everything, rows

PUBLIC = "https://ask.example"
EVENTS, INBOUND = "/receipts/sendgrid", "/receipts/sendgrid/inbound"


@dataclass
class Mail:
    """A mail that SendGrid has accepted, and SendGrid's way of talking about it."""

    client: FlaskClient
    services: Services
    fake: SendGridFake
    id: str

    def told(self, event: str, **more: str) -> int:
        return self.post(self.fake.callback(PUBLIC + EVENTS, {"event": event, "askonce_id": self.id, **more}))

    def wrote(self, text: str, to: str = "") -> int:
        raw = f"From: ann@example.com\r\nTo: {to or self.address}\r\nSubject: Re: x\r\n\r\n{text}\r\n"
        return self.post(self.fake.inbound(PUBLIC + INBOUND, email=raw))

    def post(self, request: RawRequest) -> int:
        path = request.url.removeprefix(PUBLIC)
        return self.client.post(path, data=request.body, headers=dict(request.headers)).status_code

    @property
    def address(self) -> str:
        return f"reply+{seal_address(self.services.secret, self.id)}@in.example"

    @property
    def state(self) -> str:
        return str(rows(self.services, Invitation)[0].state)


@pytest.fixture
def mail(make_services: Callable[..., Services], queue: Waiting) -> Iterator[Mail]:
    with SendGridFake("SG.right") as fake:
        services = make_services(
            EMAIL_PROVIDER="sendgrid", SENDGRID_API_KEY="SG.right", SENDGRID_URL=fake.url, PUBLIC_URL=PUBLIC,
            SENDGRID_WEBHOOK_KEY=fake.webhook_key, MAIL_FROM="Ask <ask@ask.example>", MAIL_REPLY="reply@in.example",
        )  # fmt: skip
        key = create_key(services, create_site(services, "Harbour").id)
        client = create_app(services).test_client()
        client.post("/v1/people", json={"email": "ann@example.com"}, headers=basic(key))
        queue.carry_out(services)
        yield Mail(client, services, fake, rows(services, Invitation)[0].id)


def test_the_mail_names_its_way_back(mail: Mail) -> None:
    (sent,) = mail.fake.messages
    assert sent["reply_to"]["email"] == mail.address
    assert f"mailto:{mail.address}" in sent["personalizations"][0]["headers"]["List-Unsubscribe"]


def test_a_mail_is_accepted_and_then_delivered(mail: Mail) -> None:
    assert mail.state == "accepted"
    assert mail.told("processed") == mail.told("deferred") == 204
    assert mail.state == "accepted"
    assert mail.told("delivered") == 204
    assert mail.state == "delivered"


def test_a_bounce_ends_the_address(mail: Mail) -> None:
    assert mail.told("bounce", type="bounce", status="5.1.1", reason="550 no such user") == 204
    assert mail.state == "bounced"
    assert [row.reason for row in rows(mail.services, Suppression)] == ["bounced"]


def test_a_block_does_not(mail: Mail) -> None:
    mail.told("bounce", type="blocked", reason="554 blocked by policy")
    assert mail.state == "failed"
    assert rows(mail.services, Suppression) == []


@pytest.mark.parametrize("event", ["unsubscribe", "group_unsubscribe", "spamreport"])
def test_who_had_enough_is_not_written_to_again(mail: Mail, event: str) -> None:
    mail.told(event)
    assert [(row.scope, row.given) for row in rows(mail.services, Consent)] == [("email", False)]


def test_a_word_that_nobody_knows_changes_nothing(mail: Mail) -> None:
    before = [row.state for row in rows(mail.services, Invitation)]
    assert mail.told("pondered") == mail.told("open") == mail.told("click") == 204
    assert [row.state for row in rows(mail.services, Invitation)] == before


def test_what_sendgrid_did_not_sign_is_refused(mail: Mail) -> None:
    before = everything(mail.services)
    for path in (EVENTS, INBOUND):
        good = mail.fake.callback(PUBLIC + path, {"event": "bounce", "type": "bounce", "askonce_id": mail.id})
        with SendGridFake("SG.other") as stranger:
            other = stranger.callback(PUBLIC + path, {"event": "bounce", "askonce_id": mail.id})
        assert mail.post(replace(good, body=good.body + b" ")) == 403
        assert mail.post(replace(good, headers={"content-type": "application/json"})) == 403
        assert mail.post(other) == 403
    assert everything(mail.services) == before


def test_a_server_without_the_key_believes_nobody(make_services: Callable[..., Services]) -> None:
    with SendGridFake("SG.right") as fake:
        env = {"EMAIL_PROVIDER": "sendgrid", "SENDGRID_API_KEY": "SG.right", "MAIL_FROM": "a@ask.example"}
        client = create_app(make_services(**env)).test_client()
        for path in (EVENTS, INBOUND):
            request = fake.callback(PUBLIC + path, {"event": "delivered"})
            assert client.post(path, data=request.body, headers=dict(request.headers)).status_code == 404


def test_a_provider_that_is_not_in_use_has_no_door(mail: Mail) -> None:
    for path in ("/receipts/smtp", "/receipts/twilio_sms", "/receipts/nobody", "/receipts/smtp/inbound"):
        assert mail.client.post(path).status_code == 404


def test_what_she_writes_back_proves_that_it_arrived(mail: Mail) -> None:
    with mail.services.db.writing() as db:
        db.merge(rows(mail.services, Invitation)[0]).state = "unconfirmed"
    assert mail.wrote("Lovely, thanks!") == 204
    assert mail.state == "accepted"


def test_who_writes_stop_is_not_written_to_again(mail: Mail) -> None:
    assert mail.wrote("STOP") == 204
    assert [(row.scope, row.given) for row in rows(mail.services, Consent)] == [("email", False)]


@pytest.mark.parametrize("seals", ["none", "another purpose", "another server"])
def test_without_the_sealed_name_it_is_about_nobody(mail: Mail, seals: str) -> None:
    before = everything(mail.services)
    token = {
        "none": mail.id,
        "another purpose": seal(mail.services.secret, "receipt", mail.id),
        "another server": seal_address("x" * 40, mail.id),
    }[seals]
    assert mail.wrote("STOP", f"reply+{token}@in.example") == 204
    assert everything(mail.services) == before


def test_taken_apart_it_says_the_same(mail: Mail) -> None:
    request = mail.fake.inbound(
        PUBLIC + INBOUND,
        headers='From: a@x.example\nTo: b@x.example\nContent-Type: multipart/mixed;\n boundary="x"\nSubject: Re\n',
        text="STOP\r\n",
        envelope=f'{{"to": ["{mail.address}"], "from": "ann@example.com"}}',
        charsets='{"text": "utf-8"}',
    )
    assert mail.post(request) == 204
    assert [(row.scope, row.given) for row in rows(mail.services, Consent)] == [("email", False)]


def test_bodies_have_a_bound(mail: Mail) -> None:
    for path, size in ((EVENTS, 5_000_000), (INBOUND, 11_000_000)):
        assert mail.client.post(path, data=b"x" * size).status_code == 413
