"""Every way out with what the tests need to know about its other side."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

from channels import provider
from channels.channel import BadSignature, Event, Outgoing, Provider, RawRequest
from channels.email.sendgrid_fake import SendGridFake
from channels.email.smtp_fake import SmtpFake
from channels.sms.twilio_fake import TwilioFake
from channels.twilio.signature import sign
from channels.voice.twilio_fake import TwilioVoiceFake

if TYPE_CHECKING:
    from tests.relay import Relay

    Relays = Callable[[bool], AbstractContextManager[Relay]]

MAIL = Outgoing(
    id="inv-1",
    attempt="try-1",
    kind="email",
    to="ada@example.com",
    to_name="Ada",
    subject="One question",
    text="How was it?\n.\n..dots\n",
    html="<p>How was it?</p>",
    headers={"List-Unsubscribe": "<https://ask.example.com/u/abc>"},
)
TEXT = Outgoing(id="inv-1", attempt="try-1", kind="sms", to="+447700900123", text="Northwind: how was it?")
CALL = Outgoing(id="inv-1", attempt="try-1", kind="phone", to="+447700900123", text="Northwind. How was it?")
SENDER = "Ask <ask@example.com>"
ACCOUNT, TOKEN, NUMBER = "AC" + "a" * 32, "t0ken", "+15005550006"
PATIENT, HASTY = 60.0, 1.0
"""Seconds: a time-out that no busy machine meets, and one for peers that hang."""
CLOSED = 9
"""A port of this machine that nobody listens on."""


@dataclass
class World:
    """One provider and what the tests need to know about its other side."""

    provider: Provider
    item: Outgoing
    reached: Callable[[], list[str]]
    """The addresses or numbers of the messages that the other side holds."""
    fail: Callable[[str], None] = lambda fault: None
    """Arrange for the next send to meet a fault (channels/faults.py), or "later"."""
    refused: dict[str, Outgoing] = field(default_factory=dict)
    """Scope to a message that is refused with it."""
    hasty: Provider | None = None
    """The same provider with a short time-out."""
    unreachable: Provider | None = None
    stranger: Provider | None = None
    """The same provider with a wrong password or key."""
    callback: RawRequest | None = None
    tell: Callable[[str], Any] | None = None
    """Have the other side call back, at `Outgoing.callback` or `door`, about all messages: "delivered" or "bounced"."""
    reply: RawRequest | None = None
    """What somebody wrote back, as the other side hands it over."""

    def held(self) -> int:
        return len(self.reached())

    def person(self, n: int) -> Outgoing:
        """The message to the n-th of many persons."""
        to = f"p{n}@example.com" if self.item.kind == "email" else f"+4477009{n:05d}"
        return replace(self.item, id=f"inv-{n}", attempt=f"try-{n}", to=to)


@dataclass
class Door:
    """An address for callbacks, and what came in there that `believes` says is genuine."""

    url: str
    believes: Provider | None = None
    events: list[Event] = field(default_factory=list)
    refused: int = 0


def smtp_world(relay: Relay, certificate: Path) -> World:
    def way_out(url: str, timeout: float = PATIENT) -> Provider:
        return provider("email", "smtp")(url, SENDER, str(certificate), timeout=timeout)

    return World(
        provider=way_out(relay.url),
        item=MAIL,
        reached=lambda: [envelope.rcpt_tos[0] for envelope in relay.mails],
        fail=relay.faults.append,
        refused={
            "address": replace(MAIL, to="nobody@example.com"),
            "account": replace(MAIL, to="elsewhere@example.com"),
            "content": replace(MAIL, subject="One\r\nBcc: eve@example.com"),
        },
        hasty=way_out(relay.url, HASTY),
        unreachable=way_out(f"{relay.url.rpartition(':')[0]}:{CLOSED}"),
        stranger=way_out(relay.url.replace("p%40ss", "wrong")),
    )


def smtp_fake_world(stack: ExitStack) -> World:
    relay = stack.enter_context(SmtpFake(user="house", password="pass"))

    def way_out(url: str, timeout: float = PATIENT) -> Provider:
        return provider("email", "smtp")(url, SENDER, timeout=timeout)

    def fail(fault: str) -> None:
        relay.faults.append((451, {}) if fault == "later" else fault)

    return World(
        provider=way_out(relay.url),
        item=MAIL,
        reached=lambda: [mail.recipients[0] for mail in relay.mails],
        fail=fail,
        refused={
            "address": replace(MAIL, to="nobody@example.com"),
            "account": replace(MAIL, to="elsewhere@example.com"),
            "content": replace(MAIL, to="blocked@example.com"),
        },
        hasty=way_out(relay.url, HASTY),
        unreachable=way_out(f"smtp+plain://127.0.0.1:{CLOSED}"),
        stranger=way_out(relay.url.replace("pass@", "wrong@")),
    )


def outbox_world(folder: Path, item: Outgoing) -> World:
    blocked = folder / "file"
    blocked.parent.mkdir(parents=True)
    blocked.write_text("in the way")
    make = provider(item.kind, "outbox")
    return World(
        provider=make(folder, item.kind, SENDER),
        item=item,
        reached=lambda: [json.loads(path.read_bytes())["to"] for path in folder.glob("*.json")],
        refused={"content": replace(item, subject="a\nb")} if item.kind == "email" else {},
        unreachable=make(blocked, item.kind, SENDER),
    )


def http_fail(fake: TwilioFake | SendGridFake) -> Callable[[str], None]:
    def fail(fault: Any) -> None:
        fake.faults.append((429, {"Retry-After": "7"}) if fault == "later" else fault)

    return fail


def sendgrid_world(stack: ExitStack, door: Door) -> World:
    fake = stack.enter_context(SendGridFake("SG.right", webhook=door.url))

    def way_out(key: str, url: str = fake.url, timeout: float = PATIENT) -> Provider:
        return provider("email", "sendgrid")(key, SENDER, url, timeout=timeout, webhook_key=fake.webhook_key)

    door.believes = way_out("SG.right")
    return World(
        provider=door.believes,
        item=MAIL,
        reached=lambda: [mail["personalizations"][0]["to"][0]["email"] for mail in fake.messages],
        fail=http_fail(fake),
        refused={
            "address": replace(MAIL, to="ada@localhost"),
            "content": replace(MAIL, subject=""),
        },
        hasty=way_out("SG.right", timeout=HASTY),
        unreachable=way_out("SG.right", f"http://127.0.0.1:{CLOSED}"),
        stranger=way_out("SG.wrong"),
        callback=fake.callback(
            "https://ask.example.com/receipts/sendgrid",
            {"event": "delivered", "sg_message_id": "ref.recvd-1", "askonce_id": "inv-1", "askonce_attempt": "try-1"},
        ),
        tell=lambda word: fake.report({"bounced": "bounce"}.get(word, word)),
        reply=fake.inbound("https://ask.example.com/receipts/sendgrid/inbound", email=WRITTEN),
    )


WRITTEN = b"From: ada@example.com\r\nTo: reply+abcdefgh@in.example.com\r\nSubject: Re: One question\r\n\r\nLovely!\r\n"


INBOUND = "https://ask.example.com/receipts/twilio_sms/inbound"


def _lowered(request: RawRequest) -> RawRequest:
    """As our web server hands it on."""
    return replace(request, headers={name.lower(): value for name, value in request.headers.items()})


def twilio_world(stack: ExitStack, door: Door) -> World:
    fake = stack.enter_context(TwilioFake(ACCOUNT, TOKEN))

    def way_out(token: str, url: str = fake.url, timeout: float = PATIENT) -> Provider:
        return provider("sms", "twilio_sms")(ACCOUNT, token, NUMBER, url, timeout=timeout)

    def tell(word: str) -> None:
        fake.script = {"delivered": ("delivered",), "bounced": ("undelivered:30005",)}[word]
        fake.deliver_callbacks()

    door.believes = way_out(TOKEN)
    url = "https://ask.example.com/receipts/twilio/inv-1.abc?x=%C3%A9&attempt=try-1"
    fields = [("MessageSid", "SM1"), ("MessageStatus", "delivered"), ("Blank", ""), ("Body", "é & =")]
    body = b"MessageSid=SM1&MessageStatus=delivered&Blank=&Body=%C3%A9+%26+%3D"
    return World(
        provider=door.believes,
        item=replace(TEXT, callback=door.url),
        reached=lambda: [message["to"] for message in fake.messages],
        fail=http_fail(fake),
        refused={
            "address": replace(TEXT, to="+15005550001"),
            "optout": replace(TEXT, to="+15005550004"),
            "account": replace(TEXT, to="+15005550003"),
            "content": replace(TEXT, text="x" * 1601),
        },
        hasty=way_out(TOKEN, timeout=HASTY),
        unreachable=way_out(TOKEN, f"http://127.0.0.1:{CLOSED}"),
        stranger=way_out("wrong"),
        callback=RawRequest(url, {"x-twilio-signature": sign(TOKEN, url, fields)}, body),
        tell=tell,
        reply=_lowered(fake.phones.signed(INBOUND, fake.phones.fields(TEXT.to, "Lovely!", 0, "SM" + "1" * 32))),
    )


def twilio_voice_world(stack: ExitStack, door: Door) -> World:
    fake = stack.enter_context(TwilioVoiceFake(ACCOUNT, TOKEN))

    def way_out(token: str, url: str = fake.url, timeout: float = PATIENT) -> Provider:
        return provider("phone", "twilio_voice")(ACCOUNT, token, NUMBER, url, timeout=timeout)

    def tell(word: str) -> None:
        fake.people[CALL.to] = {"delivered": "", "bounced": "nobody"}[word]
        fake.ring()
        # Only how it ended is looked at; what is told before that proves no more than that it was made.
        door.events[:] = door.events[-1:]

    door.believes = way_out(TOKEN)
    url = "https://ask.example.com/receipts/twilio_voice/inv-1.abc?x=%C3%A9&attempt=try-1"
    fields = [
        ("CallSid", "CA1"),
        ("CallStatus", "completed"),
        ("AnsweredBy", "human"),
        ("Blank", ""),
        ("Body", "é & ="),
    ]
    body = b"CallSid=CA1&CallStatus=completed&AnsweredBy=human&Blank=&Body=%C3%A9+%26+%3D"
    return World(
        provider=door.believes,
        item=replace(CALL, callback=door.url),
        reached=lambda: [call["to"] for call in fake.placed],
        fail=http_fail(fake),
        refused={
            "address": replace(CALL, to="+15005550001"),
            "account": replace(CALL, to="+15005550003"),
        },
        hasty=way_out(TOKEN, timeout=HASTY),
        unreachable=way_out(TOKEN, f"http://127.0.0.1:{CLOSED}"),
        stranger=way_out("wrong"),
        callback=RawRequest(url, {"x-twilio-signature": sign(TOKEN, url, fields)}, body),
        tell=tell,
    )


@pytest.fixture
def door() -> Iterator[Door]:
    """Running; the world says whom it believes."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = RawRequest(made.url.removesuffix("/r") + self.path, headers, body)
            assert made.believes
            try:
                made.believes.verify(request)
                made.events += made.believes.parse(request)
            except BadSignature:
                made.refused += 1
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made = Door(f"http://127.0.0.1:{server.server_port}/r")
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture
def world(
    request: pytest.FixtureRequest, tmp_path: Path, certificate: Path, relays: Relays, door: Door
) -> Iterator[World]:
    """The world named by the test's parameter."""
    with ExitStack() as stack:
        match request.param:
            case "outbox-email":
                yield outbox_world(tmp_path / "box", MAIL)
            case "outbox-sms":
                yield outbox_world(tmp_path / "box", TEXT)
            case "smtp" | "smtps":
                yield smtp_world(stack.enter_context(relays(request.param == "smtps")), certificate)
            case "smtp-fake":
                yield smtp_fake_world(stack)
            case "sendgrid":
                yield sendgrid_world(stack, door)
            case "twilio_sms":
                yield twilio_world(stack, door)
            case "twilio_voice":
                yield twilio_voice_world(stack, door)
            case "outbox-phone":
                yield outbox_world(tmp_path / "box", CALL)
