"""The gate in Redis: one script, one round trip, for every process at once. It is allowed to be lost."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from importlib.resources import files
from time import monotonic
from typing import Any, cast

from redis import ConnectionError, Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from server.core.throttle import Finding, Touch
from server.gate.verdict import LEARNED_FOR, Ask, GateAway, Held, Leased, Unfamiliar, Verdict

PATIENCE = 0.08
"""Seconds for one answer: a widget must have its "no" within 100 ms when Redis hangs."""
SULK = 1.0
"""Seconds without another try after a failure, so that a hanging Redis costs one request and not each."""


class RedisGate:
    """The gate's promise, kept by `claim.lua`. A person's two keys share one hash tag, so that they share a node."""

    def __init__(self, url: str) -> None:
        # One more try when a pooled connection turns out to be dead; none after a time-out, which was long enough.
        once = Retry(NoBackoff(), 1, supported_errors=(ConnectionError,))
        self._redis = Redis.from_url(url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, retry=once)
        self._claim = self._redis.register_script(files("server.gate").joinpath("claim.lua").read_text())
        self._away_until = 0.0

    def lease(
        self, ticket: str, person: str, asks: Sequence[Ask], now: datetime, lasts: timedelta, new: bool = False
    ) -> Leased | Held | Unfamiliar:
        said: list[str | int] = [
            ms(now),
            ticket,
            _ms(lasts),
            int(new),
            _ms(LEARNED_FOR),
            json.dumps([_ask(a) for a in asks]),
        ]
        answer = self._reach(lambda: self._claim(keys=_keys(person), args=said))
        if answer[0] == b"leased":
            return Leased(int(answer[1]))
        if answer[0] == b"unfamiliar":
            return Unfamiliar()
        return Held(tuple(_verdict(a, f) for a, f in zip(asks, json.loads(answer[1]), strict=True)))

    def learn(self, person: str, touches: Sequence[Touch], now: datetime) -> None:
        self._store(person, touches, now)

    def keep(self, ticket: str, person: str, touches: Sequence[Touch], now: datetime) -> None:
        self._store(person, touches, now, done=ticket)

    def give_back(self, ticket: str, person: str) -> None:
        """Removes the ticket's members, whatever was leased under it."""

        def remove() -> None:
            for key in _keys(person):
                mine = self._members(key, ticket)
                if mine:
                    self._redis.zrem(key, *mine)

        self._reach(remove)

    def ping(self) -> bool:
        """Whether the memory answers now."""
        try:
            return bool(self._reach(self._redis.ping))
        except GateAway:
            return False

    def _store(self, person: str, touches: Sequence[Touch], now: datetime, done: str = "") -> None:
        known, leases = _keys(person)
        scores = {f"{t.ticket}|{t.kind}|{t.survey}|{t.channel}": ms(t.at) for t in touches}

        def store() -> None:
            leased = self._members(leases, done) if done else []
            pipe = self._redis.pipeline(transaction=True)
            pipe.zadd(known, {**scores, "learned": ms(now)})
            pipe.pexpire(known, LEARNED_FOR)
            if leased:
                pipe.zrem(leases, *leased)
            pipe.execute()

        self._reach(store)

    def _members(self, key: str, ticket: str) -> list[bytes]:
        members = cast("list[bytes]", self._redis.zrange(key, 0, -1))
        return [m for m in members if m.startswith(ticket.encode() + b"|")]

    def _reach(self, call: Any) -> Any:
        if monotonic() < self._away_until:
            raise GateAway("Redis did not answer a moment ago")
        try:
            return call()
        except RedisError as why:
            self._away_until = monotonic() + SULK
            raise GateAway(str(why)) from why


def _keys(person: str) -> list[str]:
    """Touches and leases. The person is hashed: an address must not be readable in Redis."""
    tag = "{" + sha256(person.encode()).hexdigest()[:32] + "}"
    return [f"askonce:t:{tag}", f"askonce:l:{tag}"]


def _ask(ask: Ask) -> dict[str, Any]:
    windows = [
        {"kinds": dict.fromkeys(w.kinds, True), "limit": w.limit, "ms": _ms(w.lasts), "survey": w.survey}
        for w in ask.windows
    ]
    return {"survey": ask.survey, "channel": ask.channel, "windows": windows}


def _verdict(ask: Ask, findings: Sequence[Any]) -> Verdict:
    return Verdict(tuple(_finding(w.rule, f) for w, f in zip(ask.windows, findings, strict=True)))


def _finding(rule: str, found: Any) -> Finding:
    if not found:
        return Finding(rule, passed=True)
    until, member, at, is_lease = found
    ticket, kind, survey, channel = member.split("|")
    touch = Touch(ticket, kind, channel, int(survey), _when(at))
    return Finding(rule, passed=False, until=_when(until), touch=touch, is_lease=is_lease)


def ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _ms(lasts: timedelta) -> int:
    return int(lasts.total_seconds() * 1000)


def _when(at: float) -> datetime:
    return datetime.fromtimestamp(at / 1000, UTC)
