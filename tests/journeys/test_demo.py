"""Whoever has no account anywhere sees a whole conversation on her own machine."""

from __future__ import annotations

import os
import subprocess
import sys

DEMO = [sys.executable, "-m", "server.cli", "demo", "--channel"]


def told(*more: str, typed: str = "", channel: str = "email", **env: str) -> str:
    known = {**os.environ, **env}
    said = subprocess.run(
        [*DEMO, channel, *more], input=typed, capture_output=True, text=True, env=known, timeout=300, check=False
    )
    assert said.returncode == 0, said.stdout + said.stderr
    return said.stdout


def test_by_itself_it_tells_everything() -> None:
    # What this machine is set up for is none of the demo's business.
    said = told("--script", EMAIL_PROVIDER="smtp", SMTP_URL="smtp://relay.example", DATABASE_URL="nonsense:")
    for line in (
        "│ To: ann@example.com",
        "the mail to ann@example.com is now delivered",
        "desk: ann@example.com, email: delivered; no answer yet",
        "desk: ann@example.com, email: delivered; score 9, “The glaze is lovely.”",
        "the mail to bounce@example.com is now bounced",
        "desk: bounce@example.com is not used any more: bounced, says sendgrid",
        "suppressed: unsubscribed from every channel",
        "thrown away",
    ):
        assert line in said
    assert said.index("no answer yet") < said.index("score 9")


def test_the_operator_may_answer() -> None:
    said = told(typed="eleven\n3\nToo heavy\n")
    assert "a whole number from 0 to 10, please" in said
    assert "score 3, “Too heavy”" in said


def test_where_nobody_types_a_conversation_tells_itself() -> None:
    said = told(channel="sms", SMS_PROVIDER="outbox", TWILIO_URL="http://twilio.example")
    for line in (
        "← Nine or ten\n  → Please choose a number from 0 to 10.",
        "desk: Ann, sms, delivered: score 9, “The glaze is lovely.”",
        "→ Demo: You will get no more texts from us.",
        "desk: said no to all, by text message: “Please don't text me again”",
        "suppressed: unsubscribed from every channel",
        "desk: said yes to sms, by text message: “START”",
        "failed: address: 21614",
        "thrown away",
    ):
        assert line in said


def test_a_conversation_by_text_is_hers_who_types() -> None:
    said = told(channel="sms", typed="Too heavy for me by far\n3\n")
    assert "→ Thank you, that is noted. And as a number from 0 to 10?" in said
    assert "score 3, “Too heavy for me by far”" in said


def test_calls_are_told_by_themselves() -> None:
    said = told("--script", channel="phone", PHONE_PROVIDER="outbox", TWILIO_FROM="nonsense")
    for line in (
        "│ Us   Hello, this is Demo, with a short survey.",
        "│ She  [9#]",
        "desk: +447700900111, phone: shown; score 9, “The glaze is lovely”",
        "her recording is kept here, and deleted at the provider",
        "│ Us   Thank you for your call. Goodbye.",
        "desk: +447700900222, phone: shown; score 10, “By page, in the tram.”",
        "phone: failed (a machine answered)",
        "suppressed: unsubscribed from every channel",
        "thrown away",
    ):
        assert line in said


def test_whoever_tries_a_call_may_answer_it() -> None:
    said = told(channel="phone", typed="dance\nsay nine or ten\n3#\nspeak 4 Too heavy\n")
    assert "'dance' is nothing that a caller does" in said
    assert "Please choose a number from 0 to 10." in said
    assert "score 3, “Too heavy”" in said
