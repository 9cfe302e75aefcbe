"""The stand-in for Twilio is strict, stays up, and serves other processes."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from channels.channel import Accepted, Outgoing, Retry, Unknown
from channels.sms.twilio import TwilioSms
from channels.sms.twilio_fake import TwilioFake
from channels.sms.twilio_rules import Refusal, check

ACCOUNT, TOKEN, NUMBER = "AC" + "a" * 32, "t0ken", "+15005550006"
TEXT = Outgoing("inv-1", "sms", "+447700900123", "Northwind: how was it?")


@pytest.fixture
def client(twilio: TwilioFake) -> TwilioSms:
    return TwilioSms(ACCOUNT, TOKEN, NUMBER, twilio.url, timeout=30)


@pytest.mark.parametrize(
    "request_",
    [
        b"nonsense\r\n\r\n",
        b"POST /2010-04-01/Accounts/x/Messages.json HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
        b"POST /_faults HTTP/1.1\r\nContent-Length: 1\r\n\r\n{",
        b"GET //[ HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00",
    ],
)
def test_the_stand_in_survives_what_it_does_not_understand(
    twilio: TwilioFake, client: TwilioSms, request_: bytes
) -> None:
    port = int(twilio.url.rpartition(":")[2])
    with closing(socket.create_connection(("127.0.0.1", port), 1)) as line:
        line.sendall(request_)
        line.shutdown(socket.SHUT_WR)
        while line.recv(4096):
            pass
    assert isinstance(client.send([TEXT])[0], Accepted)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"To": ""}, 21604),
        ({"From": ""}, 21603),
        ({"MessagingServiceSid": "MG" + "b" * 32}, 21603),
        ({"Body": ""}, 21602),
        ({"Body": "x" * 1601}, 21617),
        ({"ValidityPeriod": "0"}, 21624),
        ({"ValidityPeriod": "36001"}, 21624),
        ({"ValidityPeriod": "1.5"}, 21624),
        ({"StatusCallback": "/relative"}, 21609),
        ({"StatusCallback": "https://under_score.example.com/"}, 21609),
        ({"SmartEncoded": "maybe"}, 20001),
        ({"Colour": "red"}, 20001),
    ],
)
def test_the_stand_in_is_strict(change: dict[str, str], code: int) -> None:
    good = {"To": TEXT.to, "From": NUMBER, "Body": "hi"}
    check(good, ())
    with pytest.raises(Refusal) as why:
        check(good | change, ())
    assert why.value.code == code
    assert set(why.value.body()) == {"code", "message", "more_info", "status"}


def test_other_processes_can_use_the_stand_in() -> None:
    command = [
        sys.executable,
        "-m",
        "channels.sms.twilio_fake",
        "--account-sid",
        ACCOUNT,
        "--auth-token",
        TOKEN,
    ]
    root = Path(__file__).parents[2]
    with subprocess.Popen([*command, "--callbacks"], stdout=subprocess.PIPE, text=True, cwd=root) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        try:
            client = TwilioSms(ACCOUNT, TOKEN, NUMBER, url, timeout=2)
            with urlopen(Request(f"{url}/_faults", b'["drop-after", [429, {"Retry-After": "3"}]]')):
                first, second = client.send([TEXT, TEXT])
            assert isinstance(first, Unknown)
            assert isinstance(second, Retry)
            with urlopen(f"{url}/_messages") as answer:
                assert [message["body"] for message in json.load(answer)] == [TEXT.text]
        finally:
            process.terminate()
