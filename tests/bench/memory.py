"""What the gate's memory costs a person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from redis import Redis

from server.core.links import new_id
from server.core.throttle import Touch
from server.gate.redis import RedisGate
from server.gate.verdict import Docket, Known, Unfamiliar

PEOPLE = 20_000
NOBODY = Docket((), "0123456789abcdef")


def memory(url: str) -> None:
    """Fills an empty Redis with persons of a few kinds, and says what each of them takes."""
    gate = RedisGate(url)
    print(f"\n{'a person with':20}{'bytes':>8}{'1 M persons':>14}")
    for touches in (0, 1, 3, 10):
        _empty(url)
        before = _used(gate)
        for n in range(PEOPLE):
            _teach(gate, f"1/email/person-{n}@customer.example", touches)
        each = (_used(gate) - before) / PEOPLE
        print(f"{touches:>4} touches{each:>16.0f}{each:>11.0f} MB")
    _empty(url)


def _teach(gate: RedisGate, person: str, touches: int) -> None:
    now = datetime.now(UTC)
    answer = gate.lease("a", person, NOBODY, now, timedelta(minutes=2))
    assert isinstance(answer, Unfamiliar)
    hers = tuple(Touch(new_id(), "ask", "widget", n, now - timedelta(days=n)) for n in range(touches))
    assert gate.learn(person, answer.reading, Known(hers), NOBODY.policy, now)


def _empty(url: str) -> None:
    """At once, however long it takes: what is freed a little later would count as used."""
    with Redis.from_url(url) as patient:
        patient.execute_command("FLUSHALL", "SYNC")


def _used(gate: RedisGate) -> int:
    said: Any = gate._redis.info("memory")
    return int(said["used_memory"])
