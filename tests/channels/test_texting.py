"""What people text is handed over genuinely signed, and what is said back is said in the same breath."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from channels.channel import BadSignature, Event, Outgoing, RawRequest
from channels.sms.twilio import TwilioSms
from channels.sms.twilio_fake import TwilioFake
from channels.sms.twilio_phone import STARTED, STOPPED

ACCOUNT, TOKEN, NUMBER, ANN = "AC" + "a" * 32, "t0ken", "+15005550006", "+447700900123"


@dataclass
class Desk:
    """A server that verifies, and answers with what it is told to."""

    client: TwilioSms
    url: str = ""
    events: list[Event] = field(default_factory=list)
    reply: str = ""
    body: bytes | None = None
    refused: int = 0

    def hear(self, request: RawRequest) -> tuple[int, str, bytes]:
        try:
            self.client.verify(request)
        except BadSignature:
            self.refused += 1
            return 403, "text/plain", b""
        self.events += self.client.parse(request)
        said = Outgoing("turn.1", "sms", ANN, self.reply, callback=self.url + "/back") if self.reply else None
        made = self.client.respond(said)
        return 200, made.content_type, self.body if self.body is not None else made.body


@contextmanager
def served(desk: Desk) -> Iterator[Desk]:
    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, type, said = desk.hear(RawRequest(desk.url + self.path, headers, body))
            self.send_response(status)
            self.send_header("Content-Type", type)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *args: Any) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Door)
    desk.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield desk
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def desk(twilio: TwilioFake) -> Iterator[Desk]:
    with served(Desk(TwilioSms(ACCOUNT, TOKEN, NUMBER, twilio.url, timeout=30))) as made:
        twilio.phones.url = made.url + "/in"
        yield made


def test_a_text_comes_in_and_an_answer_leaves_with_it(desk: Desk, twilio: TwilioFake) -> None:
    desk.reply = "Why? <& “so”>"
    wrote = twilio.write(ANN, "9 é &= +")
    assert [each.text for each in wrote.said] == ["Why? <& “so”>"]
    (event,) = desk.events
    assert (event.kind, event.sender, event.text, event.is_answered) == ("reply", ANN, "9 é &= +", False)
    assert twilio.messages[-1]["direction"] == "outbound-reply"


def test_silence_is_no_message(desk: Desk, twilio: TwilioFake) -> None:
    assert (twilio.write(ANN, "9").said, twilio.count) == ((), 0)


def test_the_same_text_told_again_has_the_same_id(desk: Desk, twilio: TwilioFake) -> None:
    twilio.write(ANN, "9", sid="SM" + "1" * 32)
    twilio.write(ANN, "9", sid="SM" + "1" * 32)
    assert {event.raw_id for event in desk.events} == {"SM" + "1" * 32}


def test_a_stranger_is_refused(desk: Desk, twilio: TwilioFake) -> None:
    twilio.phones.auth_token = "another"
    assert twilio.write(ANN, "9").status == 403
    assert (desk.events, desk.refused) == ([], 1)


@pytest.mark.parametrize("advanced", [False, True])
def test_stop_is_answered_by_twilio_itself(desk: Desk, twilio: TwilioFake, advanced: bool) -> None:
    twilio.phones.advanced = advanced
    desk.reply = "A second confirmation"
    wrote = twilio.write(ANN, "Stop")
    assert (wrote.own, wrote.said, wrote.error) == (STOPPED, (), 21610)
    assert [(event.kind, event.is_answered) for event in desk.events] == [("optout", True)]
    back = twilio.write(ANN, "START")
    assert back.own == STARTED
    assert [(event.kind, event.is_answered) for event in desk.events[1:]] == [("optin" if advanced else "reply", True)]


@pytest.mark.parametrize(("body", "error"), [(b"<Response><Say>x</Say></Response>", 12100), (b"<oops", 12100)])
def test_what_is_no_twiml_sends_nothing(desk: Desk, twilio: TwilioFake, body: bytes, error: int) -> None:
    desk.body = body
    wrote = twilio.write(ANN, "9")
    assert (wrote.said, wrote.error, twilio.count) == ((), error, 0)


@pytest.mark.parametrize(
    ("more", "kind", "answered"),
    [("", "reply", False), ("&OptOutType=STOP", "optout", True), ("&OptOutType=START", "optin", True),
     ("&OptOutType=HELP", "reply", True), ("&OptOutType=LATER", "reply", True)],
)  # fmt: skip
def test_a_text_as_twilio_hands_it_over(desk: Desk, more: str, kind: str, answered: bool) -> None:
    body = (Path(__file__).parent / "callbacks" / "twilio_sms" / "inbound.txt").read_bytes() + more.encode()
    (event,) = desk.client.parse(RawRequest("https://ask.example.com/x", {}, body))
    assert (event.kind, event.is_answered, event.text, event.sender) == (kind, answered, "9 & more", "+447700900123")
    assert event.raw_id == "SM" + "2" * 32


def test_where_nobody_takes_it_the_fallback_is_asked(desk: Desk, twilio: TwilioFake) -> None:
    twilio.phones.url, twilio.phones.fallback = "http://127.0.0.1:9/in", desk.url + "/in"
    assert twilio.write(ANN, "9").status == 200
    assert [event.text for event in desk.events] == ["9"]


def test_what_no_xml_can_hold_spoils_no_reply(desk: Desk, twilio: TwilioFake) -> None:
    desk.reply = "Why?\x0b\x00"
    assert [each.text for each in twilio.write(ANN, "9").said] == ["Why?"]
