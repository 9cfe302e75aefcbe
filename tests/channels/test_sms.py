"""What a text says and what it costs."""

# odd quotes and dashes are what this is about

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from channels.sms.render import SmsInvitation, costly, is_gsm, plain, render, segments

INVITATION = SmsInvitation(
    id="inv-1",
    to="+447700900123",
    brand="Northwind",
    question="How likely are you to recommend us?",
    answer_url="https://a.example/s/Zk3n8Qw1RtYp0LmXc2VbNa",
    hint="Reply with 0 to 10, or tap:",
    stop_text="Reply STOP to opt out",
    callback="https://a.example/receipts/twilio/inv-1",
)


def test_an_invitation_is_one_message() -> None:
    sent = render(INVITATION)
    assert sent.text == (
        "Northwind: How likely are you to recommend us? Reply with 0 to 10, or tap:\n"
        "https://a.example/s/Zk3n8Qw1RtYp0LmXc2VbNa\n"
        "Reply STOP to opt out"
    )
    assert segments(sent.text) == 1
    assert (sent.id, sent.kind, sent.to, sent.callback) == (
        "inv-1",
        "sms",
        INVITATION.to,
        INVITATION.callback,
    )


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("It’s “fine” – really…", 'It\'s "fine" - really...'),
        ("5\u00a0minutes\u202f!", "5 minutes !"),
        ("soft\u00adly\u200b", "softly"),
        ("cafe\u0301", "café"),
        ("a\tb • c", "a b - c"),
    ],
)
def test_typography_that_doubles_the_price_becomes_plain(typed: str, sent: str) -> None:
    assert plain(typed) == sent
    assert is_gsm(sent)


@pytest.mark.parametrize("text", ["„Zażółć” – gęślą", "Спасибо… – да", "Thanks 🙂 – it’s us"])
def test_a_text_that_costs_double_anyway_keeps_its_typography(text: str) -> None:
    assert plain(text) == text


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 152 + "€" + "a" * 151, 2),
        ("a" * 152 + "€" + "a" * 152, 3),
        ("ж" * 70, 1),
        ("ж" * 71, 2),
        ("ж" * 134, 2),
        ("ж" * 135, 3),
        ("🙂" * 35, 1),
        ("🙂" * 36, 2),
        ("🙂" * 67, 3),
        ("a" * 70 + "’", 2),
    ],
)
def test_segments(text: str, count: int) -> None:
    assert segments(text) == count


def test_the_link_is_left_alone_and_must_be_absolute() -> None:
    odd = "https://a.example/s/a’b"
    assert odd in render(replace(INVITATION, answer_url=odd)).text
    with pytest.raises(ValueError, match="absolute"):
        replace(INVITATION, answer_url="/s/abc")


@pytest.mark.parametrize(
    ("text", "letters"), [("Fine, €5 [sic] ÄÖ", ""), ("It’s – it’s 🙂", "’–🙂"), ("Zażółć", "żółć"), ("", "")]
)
def test_the_letters_that_make_it_dear_are_named(text: str, letters: str) -> None:
    assert costly(text) == letters
    assert (letters == "") == is_gsm(text)


def test_a_text_that_asks_itself_has_no_link_and_says_since_when_it_may_be_found() -> None:
    since = datetime(2026, 11, 29, tzinfo=UTC)
    sent = render(replace(INVITATION, answer_url="", since=since))
    assert (
        sent.text == "Northwind: How likely are you to recommend us? Reply with 0 to 10, or tap:\nReply STOP to opt out"
    )
    assert sent.since == since
    assert render(replace(INVITATION, since=since)).since is None
