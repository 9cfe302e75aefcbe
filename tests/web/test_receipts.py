"""What Twilio tells us of a text, with signatures as Twilio makes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from channels.sms.twilio_fake import TwilioFake
from channels.twilio.signature import sign
from server.app import create_app
from server.core.links import seal
from server.flows.set_up import create_key, create_site
from server.services import Services
from server.store.tables import Consent, Invitation, Receipt
from tests.parts import Waiting
from tests.web.parts import basic, everything, rows

TOKEN = "t0ken"
PUBLIC = "https://ask.example"


@dataclass
class Text:
    """A text that Twilio has accepted, and Twilio's way of talking about it."""

    client: FlaskClient
    services: Services
    id: str
    ref: str

    def told(self, status: str, token: str = TOKEN, url: str = "", path: str = "", **more: str) -> TestResponse:
        path = path or "/receipts/twilio_sms/" + seal(self.services.secret, "receipt", self.id)
        fields = {"MessageSid": self.ref, "MessageStatus": status, **more}
        signature = sign(token, url or PUBLIC + path, list(fields.items()))
        return self.client.post(
            path, data=urlencode(fields), headers={"X-Twilio-Signature": signature},
            content_type="application/x-www-form-urlencoded",
        )  # fmt: skip

    @property
    def state(self) -> str:
        return str(rows(self.services, Invitation)[0].state)


@pytest.fixture
def text(make_services: Callable[..., Services], queue: Waiting) -> Iterator[Text]:
    with TwilioFake("AC" + "a" * 32, TOKEN) as twilio:
        services = make_services(
            SMS_PROVIDER="twilio_sms", TWILIO_URL=twilio.url, TWILIO_ACCOUNT_SID=twilio.account_sid,
            TWILIO_AUTH_TOKEN=TOKEN, TWILIO_FROM="+15005550006", PUBLIC_URL=PUBLIC,
        )  # fmt: skip
        key = create_key(services, create_site(services, "Harbour").id)
        client = create_app(services).test_client()
        client.post("/v1/people", json={"phone_number": "+447700900123", "channel": "sms"}, headers=basic(key))
        queue.carry_out(services)
        row = rows(services, Invitation)[0]
        yield Text(client, services, row.id, row.provider_ref)


def test_a_text_is_accepted_and_then_delivered(text: Text) -> None:
    assert text.state == "accepted"
    assert text.told("sent").status_code == 204
    assert text.state == "accepted"
    assert text.told("delivered").status_code == 204
    assert text.state == "delivered"


def test_what_comes_late_or_twice_moves_nothing_back(text: Text) -> None:
    for status in ("delivered", "sent", "queued", "delivered", "failed", "undelivered"):
        assert text.told(status).status_code == 204
        assert text.state == "delivered"


def test_a_text_that_never_arrived_says_why(text: Text) -> None:
    text.told("undelivered", ErrorCode="30005")
    row = rows(text.services, Invitation)[0]
    assert row.state == "bounced"
    assert row.reason


def test_who_said_stop_to_twilio_is_not_texted_again(text: Text) -> None:
    text.told("failed", ErrorCode="21610")
    assert [(row.scope, row.source) for row in rows(text.services, Consent)] == [("sms", "provider")]


def test_a_word_that_nobody_knows_is_kept_and_changes_nothing(text: Text) -> None:
    before = everything(text.services)
    assert text.told("pondered").status_code == 204
    assert [(row.kind, row.reason) for row in rows(text.services, Receipt)] == [("unknown", "pondered")]
    assert {**everything(text.services), "receipt": []} == before


@pytest.mark.parametrize(
    ("token", "url"),
    [("other", ""), ("", ""), (TOKEN, "https://evil.example/receipts/x"), (TOKEN, "http://localhost/receipts/x")],
)
def test_what_twilio_did_not_sign_is_refused(text: Text, token: str, url: str) -> None:
    before = everything(text.services)
    assert text.told("delivered", token=token, url=url).status_code == 403
    assert everything(text.services) == before


def test_a_changed_body_is_refused(text: Text) -> None:
    path = "/receipts/twilio_sms/" + seal(text.services.secret, "receipt", text.id)
    signature = sign(TOKEN, PUBLIC + path, [("MessageSid", text.ref), ("MessageStatus", "sent")])
    body = {"MessageSid": text.ref, "MessageStatus": "failed"}
    assert text.client.post(path, data=body, headers={"X-Twilio-Signature": signature}).status_code == 403
    assert text.client.post(path, data=body).status_code == 403
    assert text.state == "accepted"


def test_the_address_names_one_invitation_and_cannot_be_made_up(text: Text) -> None:
    for token in (text.id, seal("x" * 40, "receipt", text.id), seal(text.services.secret, "survey", text.id)):
        assert text.told("delivered", path=f"/receipts/twilio_sms/{token}").status_code == 404
    assert text.state == "accepted"


@pytest.mark.parametrize("provider", ["sendgrid", "outbox", "smtp", "nobody"])
def test_a_provider_that_is_not_in_use_is_not_found(text: Text, provider: str) -> None:
    token = seal(text.services.secret, "receipt", text.id)
    assert text.told("delivered", path=f"/receipts/{provider}/{token}").status_code == 404
