"""Twilio gets the text once, and its word is believed only when it is signed."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl

import pytest
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from channels import pause
from channels.channel import Accepted, BadSignature, Outgoing, RawRequest, Rejected, Retry, Unknown
from channels.sms.twilio import TwilioSms
from channels.sms.twilio_fake import TwilioFake
from channels.twilio import codes, signature

ACCOUNT, TOKEN, NUMBER = "AC" + "a" * 32, "t0ken", "+15005550006"
TEXT = Outgoing("inv-1", "sms", "+447700900123", "Northwind: how was it? https://a.example/s/abc")
RECORDED = Path(__file__).parent / "callbacks" / "twilio_sms"


@pytest.fixture
def client(twilio: TwilioFake) -> TwilioSms:
    return TwilioSms(ACCOUNT, TOKEN, NUMBER, twilio.url, timeout=30)


@contextmanager
def our_door(client: TwilioSms) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """An address for callbacks that checks signatures, and the list of what came in."""
    seen: list[tuple[str, str]] = []

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = RawRequest(f"{base}{self.path}", headers, body)
            try:
                client.verify(request)
                seen.extend((self.path, event.kind) for event in client.parse(request))
                self.send_response(204)
            except BadSignature:
                self.send_response(403)
            self.end_headers()

        def log_message(self, *args: Any) -> None: ...

    with closing_server(HTTPServer(("127.0.0.1", 0), Door)) as server:
        base = f"http://127.0.0.1:{server.server_port}"
        yield base, seen


@contextmanager
def closing_server(server: HTTPServer) -> Iterator[HTTPServer]:
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("valid_for", "asked"),
    [
        (None, None), (timedelta(minutes=90), "5400"), (timedelta(seconds=59.9), "59"), (timedelta(days=3), "36000"),
        (timedelta(seconds=0.2), "1"), (timedelta(seconds=-5), "1"),
    ],
)  # fmt: skip
def test_a_text_may_lie_at_twilio_as_long_as_it_is_good_within_what_twilio_takes(
    valid_for: timedelta | None, asked: str | None, client: TwilioSms, twilio: TwilioFake
) -> None:
    (outcome,) = client.send([replace(TEXT, valid_for=valid_for)])
    assert isinstance(outcome, Accepted)
    assert twilio.valid_for == asked


def test_the_documented_check_vector() -> None:
    fields = [
        ("To", "+18005551212"),
        ("CallSid", "CA1234567890ABCDE"),
        ("Caller", "+14158675310"),
        ("Digits", "1234"),
        ("From", "+14158675310"),
    ]
    url = "https://example.com/myapp.php?foo=1&bar=2"
    assert signature.sign("12345", url, fields) == "L/OH5YylLD5NRKLltdqwSvS0BnU="


@pytest.mark.parametrize("body", [b"A=1&A=2&A=1&B=", b"", b"Body=+a+&Body=%C3%A9", b"b=1&B=2&a=%2B", b"A=&A=&C=c%00"])
def test_we_sign_as_the_official_client_does(body: bytes) -> None:
    url = "https://ask.example.com/r?x=%C3%A9"
    fields = MultiDict(parse_qsl(body.decode(), keep_blank_values=True))
    official = RequestValidator(TOKEN).compute_signature(url, fields)
    assert signature.is_signed(TOKEN, url, body, official)
    assert not signature.is_signed("", url, body, official)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("https://a.example:8443/r", "https://a.example/r"),
        ("https://a.example/r", "https://a.example:443/r"),
        ("http://[::1]:80/r", "http://[::1]/r"),
    ],
)
def test_ports_may_be_spelled_out_or_not(ours: str, theirs: str) -> None:
    assert signature.is_signed(TOKEN, ours, b"A=1", signature.sign(TOKEN, theirs, [("A", "1")]))


def test_sender_is_a_number_or_a_service(twilio: TwilioFake, client: TwilioSms) -> None:
    service = TwilioSms(ACCOUNT, TOKEN, "MG" + "b" * 32, twilio.url, timeout=30)
    (by_number,), (by_service,) = client.send([TEXT]), service.send([TEXT])
    first, second = twilio.messages
    assert (by_number, by_service) == (Accepted(first["sid"]), Accepted(second["sid"]))
    assert (first["from"], first["messaging_service_sid"]) == (NUMBER, None)
    assert (second["from"], second["messaging_service_sid"]) == (None, "MG" + "b" * 32)


@pytest.mark.parametrize(
    ("to", "scope"),
    [
        ("+15005550001", "address"),
        ("+15005550002", "account"),
        ("+15005550003", "account"),
        ("+15005550004", "optout"),
        ("+15005550009", "address"),
        ("nonsense", "address"),
    ],
)
def test_magic_numbers(client: TwilioSms, to: str, scope: str) -> None:
    (outcome,) = client.send([replace(TEXT, to=to)])
    assert isinstance(outcome, Rejected)
    assert outcome.scope == scope


@pytest.mark.parametrize(("number", "kind"), [("+15005550007", Rejected), ("+15005550008", Retry)])
def test_magic_senders(twilio: TwilioFake, number: str, kind: type) -> None:
    (outcome,) = TwilioSms(ACCOUNT, TOKEN, number, twilio.url, timeout=30).send([TEXT])
    assert isinstance(outcome, kind)


def test_who_said_stop_is_an_optout(twilio: TwilioFake, client: TwilioSms) -> None:
    twilio.opted_out.add(TEXT.to)
    (outcome,) = client.send([TEXT])
    assert isinstance(outcome, Rejected)
    assert outcome.scope == "optout"


def test_an_unknown_code_is_soft_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert codes.outcome(39999, "new") == Retry("new", timedelta(hours=1))
        codes.outcome(39999, "new")
    assert len(caplog.records) == 1


@pytest.mark.parametrize("status", [401, 402, 403, 404])
def test_statuses_that_are_ours_to_mend(twilio: TwilioFake, client: TwilioSms, status: int) -> None:
    twilio.faults.append((status, {}))
    (outcome,) = client.send([TEXT])
    assert isinstance(outcome, Rejected)
    assert outcome.scope == "account"


@pytest.mark.parametrize("status", [400, 408, 409, 499, 500, 502, 503])
def test_statuses_that_prove_nothing(twilio: TwilioFake, client: TwilioSms, status: int) -> None:
    twilio.faults.append((status, {}))
    (outcome,) = client.send([TEXT])
    assert isinstance(outcome, Unknown)


@pytest.mark.parametrize("after", ["", "soon", "9" * 5000, "-1", "٣"])
def test_an_odd_retry_after_is_a_minute(after: str) -> None:
    assert pause.asked_for({"Retry-After": after}) == timedelta(minutes=1)


def test_a_success_without_sense_is_unknown(twilio: TwilioFake, client: TwilioSms) -> None:
    twilio.faults.append((201, {"Content-Type": "text/html"}))
    (outcome,) = client.send([TEXT])
    assert isinstance(outcome, Unknown)


def test_a_look_up_finds_what_a_cut_line_hid(twilio: TwilioFake, client: TwilioSms) -> None:
    assert client.find(TEXT) is None
    twilio.faults.append("drop-after")
    assert isinstance(client.send([TEXT])[0], Unknown)
    assert client.find(TEXT) == Accepted(twilio.messages[0]["sid"])
    assert client.find(replace(TEXT, text="another")) is None
    assert client.find(replace(TEXT, to="+447700900124")) is None


def test_the_stand_in_lists_as_twilio_does(twilio: TwilioFake, client: TwilioSms) -> None:
    client.send([replace(TEXT, text=str(n)) for n in range(7)])
    client.send([replace(TEXT, to="+447700900124")])
    official, line = client._client()
    with line.session:
        listed = official.messages.list(to=TEXT.to, page_size=3)
        assert [message.body for message in listed] == ["6", "5", "4", "3", "2", "1", "0"]
        assert official.messages.list(from_="+15005550001") == []
        assert official.messages(listed[0].sid).fetch().body == "6"


def test_a_look_up_that_fails_cannot_say(client: TwilioSms) -> None:
    client.auth_token = "wrong"
    assert client.find(TEXT) is None


@pytest.mark.parametrize(
    ("recorded", "kind", "reason"),
    [
        ("sent", "accepted", ""),
        ("delivered", "delivered", ""),
        ("undelivered", "failed", "the phone is switched off or out of reach (30003)"),
        ("unknown_number", "bounced", "there is no such number (30005)"),
        ("opted_out", "optout", "she has told the provider to stop (21610)"),
        ("from_the_future", "unknown", "pondered"),
    ],
)
def test_recorded_callbacks(client: TwilioSms, recorded: str, kind: str, reason: str) -> None:
    body = (RECORDED / f"{recorded}.txt").read_bytes()
    (event,) = client.parse(RawRequest("https://ask.example.com/receipts/twilio/inv-1", {}, body))
    status = dict(parse_qsl(body.decode()))["MessageStatus"]
    assert (event.kind, event.reason, event.id) == (kind, reason, "")
    assert event.raw_id == f"SM{'1' * 32}:{status}"


@pytest.mark.parametrize(("minutes", "is_found"), [(-1, True), (1, False)])
def test_what_was_said_before_is_another_text(client: TwilioSms, minutes: int, is_found: bool) -> None:
    """A text without a link may have been sent in the same words before."""
    client.send([TEXT])
    since = datetime.now(UTC) + timedelta(minutes=minutes)
    assert (client.find(replace(TEXT, since=since)) is not None) == is_found


def test_signed_callbacks_follow_the_script(twilio: TwilioFake, client: TwilioSms) -> None:
    twilio.scripts["+447700900999"] = ("sent", "undelivered:30005")
    with our_door(client) as (base, seen):
        good, bad = (
            replace(TEXT, callback=f"{base}/r/1"),
            replace(TEXT, to="+447700900999", callback=f"{base}/r/2"),
        )
        client.send([good, bad])
        assert twilio.deliver_callbacks() == 4
        assert twilio.deliver_callbacks() == 0
    assert seen == [("/r/1", "accepted"), ("/r/1", "delivered"), ("/r/2", "accepted"), ("/r/2", "bounced")]
    assert twilio.answers == [204] * 4
    assert [m["status"] for m in twilio.messages] == ["delivered", "undelivered"]


def test_the_callbacks_address_says_which_try_it_was(twilio: TwilioFake, client: TwilioSms) -> None:
    for callback, at in (("https://ask.example.com/r/1", "?"), ("https://ask.example.com/r/1?x=1", "&")):
        client.send([replace(TEXT, callback=callback, attempt="try-1")])
        url = f"{callback}{at}attempt=try-1"
        (event,) = client.parse(RawRequest(url, {}, b"MessageSid=SM1&MessageStatus=sent"))
        assert event.attempt == "try-1"


def test_a_callback_that_nobody_takes_does_no_harm(twilio: TwilioFake, client: TwilioSms) -> None:
    client.send([replace(TEXT, callback="http://127.0.0.1:9/r")])
    twilio.deliver_callbacks()
    assert twilio.answers == [0, 0]


def test_the_log_never_holds_a_number(client: TwilioSms, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        client.send([TEXT])
        client.find(TEXT)
    assert "447700900123" not in caplog.text
