"""Calls: what a turn says as TwiML, what Twilio reports, and a caller who does what she is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from channels.call_back import ask
from channels.channel import Outcome, Outgoing, RawRequest, Rejected
from channels.voice.caller import BadCall, Doing, doings
from channels.voice.render import SAID_MOST, Spoken, Voice, render
from channels.voice.twilio import TwilioVoice, is_machine
from channels.voice.twilio_fake import TwilioVoiceFake
from tests.calls import schema

ACCOUNT, TOKEN, OURS, HERS = "AC" + "a" * 32, "t0ken", "+15005550006", "+447700900123"
CALLBACKS = Path(__file__).parent / "callbacks" / "twilio_voice"


@pytest.fixture
def twilio() -> Iterator[TwilioVoiceFake]:
    with TwilioVoiceFake(ACCOUNT, TOKEN) as fake:
        yield fake


@pytest.fixture
def way_out(twilio: TwilioVoiceFake) -> TwilioVoice:
    return TwilioVoice(ACCOUNT, TOKEN, OURS, twilio.url)


@pytest.mark.parametrize(
    "turn",
    [
        Spoken(("Hello.", "How was it?"), "keys", "https://ask.example.com/t", ("nine", "a, b")),
        Spoken(("Hello.",), "keys", "https://ask.example.com/t", voice=Voice("de-DE", "de-DE", "Polly.Vicki")),
        Spoken(("Why?",), "recording", "https://ask.example.com/t", recorded="https://ask.example.com/r"),
        Spoken(("Why?",), "recording", "https://a.example/t", recorded="https://a.example/r", written="https://a.example/r"),
        Spoken(("Goodbye <&>\x00\ud800",)),
        Spoken(("Goodbye.",), returns="https://webhooks.twilio.com/v1/Accounts/AC/Flows/FW?FlowEvent=return&x=1"),
        Spoken(()),
        Spoken(("x" * 9_000,)),
    ],
    ids=range(8),
)  # fmt: skip
def test_every_turn_is_twiml(turn: Spoken) -> None:
    schema.check(render(turn))


def test_keys_are_never_cut_off_and_never_redirected() -> None:
    document = render(Spoken(("How?",), "keys", "https://ask.example.com/t"))

    assert "numDigits" not in document
    assert "Redirect" not in document
    assert 'actionOnEmptyResult="true"' in document
    assert 'finishOnKey="#"' in document


def test_a_text_is_as_long_as_a_voice_takes_it() -> None:
    assert f">{'x' * SAID_MOST}<" in render(Spoken(("x" * 9_000,)))


@pytest.mark.parametrize(
    ("recorded", "kind", "reason"),
    [
        ("initiated", "accepted", ""), ("completed", "accepted", ""), ("human", "delivered", ""),
        ("machine", "failed", "a machine answered"), ("fax", "failed", "a machine answered"),
        ("busy", "failed", "busy"), ("no_answer", "failed", "nobody picked up"),
        ("no_such_number", "bounced", "there is no such number (404)"),
        ("failed", "failed", "the call could not be put through (503)"), ("from_the_future", "unknown", "teleported"),
    ],
)  # fmt: skip
def test_recorded_callbacks(way_out: TwilioVoice, recorded: str, kind: str, reason: str) -> None:
    body = (CALLBACKS / f"{recorded}.txt").read_bytes().strip()
    (event,) = way_out.parse(RawRequest("https://ask.example.com/receipts/twilio_voice/x?attempt=a1", {}, body))

    assert (event.kind, event.reason, event.attempt, event.ref) == (kind, reason, "a1", "CA" + "1" * 32)


@pytest.mark.parametrize(
    ("said", "expected"),
    [("machine_end_beep", True), ("fax", True), ("human", False), ("unknown", False), ("", False)],
)
def test_what_is_not_known_to_be_a_machine_is_a_person(said: str, expected: bool) -> None:
    assert is_machine(said) == expected


def call(
    way_out: TwilioVoice,
    to: str = HERS,
    page: str = "https://ask.example.com/calls/to/x",
    callback: str = "https://ask.example.com/r",
) -> Outcome:
    return way_out.send([Outgoing(id="i", kind="phone", to=to, text="Hello", page=page, callback=callback)])[0]


def test_a_call_is_placed_with_its_page_and_a_look_for_machines(way_out: TwilioVoice, twilio: TwilioVoiceFake) -> None:
    call(way_out)
    (placed,) = twilio.placed
    assert (placed["url"], placed["callback"]) == ("https://ask.example.com/calls/to/x", "https://ask.example.com/r")


@pytest.mark.parametrize(
    ("more", "scope", "code"),
    [
        ({"to": "+15005550001"}, "address", "21217"), ({"to": "+15005550002"}, "address", "21214"),
        ({"to": "+15005550003"}, "account", "21215"), ({"to": "+15005550004"}, "address", "21216"),
        ({"to": "nobody"}, "address", "21211"), ({"page": "ftp://x"}, "account", "21205"),
        ({"callback": "nonsense"}, "account", "21609"),
    ],
)  # fmt: skip
def test_magic_numbers_and_nonsense_are_refused(
    way_out: TwilioVoice, more: dict[str, str], scope: str, code: str
) -> None:
    outcome = call(way_out, **more)
    assert isinstance(outcome, Rejected)
    assert (outcome.scope, outcome.reason.split()[0]) == (scope, code)


def test_a_call_without_a_page_says_its_text(way_out: TwilioVoice, twilio: TwilioVoiceFake) -> None:
    call(way_out, page="")
    schema.check(twilio.placed[0]["twiml"])
    assert "Hello" in twilio.placed[0]["twiml"]


def test_a_recording_is_had_once_and_erased(way_out: TwilioVoice, twilio: TwilioVoiceFake) -> None:
    sid = "RE" + "a" * 32
    twilio.recordings[sid] = b"x" * 100

    assert way_out.recording(sid, 100) == b"x" * 100
    with pytest.raises(ValueError, match="more than 99 bytes"):
        way_out.recording(sid, 99)
    assert way_out.erase(sid)
    assert way_out.recording(sid, 100) is None
    assert way_out.erase(sid)  # gone is gone


def test_a_recording_that_cannot_be_had_now_says_so(twilio: TwilioVoiceFake) -> None:
    with pytest.raises(OSError, match="refused"):
        TwilioVoice(ACCOUNT, TOKEN, OURS, "http://127.0.0.1:9").recording("RE1", 9)
    with pytest.raises(OSError, match="401"):
        TwilioVoice(ACCOUNT, "wrong", OURS, twilio.url).recording("RE1", 9)
    assert not TwilioVoice(ACCOUNT, TOKEN, OURS, "http://127.0.0.1:9").erase("RE1")


def test_other_processes_place_and_take_calls_by_http(way_out: TwilioVoice, twilio: TwilioVoiceFake) -> None:
    def told(path: str, said: object) -> object:
        return json.loads(ask(RawRequest(twilio.url + path, {}, json.dumps(said).encode()))[2])

    call(way_out, page="", callback="")
    assert told("/_people", {HERS: "9#"}) == 1
    assert told("/_ring", None) == [[]]
    assert [placed["status"] for placed in twilio.placed] == ["completed"]
    assert ask(RawRequest(twilio.url + "/_call", {}, b'{"url": "http://127.0.0.1:9/", "from": "+1"}'))[0] == 400


def test_a_script_is_read(twilio: TwilioVoiceFake) -> None:
    assert doings("9#; say nine; say ?ten; speak 12 Fine; speak 3; silence; hang up") == [
        Doing("press", "9#"), Doing("say", "nine", 0.9), Doing("say", "ten", 0.2), Doing("speak", "Fine", seconds=12),
        Doing("speak", "", seconds=3), Doing("silence"), Doing("hang up"),
    ]  # fmt: skip
    with pytest.raises(ValueError, match="nothing that a caller does"):
        doings("dance")


GATHER = '<Response><Gather {0} action="http://127.0.0.1:9/next"><Say>Hello</Say></Gather><Say>After</Say></Response>'


@pytest.mark.parametrize(
    ("attributes", "script", "digits", "left"),
    [
        ('numDigits="1"', "91", "9", "1"),
        ('numDigits="2"', "100#", "10", "0#"),
        ("", "100#9#", "100", "9#"),
        ('finishOnKey="*"', "9#*1", "9#", "1"),
        ("", "9", "9", ""),
        ('actionOnEmptyResult="true"', "silence", "", ""),
    ],
)
def test_a_caller_types_as_a_telephone_does(
    twilio: TwilioVoiceFake, attributes: str, script: str, digits: str, left: str
) -> None:
    caller = twilio.inbound(HERS, OURS, script)
    step = caller._obey("http://127.0.0.1:9/", GATHER.format(attributes))

    assert step
    assert step[0] == "http://127.0.0.1:9/next"
    assert step[1]["Digits"] == digits
    assert caller._typed == left


def test_silence_falls_through_to_the_next_verb(twilio: TwilioVoiceFake) -> None:
    caller = twilio.inbound(HERS, OURS, "silence")
    assert caller._obey("http://127.0.0.1:9/", GATHER.format("")) is None
    assert [each.text for each in caller.lines] == ["Hello", "[silence]", "After", "[end of the call]"]


def test_a_caller_is_no_use_for_what_is_no_twiml(twilio: TwilioVoiceFake) -> None:
    with pytest.raises(BadCall, match="was answered 401"):
        twilio.inbound(HERS, OURS).call(twilio.url + "/nothing")
    for document, why in (("<no", "what is no XML"), ("<Say>Hello</Say>", "not by Response")):
        with pytest.raises(BadCall, match=why):
            twilio.inbound(HERS, OURS)._obey("http://127.0.0.1:9/", document)
