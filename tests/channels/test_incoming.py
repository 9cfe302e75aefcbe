"""A mail that comes back says what became of ours, or what she thinks; whatever else comes does no harm."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.channel import Event
from channels.email import incoming, raw_mail
from channels.email.incoming import read
from channels.email.replies import says_stop
from channels.email.status import is_for_good, is_passing

MAILS = {path.stem: path.read_bytes() for path in sorted((Path(__file__).parent / "mails").glob("*.eml"))}
BOUNCES = "bounces+mfrggzdfmztwq2lkaaaaaaaaaaaaaaaaaaaaaaaaaa@ask.example.com"
REPLIES = BOUNCES.replace("bounces", "reply")

SAID = {
    "postfix_failed": ("bounced", "5.1.1 550 5.1.1 <ann@shop.example>: Recipient address rejected"),
    "postfix_delayed": ("deferred", "4.4.1 connect to mx.shop.example"),
    "relay_gave_up": ("failed", "4.4.7"),
    "exchange_unknown": ("bounced", "5.1.10 550 5.1.10 RESOLVER.ADR.RecipientNotFound"),
    "exchange_edge": ("bounced", "5.4.1 550 5.4.1 Recipient address rejected"),
    "gmail_no_such_user": ("bounced", "5.1.1 550-5.1.1 The email account"),
    "gmail_over_quota": ("failed", "5.2.2 552-5.2.2 The recipient's inbox"),
    "qmail": ("bounced", "Remote host said: 550 sorry, no mailbox here by that name"),
    "qmail_queue_too_long": ("failed", "Sorry, I wasn't able to establish an SMTP connection. (#4.4.1)"),
    "complaint": ("complained", "reported as abuse"),
    "away_outlook": ("autoreply", "Automatic reply: One question"),
    "away_plain_subject": ("autoreply", "Abwesenheitsnotiz: Eine Frage"),
    "read_receipt": ("autoreply", "a read receipt"),
    "reply_gmail": ("reply", ""),
    "reply_outlook": ("reply", ""),
    "reply_html_below": ("reply", ""),
    "stop_by_list_unsubscribe": ("optout", "asked by mail"),
    "stop_by_reply": ("optout", "asked by mail"),
}
WROTE = {
    "reply_gmail": "9 – the glaze is lovely.\n\nOnly the parcel came late.",
    "reply_outlook": "Sehr gut, danke!",
    "reply_html_below": "Quite likely, thanks.",
    "stop_by_reply": "Please unsubscribe me.",
}


def heard(name: str) -> Event:
    event = read(MAILS[name])
    assert event
    return event


@pytest.mark.parametrize("name", MAILS)
def test_each_kind_of_mail_is_known_with_its_reason(name: str) -> None:
    event = heard(name)
    kind, reason = SAID[name]
    assert event.kind == kind
    assert event.reason.startswith(reason)


@pytest.mark.parametrize("name", MAILS)
def test_each_names_the_address_that_it_came_to(name: str) -> None:
    event = heard(name)
    assert event.id == ""
    assert event.back[0] == (REPLIES if event.kind in ("reply", "optout", "autoreply") else BOUNCES)


@pytest.mark.parametrize("name", WROTE)
def test_what_she_wrote_is_kept_and_what_she_answers_to_is_not(name: str) -> None:
    assert heard(name).text == WROTE[name]


def test_a_report_brings_our_names_back() -> None:
    event = heard("postfix_failed")
    assert (event.attempt, event.ref, event.at) == ("try-7", "<inv-7@ask.example.com>", 1795891267)


@pytest.mark.parametrize("name", ["gmail_no_such_user", "exchange_unknown", "qmail", "complaint"])
def test_the_mail_that_comes_back_inside_is_recognised(name: str) -> None:
    assert heard(name).ref == "<inv-7@ask.example.com>"


def test_handed_over_again_it_is_the_same_event() -> None:
    names = [heard(name).raw_id for name in MAILS for _ in range(2)]
    assert len(set(names)) == len(MAILS)


def test_the_envelope_comes_first_and_a_stranger_may_name_as_many_as_he_likes() -> None:
    many = ", ".join(f"reply+{n:08d}@ask.example.com" for n in range(500))
    raw = f"From: eve@example.com\nTo: {many}\nSubject: hello\n\nhi".encode()
    event = read(raw, BOUNCES)
    assert event
    assert event.back[0] == BOUNCES
    assert len(event.back) <= incoming.BACK_MAX


@pytest.mark.parametrize(
    "raw", [b"", b"\n\n", b"nonsense", b"\x00\x01\x02", b"{}", b"From eve\n", b":\n\n", b"a b: c\n\n"]
)
def test_what_is_no_mail_is_none(raw: bytes) -> None:
    assert read(raw) is None


@pytest.mark.parametrize(
    ("status", "said", "gone"),
    [
        ("5.1.1", "", True),
        ("5.1.2", "", True),
        ("5.2.1", "mailbox disabled", True),
        ("5.4.4", "Host or domain name not found", True),
        ("5.2.2", "mailbox full", False),
        ("5.7.1", "user unknown to our policy", False),
        ("5.3.0", "", False),
        ("4.2.2", "user unknown", False),
        ("5.0.0", "554 delivery error: dd This user doesn't have a mail.example account", True),
        ("5.0.0", "554 rejected", False),
        ("5.4.1", "Recipient address rejected: Access denied", True),
        ("5.4.1", "no answer from host", False),
        ("", "550 No such user here", True),
        ("", "550 no such user, mailbox full", False),
        ("", "successfully unknown", False),
    ],
)
def test_only_what_holds_for_good_ends_an_address(status: str, said: str, gone: bool) -> None:
    assert is_for_good(status, said) is gone


@pytest.mark.parametrize(
    ("status", "said", "passing"),
    [
        ("5.2.2", "", True),
        ("4.0.0", "", True),
        ("5.1.1", "try again later", False),
        ("5.0.0", "over quota", True),
        ("5.0.0", "", False),
    ],
)
def test_what_speaks_against_an_end(status: str, said: str, passing: bool) -> None:
    assert is_passing(status, said) is passing


@pytest.mark.parametrize(
    "text",
    ["STOP", "unsubscribe!", "Please unsubscribe me.", "remove me from this list", "Bitte abmelden", "opt-out", "Stop.",
     "إلغاء الاشتراك", "désabonner", "No more emails please"],
)  # fmt: skip
def test_a_wish_to_stop(text: str) -> None:
    assert says_stop(text)


@pytest.mark.parametrize(
    "text",
    [
        "Stop changing the price",
        "9",
        "",
        "I removed it",
        "unsubscribe " * 40,
        "do not stop",
        "The bus stop is far",
        "Re: stop",
    ],
)
def test_no_wish_to_stop(text: str) -> None:
    assert not says_stop(text)


@pytest.mark.parametrize(
    "header",
    ["Auto-Submitted: auto-replied", "X-Autoreply: yes", "Precedence: bulk", "X-Auto-Response-Suppress: OOF",
     "Return-Path: <>", "Precedence: auto_reply", "X-Autorespond: 1", "Subject: Out of Office: x"],
)  # fmt: skip
def test_machines_are_known_by_any_sign(header: str) -> None:
    event = read(f"{header}\nFrom: ann@example.com\nTo: {REPLIES}\n\nstop\n".encode())
    assert event
    assert (event.kind, event.text) == ("autoreply", "")


def test_a_person_is_no_machine() -> None:
    event = read(f"From: a@example.com\nTo: {REPLIES}\nAuto-Submitted: no\nSubject: Re: x\n\nFine\n".encode())
    assert event
    assert (event.kind, event.text) == ("reply", "Fine")


HOSTILE = {
    "nested": b"".join(b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n) for n in range(20_000)),
    "rfc822 in rfc822": b"Subject: x\n" + b"Content-Type: message/rfc822\n\n" * 30_000,
    "many parts": b"Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 100_000,
    "many headers": b"A: b\n" * 200_000 + b"\nx",
    "one long header": b"Subject: " + b"=?utf-8?q?x?= " * 70_000 + b"\n\nx",
    "comments": b"From: " + b"(" * 500_000 + b"\nSubject: x\n\nx",
    "codec": b"Subject: =?idna?q?" + b"a" * 99 + b"?=\nContent-Type: text/plain; charset=punycode\n\n" + b"a-" * 99_999,
    "no codec": b"Subject: =?zlib?q?x?=\nContent-Type: text/plain; charset=hex\n\n\xff\xfe",
    "bad base64": b"Subject: x\nContent-Transfer-Encoding: base64\n\n=" + b"!" * 100_000,
    "uuencode": b"Subject: x\nContent-Transfer-Encoding: x-uuencode\n\nbegin 666 x\nM" + b"\xff" * 1_000,
    "quotes": b"Subject: x\nFrom: a@example.com\n\n" + b"On " + b"a" * 300 + b" " * 900_000,
    "lines": b"Subject: x\nFrom: a@example.com\n\n" + b"on a\n" * 180_000,
    "html": b"Subject: x\nContent-Type: text/html\n\n" + b"<div" * 200_000 + b"<p>" * 20_000,
    "status": b"Content-Type: message/delivery-status\n\n" + b"Action: failed\n\n" * 50_000,
    "8 bit": b"Subject: \xff\xfe\xfd\nTo: \xe9@\xe9\nDate: \xe9\nMessage-ID: \xe9\n\n\xe9",
    "charset": b'Subject: x\nContent-Type: text/plain; charset="\xe9\x00"\n\nx',
    "date": b"Subject: x\nDate: Sat, 99 Nov 99999999999999999999 99:99:99 +9999\n\nx",
    "plus signs": b"Subject: x\nTo: " + b"a+b" * 300_000 + b"\n\nx",
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mails_end_soon_and_do_no_harm(name: str) -> None:
    """Without a bound most of them take minutes, or the process."""
    event = read(HOSTILE[name])
    assert event is None or (len(event.text) <= 10_000 and len(event.reason) <= 500 and len(event.back) <= 20)


@given(st.sampled_from(sorted(MAILS)), st.integers(0, 2**32), st.integers(1, 30))
@settings(max_examples=300, deadline=None)
def test_damaged_mails_do_no_harm(name: str, seed: int, hits: int) -> None:
    chance, raw = random.Random(seed), bytearray(MAILS[name])
    for _ in range(hits):
        at = chance.randrange(len(raw))
        match chance.randrange(4):
            case 0:
                raw[at] = chance.randrange(256)
            case 1:
                del raw[at : at + chance.randrange(40)]
            case 2:
                raw[at:at] = chance.choice(
                    [b"\n", b"\r\n", b"\n--", b"=?", b"\x00", b"\xff" * 9, b"+a@b", b'"', b"\n\n"]
                )
            case 3:
                piece = raw[at : at + 200]
                raw += piece
        if not raw:
            return
    read(bytes(raw))


@given(st.binary(max_size=400))
@settings(deadline=None)
def test_any_bytes_do_no_harm(raw: bytes) -> None:
    read(raw)
    read(b"Subject: x\nTo: y\n" + raw)
    read(b"Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n" + raw)


def test_a_mail_is_cut_off_where_it_grows_too_large() -> None:
    raw = MAILS["reply_gmail"] + b"x" * 2 * raw_mail.BYTES_MAX
    event = read(raw)
    assert event
    assert event.text == WROTE["reply_gmail"]
    assert replace(event, raw_id="") == replace(heard("reply_gmail"), raw_id="")
