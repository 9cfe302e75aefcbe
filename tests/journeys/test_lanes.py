"""Somebody stops what leaves from the command line, and lets it go again: the server beside it holds to it."""

from __future__ import annotations

import json

from tests.forks import askonce
from tests.running import Running, eventually


def lane(house: Running, name: str) -> dict[str, object]:
    found = house.command("lane", "list")
    return next(line for line in found if line["lane"] == name)


def mailed(house: Running, email: str) -> bool:
    return email in json.dumps(house.call("/outbox.json")[1])


def test_a_paused_lane_sends_nothing_until_it_is_resumed(house: Running, key: str) -> None:
    assert lane(house, "email")["paused_at"] is None
    assert house.command("lane", "pause", "email", "--because", "we are moving house") == {
        "lane": "email",
        "paused": True,
    }
    assert house.command("lane", "pause", "email")["paused"] is False
    try:
        assert house.call("/v1/people", {"email": "lane@example.com"}, key)[0] == 201
        eventually(lambda: lane(house, "email")["waiting"] == 1)
        assert lane(house, "email")["because"] == "we are moving house"
        assert not mailed(house, "lane@example.com")
    finally:
        assert house.command("lane", "resume", "email") == {"lane": "email", "resumed": True}
    eventually(lambda: mailed(house, "lane@example.com"))
    assert lane(house, "email")["waiting"] == 0


def test_what_is_no_lane_is_said(house: Running) -> None:
    assert house.command("lane", "resume", "outbox") == {"lane": "outbox", "resumed": False}
    code, out, err = askonce(["lane", "resume", "pigeon"], house.env)
    assert (code, out) == (2, "")
    assert err == "askonce: there is no lane 'pigeon'; there are email, sms, phone of a site, and of all outbox\n"
