"""A survey on an Asterisk of one's own: FastAGI, by which a dialplan hands a call over to us, line by line."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from server.core.call import Heard
from server.core.links import BadLink, seal, unseal
from server.core.people import BadClaim, phone
from server.flows.call.begin import Start, begin
from server.flows.call.hear import hear
from server.flows.call.turn import Said
from server.services import Services

log = logging.getLogger("askonce.calls")

CALLS_MOST = 50
"""At a time; the next one is sent away, and its dialplan goes on."""
LINE_MOST, LINES_MOST = 1_000, 100
"""Characters of a line, and lines before the first empty one."""
PATIENCE = 60.0
"""Seconds for a line: a long prompt, and the time to answer it."""
LASTS = 600.0
TURNS_MOST = 60
WAIT_MS, KEYS_MOST = 4_000, 16
ANY_KEY = "0123456789*#"
PROVIDER = "agi"


class HungUp(Exception):
    """She is not on the line any more, or Asterisk does not speak as it should."""


def address(services: Services, site_key: str, host: str, port: int) -> str:
    """What stands in the dialplan: `AGI(agi://…)`. Its seal is what lets a call in."""
    return f"agi://{host}:{port}/{seal(services.secret, 'agi', site_key)}"


def sound(text: str) -> str:
    """The name of the sound file in which `text` is spoken, below Asterisk's folder of sounds."""
    return f"askonce/{sha256(text.encode()).hexdigest()[:16]}"


async def serve(services: Services, host: str, port: int, speak: str = "") -> asyncio.Server:
    """Takes calls until it is closed. `speak`: the application that speaks a text (`Espeak`); without one each text is
    a sound file of its own."""
    places = asyncio.Semaphore(CALLS_MOST)

    async def called(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if places.locked():
                log.warning("%d calls at a time are enough; one was sent away", CALLS_MOST)
                return
            async with places, asyncio.timeout(LASTS):
                await _call(services, Peer(reader, writer, speak))
        except (HungUp, BadLink, ConnectionError, TimeoutError, ValueError) as why:
            log.info("a call ended: %s", why)
        except Exception:
            log.exception("a call could not go on")
        finally:
            writer.close()

    return await asyncio.start_server(called, host, port, limit=LINE_MOST)


@dataclass
class Peer:
    """Asterisk on the other side of one call."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    speak: str = ""

    async def facts(self) -> dict[str, str]:
        """What Asterisk says of the call before anything else: `agi_…` by name."""
        found: dict[str, str] = {}
        for _ in range(LINES_MOST):
            line = await self._line()
            if not line:
                return found
            name, _, value = line.partition(":")
            found[name.strip()] = value.strip()
        raise HungUp("too many lines before the first empty one")

    async def do(self, command: str) -> str:
        """The result of one command: what stands behind `result=`. Raises HungUp."""
        self.writer.write(command.encode() + b"\n")
        await self.writer.drain()
        for _ in range(LINES_MOST):
            line = await self._line()
            if line == "HANGUP":
                continue
            found = re.match(r"200 result=(\S*)", line)
            if not found or found[1] == "-1":
                raise HungUp(line)
            return found[1]
        raise HungUp("too many lines in answer to a command")

    async def say(self, text: str) -> str:
        """Speak it; the key that she pressed meanwhile, if any."""
        if self.speak:
            said = re.sub(r'[\x00-\x1f",\\|;]', " ", text)
            await self.do(f'EXEC {self.speak} "{said},any"')
            return ""
        result = await self.do(f'STREAM FILE {sound(text)} "{ANY_KEY}"')
        return chr(int(result)) if result.isdigit() and chr(int(result)) in ANY_KEY else ""

    async def keys(self) -> str:
        """All keys up to the hash, or until nothing comes any more."""
        return await self.do(f"GET DATA silence/1 {WAIT_MS} {KEYS_MOST}")

    async def _line(self) -> str:
        async with asyncio.timeout(PATIENCE):
            raw = await self.reader.readline()
        if not raw.endswith(b"\n"):
            raise HungUp("the line was cut")
        return raw.decode("utf-8", "replace").strip()


async def _call(services: Services, peer: Peer) -> None:
    facts = await peer.facts()
    site_key, start = _start(services, facts)
    await peer.do("ANSWER")
    said = await asyncio.to_thread(begin, services, site_key, start)
    for _ in range(TURNS_MOST):
        heard = await _turn(peer, said)
        if heard is None:
            return
        said = await asyncio.to_thread(hear, services, said.token, start.ref, heard)


async def _turn(peer: Peer, said: Said) -> Heard | None:
    """Speak, and wait; None when nothing is waited for. A key that she presses while we speak is her first."""
    first = ""
    for text in said.says:
        first = await peer.say(text)
        if first and said.takes == "keys":
            break
    if said.takes != "keys":
        return None
    keys = "" if first == "#" else first + await peer.keys()
    return Heard("keys", re.sub(r"[^0-9*]", "", keys)) if keys else Heard("silence")


def _start(services: Services, facts: Mapping[str, str]) -> tuple[str, Start]:
    """Whose site it is, and the call. Raises BadLink for a call without our seal."""
    script, _, query = facts.get("agi_network_script", "").partition("?")
    site_key = unseal(services.secret, "agi", script.strip("/"))
    asked = dict(part.split("=", 1) for part in query.split("&") if "=" in part)
    ref = re.sub(r"[^A-Za-z0-9._-]", "", facts.get("agi_uniqueid", ""))[:64]
    if not ref:
        raise BadLink("agi")
    return site_key, Start(
        PROVIDER, ref, _number(facts.get("agi_callerid", "")), survey=asked.get("survey", "")[:255],
        token=facts.get("agi_arg_1", "")[:200], asks_pin=asked.get("pin") == "1",
    )  # fmt: skip


def _number(raw: str) -> str:
    """E.164; a number without its country is refused, not guessed."""
    try:
        return phone("+" + raw[2:] if raw.startswith("00") else raw)
    except BadClaim:
        return ""
