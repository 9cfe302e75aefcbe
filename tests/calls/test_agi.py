"""FastAGI over a real socket: an Asterisk that plays, gathers and hangs up, as its manual says."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from server import agi
from server.core.people import Claim
from server.flows.call.expect import Announced, expect
from server.flows.call.sheet import texts_of
from server.services import Services
from server.store import identities, responses
from server.store.scope import SiteScope
from tests.calls.house import House

ANN = "+447700900111"


@dataclass
class Asterisk:
    """One channel. `keys` are what the caller types at each GET DATA; `None` hangs up."""

    address: str
    keys: Sequence[str | None]
    facts: dict[str, str] = field(default_factory=dict)
    heard: list[str] = field(default_factory=list)

    async def call(self) -> None:
        place, _, script = self.address.removeprefix("agi://").partition("/")
        host, _, port = place.partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        said = {
            "agi_network": "yes", "agi_network_script": script, "agi_request": self.address, "agi_channel": "SIP/1",
            "agi_uniqueid": "1764.7", "agi_callerid": ANN, **self.facts,
        }  # fmt: skip
        writer.write("".join(f"{name}: {value}\n" for name, value in said.items()).encode() + b"\n")
        typed = iter(self.keys)
        while line := (await reader.readline()).decode():
            self.heard.append(line.strip())
            writer.write(self._answer(line.strip(), typed))
            await writer.drain()
        writer.close()

    def _answer(self, command: str, typed: Iterator[str | None]) -> bytes:
        if command.startswith("GET DATA"):
            keys = next(typed, "")
            return b"HANGUP\n200 result=-1\n" if keys is None else f"200 result={keys}\n".encode()
        if command.startswith("STREAM FILE"):
            return b"200 result=0 endpos=1234\n"
        return b"200 result=0\n"


def play(line: House, keys: Sequence[str | None], query: str = "?survey=phone", **facts: str) -> Asterisk:
    """One call on a server of its own."""

    async def both() -> Asterisk:
        server = await agi.serve(line.services, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            address = agi.address(line.services, line.site.key, "127.0.0.1", port) + query
            asterisk = Asterisk(address, keys, facts)
            await asyncio.wait_for(asterisk.call(), 30)
            return asterisk

    return asyncio.run(both())


def answers(services: Services, site_id: int) -> list[dict[str, object]]:
    with services.db.reading() as db:
        scope = SiteScope(db, site_id)
        return [dict(responses.answered(scope, each.id)) for each in responses.newest(scope, 10)]


def test_keys_on_an_asterisk_are_answers(line: House) -> None:
    asterisk = play(line, ["9", "2"])

    assert asterisk.heard[0] == "ANSWER"
    assert answers(line.services, line.site.id) == [{"score": 9, "about": {"chosen": ["parcel"]}}]
    assert not any(command.startswith("HANGUP") for command in asterisk.heard)


@pytest.mark.parametrize(
    ("keys", "stored"),
    [
        (["100", "10", "1"], [{"score": 10, "about": {"chosen": ["bill"]}}]),
        (["", "7", "3"], [{"score": 7, "about": {"chosen": ["else"]}}]),
        (["", ""], []),
        (["9", None], [{"score": 9}]),
        ([None], []),
        (["4", "*"], [{"score": 4}]),
    ],
)
def test_it_is_the_same_conversation(line: House, keys: list[str | None], stored: list[dict[str, object]]) -> None:
    play(line, keys)
    assert answers(line.services, line.site.id) == stored


def test_star_sends_the_link_by_text(line: House) -> None:
    play(line, ["*"])
    line.work()
    assert [message["to"] for message in line.twilio.messages] == [ANN]


@pytest.mark.parametrize("script", ["", "x", "pk_nobody?survey=phone", "A" * 40])
def test_a_call_without_our_seal_is_not_let_in(line: House, script: str) -> None:
    asterisk = play(line, ["9"], agi_network_script=script)
    assert asterisk.heard == []


def test_nonsense_ends_the_call_and_not_the_server(line: House) -> None:
    assert play(line, ["9"], agi_uniqueid="").heard == []
    assert play(line, ["9"], **{f"agi_{n}": "x" for n in range(200)}).heard == []


def test_every_text_of_a_call_is_in_the_list_of_sounds(line: House) -> None:
    asterisk = play(line, ["100", "", "9"])
    known = {agi.sound(text) for text in texts_of(line.site, line.survey)}
    played = {command.split()[2] for command in asterisk.heard if command.startswith("STREAM FILE")}
    assert played
    assert played <= known


def test_whoever_is_expected_is_known_by_the_token_in_the_dialplan(line: House) -> None:
    claims = (Claim("email", "ann@example.com"),)
    token = expect(line.services, line.site.id, Announced(claims, survey="phone")).token
    play(line, ["9", "1"], query="", agi_callerid="unknown", agi_arg_1=token)
    with line.services.db.reading() as db:
        assert identities.find(SiteScope(db, line.site.id), claims)
