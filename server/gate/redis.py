"""The gate in Redis: one script, one round trip, for every process at once. It is allowed to be lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from importlib.resources import files
from itertools import islice
from threading import Lock
from time import monotonic
from typing import Any

from redis import RedisError

from server.core.throttle import Touch
from server.gate import wire
from server.gate.dial import dial
from server.gate.script import Script
from server.gate.verdict import (
    LEARNED_FOR,
    READING_LASTS,
    Answer,
    Docket,
    Elsewhere,
    GateAway,
    Held,
    Known,
    Leased,
    Unfamiliar,
)

PATIENCE = 0.08
"""Seconds for one answer: a widget must have its "no" within 100 ms when Redis hangs."""
SULK = 1.0
"""Seconds without another try after a failure, so that a hanging Redis costs one request and not each."""
MOST_OWED = 10_000
"""Persons of whom something could not be taken back while Redis was away; more are left to LEARNED_FOR."""
MOST_REMEMBERED, REMEMBERED_FOR = 10_000, timedelta(minutes=1)
"""Other names of persons that this process has heard of, and how long: it saves asking twice. Should one be out of
date by then, a place is taken under the wrong name, and the ledger decides."""

_LEARNED_FOR, _READING_LASTS = wire.length(LEARNED_FOR), wire.length(READING_LASTS)


class RedisGate:
    """The gate's promise, kept by `claim.lua`. A person is one key, so that she lives on one node of a cluster."""

    def __init__(self, url: str, patience: float = PATIENCE) -> None:
        self._redis = dial(url, patience)
        names = ("claim.lua", "learn.lua", "note.lua")
        self._claim, self._learn, self._note = (Script(self._redis, _script(name)) for name in names)
        self._away_until = 0.0
        self._elsewhere: dict[str, tuple[Elsewhere, tuple[str, str], datetime]] = {}
        self._owed: set[str] = set()
        self._owing = Lock()

    def lease(
        self,
        ticket: str,
        person: str,
        docket: Docket,
        now: datetime,
        lasts: timedelta,
        tried: Sequence[int] | None = None,
        new: bool = False,
        beside: str = "",
    ) -> Answer:
        said: list[str | int] = [
            wire.ms(now), ticket, wire.length(lasts), int(new), _LEARNED_FOR, _READING_LASTS,
            docket.policy, wire.docket(docket), wire.places(tried), beside,
        ]  # fmt: skip
        under = (docket.policy, beside)
        other = None if new else self._remembered(person, under, now)
        if other:
            return other
        answer = self._reach(lambda: self._claim(keys=[_key(person)], args=said))
        match answer[0]:
            case b"leased":
                return Leased(int(answer[1]) - 1)
            case b"unfamiliar":
                return Unfamiliar(answer[1].decode())
            case b"elsewhere":
                return self._remember(person, under, Elsewhere(answer[1].decode()), now)
        wanted = range(len(docket.asks)) if tried is None else tried
        return Held(docket, wanted, wire.filled(docket, answer[2]), wire.barred(answer[1]))

    def learn(self, person: str, reading: str, known: Known, policy: str, now: datetime) -> bool:
        self._elsewhere.pop(person, None)
        said: list[str | int] = [reading, _LEARNED_FOR, *wire.fields(known, policy, now)]
        return bool(self._reach(lambda: self._learn(keys=[_key(person)], args=said)))

    def note(self, person: str, touch: Touch) -> None:
        said: list[str | int] = [touch.ticket, wire.touch(touch), _LEARNED_FOR]
        self._reach(lambda: self._note(keys=[_key(person)], args=said))

    def give_back(self, ticket: str, person: str) -> None:
        self._take_back(person, lambda: self._redis.hdel(_key(person), ticket, wire.READING))

    def forget(self, person: str) -> None:
        self._elsewhere.pop(person, None)
        self._take_back(person, lambda: self._redis.delete(_key(person)))

    def ping(self) -> bool:
        """Whether the memory answers now."""
        try:
            return bool(self._reach(self._redis.ping))
        except GateAway:
            return False

    def _remembered(self, person: str, under: tuple[str, str], now: datetime) -> Elsewhere | None:
        other, told_under, until = self._elsewhere.get(person, (None, under, now))
        return other if told_under == under and now < until <= now + REMEMBERED_FOR else None

    def _remember(self, person: str, under: tuple[str, str], other: Elsewhere, now: datetime) -> Elsewhere:
        if len(self._elsewhere) >= MOST_REMEMBERED:
            self._elsewhere.clear()
        self._elsewhere[person] = (other, under, now + REMEMBERED_FOR)
        return other

    def _take_back(self, person: str, call: Callable[[], Any]) -> None:
        """`call`, or everything about this person as soon as Redis answers again: or it would hold her back for
        something that never was."""
        try:
            self._reach(call)
        except GateAway:
            with self._owing:
                if len(self._owed) < MOST_OWED:
                    self._owed.add(_key(person))
            raise

    def _reach(self, call: Callable[[], Any]) -> Any:
        if monotonic() < self._away_until:
            raise GateAway("Redis did not answer a moment ago")
        try:
            if self._owed:
                self._settle()
            return call()
        except RedisError as why:
            self._away_until = monotonic() + SULK
            raise GateAway(str(why)) from why

    def _settle(self) -> None:
        if not self._owing.acquire(blocking=False):
            return  # somebody is at it
        try:
            some = tuple(islice(self._owed, 100))
            pipe = self._redis.pipeline(transaction=False)
            for key in some:
                pipe.delete(key)
            pipe.execute()
            self._owed.difference_update(some)
        finally:
            self._owing.release()


def _script(name: str) -> str:
    return files("server.gate").joinpath(name).read_text()


def _key(person: str) -> str:
    """The person is hashed: an address must not be readable in Redis. In braces, as all that a cluster should keep
    together for her."""
    return f"askonce:{{{sha256(person.encode()).hexdigest()[:32]}}}"
