"""The gate in Redis: one script, one round trip, for every process at once. It is allowed to be lost."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from importlib.resources import files
from time import monotonic
from typing import Any

from redis import ConnectionError, Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from server.core.throttle import Finding, Touch, Window
from server.gate.verdict import LEARNED_FOR, Ask, GateAway, Held, Leased, Unfamiliar, Verdict

PATIENCE = 0.08
"""Seconds for one answer: a widget must have its "no" within 100 ms when Redis hangs."""
SULK = 1.0
"""Seconds without another try after a failure, so that a hanging Redis costs one request and not each."""


class RedisGate:
    """The gate's promise, kept by `claim.lua`. A person is one key, so that she lives on one node of a cluster."""

    def __init__(self, url: str) -> None:
        # One more try when a pooled connection turns out to be dead; none after a time-out, which was long enough.
        once = Retry(NoBackoff(), 1, supported_errors=(ConnectionError,))
        self._redis = Redis.from_url(url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, retry=once)
        self._claim = self._redis.register_script(files("server.gate").joinpath("claim.lua").read_text())
        self._away_until = 0.0

    def lease(
        self,
        ticket: str,
        person: str,
        asks: Sequence[Ask],
        policy: str,
        now: datetime,
        lasts: timedelta,
        new: bool = False,
    ) -> Leased | Held | Unfamiliar:
        wanted = json.dumps([_ask(a) for a in asks])
        said: list[str | int] = [ms(now), ticket, _ms(lasts), int(new), _ms(LEARNED_FOR), policy, wanted]
        answer = self._reach(lambda: self._claim(keys=[_key(person)], args=said))
        if answer[0] == b"leased":
            return Leased(int(answer[1]))
        if answer[0] == b"unfamiliar":
            return Unfamiliar()
        return Held(tuple(_verdict(a, f) for a, f in zip(asks, json.loads(answer[1]), strict=True)))

    def learn(self, person: str, touches: Sequence[Touch], policy: str, now: datetime) -> None:
        fields: dict[Any, Any] = {t.ticket: _text(t) for t in touches}
        fields["learned"] = f"{ms(now)}|{policy}"

        def store() -> None:
            pipe = self._redis.pipeline(transaction=True)
            pipe.hset(_key(person), mapping=fields)
            pipe.pexpire(_key(person), LEARNED_FOR)
            pipe.execute()

        self._reach(store)

    def note(self, person: str, touch: Touch) -> None:
        def store() -> None:
            pipe = self._redis.pipeline(transaction=True)
            pipe.hset(_key(person), touch.ticket, _text(touch))
            pipe.pexpire(_key(person), LEARNED_FOR)
            pipe.execute()

        self._reach(store)

    def give_back(self, ticket: str, person: str) -> None:
        self._reach(lambda: self._redis.hdel(_key(person), ticket))

    def forget(self, person: str) -> None:
        self._reach(lambda: self._redis.delete(_key(person)))

    def ping(self) -> bool:
        """Whether the memory answers now."""
        try:
            return bool(self._reach(self._redis.ping))
        except GateAway:
            return False

    def _reach(self, call: Any) -> Any:
        if monotonic() < self._away_until:
            raise GateAway("Redis did not answer a moment ago")
        try:
            return call()
        except RedisError as why:
            self._away_until = monotonic() + SULK
            raise GateAway(str(why)) from why


def _key(person: str) -> str:
    """The person is hashed: an address must not be readable in Redis."""
    return f"askonce:{sha256(person.encode()).hexdigest()[:32]}"


def _text(touch: Touch) -> str:
    return f"{ms(touch.at)}|{touch.kind}|{touch.survey}|{touch.outcome}|{touch.channel}|"


def _ask(ask: Ask) -> dict[str, Any]:
    return {"survey": ask.survey, "channel": ask.channel, "windows": [_window(w) for w in ask.windows]}


def _window(window: Window) -> dict[str, Any]:
    return {
        "kinds": dict.fromkeys(window.kinds, True),
        "limit": window.limit,
        "ms": _ms(window.lasts),
        "surveys": {str(id): True for id in window.surveys} or False,
        "outcome": window.outcome,
    }


def _verdict(ask: Ask, findings: Sequence[Any]) -> Verdict:
    return Verdict(tuple(_finding(w.rule, f) for w, f in zip(ask.windows, findings, strict=True)))


def _finding(rule: str, found: Any) -> Finding:
    if not found:
        return Finding(rule, passed=True)
    until, ticket, text, is_lease = found
    at, kind, survey, outcome, channel, _ = text.split("|")
    touch = Touch(ticket, kind, channel, int(survey), _when(int(at)), outcome)
    return Finding(rule, passed=False, until=_when(until), touch=touch, is_lease=is_lease)


def ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _ms(lasts: timedelta) -> int:
    return int(lasts.total_seconds() * 1000)


def _when(at: float) -> datetime:
    return datetime.fromtimestamp(at / 1000, UTC)
