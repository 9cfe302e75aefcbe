"""Fifty callers at once the length of the survey: what they press and say is what is stored, and nothing else."""

from __future__ import annotations

import pytest

from tests.calls import schema
from tests.calls.cast import CAST
from tests.calls.house import House
from tests.calls.play import play


def test_fifty_callers(line: House) -> None:
    assert len(CAST) == 50
    played = [play(line, n) for n in range(len(CAST))]

    assert {n: each.stored for n, each in enumerate(played)} == {n: part.stored for n, part in enumerate(CAST)}
    assert {n: each.ends for n, each in enumerate(played)} == {n: part.ends for n, part in enumerate(CAST)}
    assert line.twilio.recordings == {}
    assert all(caller.lines[0].text.startswith("Hello, this is Harbour") for caller in (each.caller for each in played))


def test_the_schema_knows_what_is_no_twiml() -> None:
    assert len(schema.verbs()) > 40
    schema.check('<Response><Gather input="dtmf" numDigits="1"><Say>Hello</Say></Gather><Hangup/></Response>')
    for wrong in (
        "<Response><gather/></Response>",
        '<Response><Gather numdigits="1"/></Response>',
        "<Response><Gather><Record/></Gather></Response>",
        "<Response>Hello</Response>",
        "<Response><Say></Say></Response>",
        "<Gather/>",
    ):
        with pytest.raises((schema.Invalid, KeyError)):
            schema.check(wrong)
