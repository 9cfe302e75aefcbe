"""Every way out with what the tests need to know about its other side."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from channels import provider
from channels.channel import Outgoing, Provider, RawRequest
from channels.email.sendgrid_fake import SendGridFake
from channels.sms.signature import sign
from channels.sms.twilio_fake import TwilioFake

if TYPE_CHECKING:
    from tests.relay import Relay

    Relays = Callable[[bool], AbstractContextManager[Relay]]

MAIL = Outgoing(
    id="inv-1",
    kind="email",
    to="ada@example.com",
    to_name="Ada",
    subject="One question",
    text="How was it?\n.\n..dots\n",
    html="<p>How was it?</p>",
    headers={"List-Unsubscribe": "<https://ask.example.com/u/abc>"},
)
TEXT = Outgoing(id="inv-1", kind="sms", to="+447700900123", text="Northwind: how was it?")
SENDER = "Ask <ask@example.com>"
ACCOUNT, TOKEN, NUMBER = "AC" + "a" * 32, "t0ken", "+15005550006"
SHORT = 0.3
CLOSED = 9
"""A port of this machine that nobody listens on."""


@dataclass
class World:
    """One provider and what the tests need to know about its other side."""

    provider: Provider
    item: Outgoing
    held: Callable[[], int]
    """How many messages the other side holds."""
    fail: Callable[[str], None] = lambda fault: None
    """Arrange for the next send to meet "drop-after", "hang" or "later"."""
    refused: dict[str, Outgoing] = field(default_factory=dict)
    """Scope to a message that is refused with it."""
    unreachable: Provider | None = None
    stranger: Provider | None = None
    """The same provider with a wrong password or key."""
    callback: RawRequest | None = None


def smtp_world(relay: Relay, certificate: Path) -> World:
    def way_out(url: str) -> Provider:
        return provider("email", "smtp")(url, SENDER, str(certificate), timeout=SHORT)

    return World(
        provider=way_out(relay.url),
        item=MAIL,
        held=lambda: len(relay.mails),
        fail=relay.faults.append,
        refused={
            "address": replace(MAIL, to="nobody@example.com"),
            "account": replace(MAIL, to="elsewhere@example.com"),
            "content": replace(MAIL, subject="One\r\nBcc: eve@example.com"),
        },
        unreachable=way_out(f"{relay.url.rpartition(':')[0]}:{CLOSED}"),
        stranger=way_out(relay.url.replace("p%40ss", "wrong")),
    )


def outbox_world(folder: Path, item: Outgoing) -> World:
    blocked = folder / "file"
    blocked.parent.mkdir(parents=True)
    blocked.write_text("in the way")
    make = provider(item.kind, "outbox")
    box = make(folder, item.kind, SENDER)
    return World(
        provider=box,
        item=item,
        held=lambda: len(list(folder.glob("*.json"))),
        refused={"content": replace(item, subject="a\nb")} if item.kind == "email" else {},
        unreachable=make(blocked, item.kind, SENDER),
    )


def http_fail(fake: TwilioFake | SendGridFake) -> Callable[[str], None]:
    def fail(fault: Any) -> None:
        fake.faults.append((429, {"Retry-After": "7"}) if fault == "later" else fault)

    return fail


def sendgrid_world(stack: ExitStack) -> World:
    fake = stack.enter_context(SendGridFake("SG.right"))

    def way_out(key: str, url: str = fake.url) -> Provider:
        return provider("email", "sendgrid")(key, SENDER, url, timeout=SHORT, webhook_key=fake.webhook_key)

    return World(
        provider=way_out("SG.right"),
        item=MAIL,
        held=lambda: len(fake.messages),
        fail=http_fail(fake),
        refused={
            "address": replace(MAIL, to="ada@localhost"),
            "content": replace(MAIL, subject=""),
        },
        unreachable=way_out("SG.right", f"http://127.0.0.1:{CLOSED}"),
        stranger=way_out("SG.wrong"),
        callback=fake.callback(
            "https://ask.example.com/receipts/sendgrid",
            {"event": "delivered", "sg_message_id": "ref.recvd-1", "askonce_id": "inv-1"},
        ),
    )


def twilio_world(stack: ExitStack) -> World:
    fake = stack.enter_context(TwilioFake(ACCOUNT, TOKEN))

    def way_out(token: str, url: str = fake.url, sender: str = NUMBER) -> Provider:
        return provider("sms", "twilio_sms")(ACCOUNT, token, sender, url, timeout=SHORT)

    url = "https://ask.example.com/receipts/twilio/inv-1.abc?x=%C3%A9"
    fields = [("MessageSid", "SM1"), ("MessageStatus", "delivered"), ("Blank", ""), ("Body", "é & =")]
    body = b"MessageSid=SM1&MessageStatus=delivered&Blank=&Body=%C3%A9+%26+%3D"
    return World(
        provider=way_out(TOKEN),
        item=TEXT,
        held=lambda: len(fake.messages),
        fail=http_fail(fake),
        refused={
            "address": replace(TEXT, to="+15005550001"),
            "optout": replace(TEXT, to="+15005550004"),
            "account": replace(TEXT, to="+15005550003"),
            "content": replace(TEXT, text="x" * 1601),
        },
        unreachable=way_out(TOKEN, f"http://127.0.0.1:{CLOSED}"),
        stranger=way_out("wrong"),
        callback=RawRequest(url, {"x-twilio-signature": sign(TOKEN, url, fields)}, body),
    )


@pytest.fixture
def world(request: pytest.FixtureRequest, tmp_path: Path, certificate: Path, relays: Relays) -> Iterator[World]:
    """The world named by the test's parameter."""
    with ExitStack() as stack:
        match request.param:
            case "outbox-email":
                yield outbox_world(tmp_path / "box", MAIL)
            case "outbox-sms":
                yield outbox_world(tmp_path / "box", TEXT)
            case "smtp" | "smtps":
                yield smtp_world(stack.enter_context(relays(request.param == "smtps")), certificate)
            case "sendgrid":
                yield sendgrid_world(stack)
            case "twilio_sms":
                yield twilio_world(stack)
