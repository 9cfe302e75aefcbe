"""The relay gets the mail as written, over a line that is safe."""

from __future__ import annotations

import socket
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from channels.channel import Accepted, Outgoing, Rejected, Retry, Unknown
from channels.email.smtp import Smtp

if TYPE_CHECKING:
    from tests.relay import Relay

SENDER = "Ask <ask@example.com>"
MAIL = Outgoing("inv-1", "email", "ada@example.com", "How was it?\n.\n..dots\nEnd\n", "One question", "<p>How?</p>")


@pytest.fixture
def smtp(relay: Relay, certificate: Path) -> Smtp:
    return Smtp(relay.url, SENDER, str(certificate), timeout=30)


def test_the_mail_arrives_as_written(relay: Relay, smtp: Smtp) -> None:
    assert smtp.send([MAIL]) == [Accepted("<inv-1@example.com>")]
    (envelope,) = relay.mails
    assert (envelope.mail_from, envelope.rcpt_tos) == ("ask@example.com", ["ada@example.com"])
    assert isinstance(envelope.content, bytes)
    text = message_from_bytes(envelope.content, policy=default).get_body(("plain",))
    assert text is not None
    assert text.get_content().replace("\r\n", "\n") == MAIL.text


def test_one_batch_is_one_conversation_and_one_refusal_does_not_end_it(relay: Relay, smtp: Smtp) -> None:
    to = ["grey@example.com", "ada@example.com", "nobody@example.com", "bob@example.com"]
    outcomes = smtp.send([replace(MAIL, id=name, to=name) for name in to])
    assert [type(outcome) for outcome in outcomes] == [Retry, Accepted, Rejected, Accepted]
    assert [envelope.rcpt_tos for envelope in relay.mails] == [["ada@example.com"], ["bob@example.com"]]


def test_refused_content_is_not_the_persons_fault(relay: Relay, smtp: Smtp) -> None:
    relay.faults.append("spam")
    (outcome,) = smtp.send([MAIL])
    assert isinstance(outcome, Rejected)
    assert outcome.scope == "content"
    assert "looks like spam" in outcome.reason


def test_after_a_cut_line_the_rest_of_the_batch_waits(relay: Relay, smtp: Smtp) -> None:
    relay.faults.extend(["", "drop-after"])
    outcomes = smtp.send([replace(MAIL, id=str(n)) for n in range(4)])
    assert [type(outcome) for outcome in outcomes] == [Accepted, Unknown, Retry, Retry]


def test_a_relay_with_a_strangers_certificate_gets_nothing(relay: Relay) -> None:
    smtp = Smtp(relay.url, SENDER, timeout=30)
    (outcome,) = smtp.send([MAIL])
    assert isinstance(outcome, Rejected)
    assert outcome.scope == "account"
    assert "certificate" in smtp.check()[0].text
    assert relay.mails == []


def test_a_relay_without_tls_never_sees_the_password(relay: Relay, certificate: Path) -> None:
    smtp = Smtp(relay.url.replace("smtp:", "smtp+plain:"), SENDER, str(certificate), timeout=30)
    (outcome,) = smtp.send([MAIL])
    assert isinstance(outcome, Rejected)
    assert outcome.scope == "account"


@pytest.mark.parametrize(
    "url", ["smtp+plain://mail.example.com", "http://127.0.0.1", "smtp://", "smtp+plain://10.0.0.1:25"]
)
def test_unsafe_or_odd_addresses_are_refused_before_any_line(url: str) -> None:
    smtp = Smtp(url, SENDER)
    assert len(smtp.check()) == 1
    (outcome,) = smtp.send([MAIL])
    assert isinstance(outcome, Rejected)
    assert outcome.scope == "account"


def test_a_relay_on_this_machine_needs_neither_tls_nor_a_login() -> None:
    taken: list[Envelope] = []

    class Plain:
        async def handle_DATA(self, _server: object, _session: object, envelope: Envelope) -> str:
            taken.append(envelope)
            return "250 taken"

    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        port = line.getsockname()[1]
    door = Controller(Plain(), hostname="127.0.0.1", port=port)
    door.start()
    (outcome,) = Smtp(f"smtp+plain://127.0.0.1:{port}", SENDER, timeout=2).send([MAIL])
    door.stop()
    assert isinstance(outcome, Accepted)
    assert len(taken) == 1
