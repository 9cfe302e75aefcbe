"""Fifty conversations over real HTTP with genuine signatures. `TALKS=1 pytest tests/talks/test_scripts.py` prints them,
each beside what is stored of it."""

from __future__ import annotations

import os
import re

import pytest

from channels.sms.twilio_phone import STARTED, STOPPED
from server.store.turns import OURS
from tests.talks.conftest import House
from tests.talks.scripts import SCRIPTS, Script
from tests.talks.surveys import ALL


def test_fifty_conversations(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(SCRIPTS) >= 50
    for name, definition in ALL.items():
        house.site(name, definition)
    for n, script in enumerate(SCRIPTS):
        number = f"+4477009{n:05d}"
        played(house, script, number)
        if os.environ.get("TALKS"):
            with capsys.disabled():
                print(f"\n{n + 1}. {script.about} ({script.survey}, {script.language})\n{house.side_by_side(number)}")
        assert house.answers(number) == script.stored, script.about


def played(house: House, script: Script, number: str) -> None:
    """She is asked, and says what is in the script: it is answered as the script says."""
    first = house.ask(script.survey, number, script.language)
    assert first.startswith(f"{script.survey}: ")
    for said, expected in zip(script.said, script.back, strict=True):
        back = house.says(number, said)
        assert kind_of(house, number, back) == expected, (script.about, said, back)


def kind_of(house: House, number: str, back: list[str]) -> str:
    """What she got back, in a script's words."""
    if not back:
        return ""
    assert len(back) == 1, back
    if back[0] in (STOPPED, STARTED):
        return "twilio"
    said = [turn for turn in house.turns(number) if turn.side == OURS][-1]
    assert said.words == re.sub(r"/s/[\w-]{24}", "/s/…", back[0]), "her own link is sent, and not kept"
    return said.question_id if said.kind == "ask" else said.kind
