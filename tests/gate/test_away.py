"""Redis may be away, hang or forget: that is said at once, and costs one request and not each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from redis import Redis

from server.core.throttle import Touch, Window
from server.gate.redis import RedisGate
from server.gate.verdict import LEARNED_FOR, Ask, Docket, GateAway, Held, Known, Leased, Unfamiliar
from tests.gate.conftest import Mute
from tests.parts import PATIENCE

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LASTS = timedelta(minutes=2)
ASK = Ask(1, "widget", (Window("rest", ("ask",), 1, timedelta(days=30)),))
ASKED = Docket((ASK,), "one")
ANY = Docket((Ask(1, "widget", ()),), "one")
TOUCH = Touch("a", "ask", "widget", 1, NOW)
NOBODY = "redis://127.0.0.1:1"

CALLS: dict[str, Callable[[RedisGate], object]] = {
    "lease": lambda gate: gate.lease("a", "ann", ASKED, NOW, LASTS),
    "learn": lambda gate: gate.learn("ann", "a", Known(), "one", NOW),
    "note": lambda gate: gate.note("ann", TOUCH),
    "forget": lambda gate: gate.forget("ann"),
    "give_back": lambda gate: gate.give_back("a", "ann"),
}


def teach(gate: RedisGate, *touches: Touch, person: str = "ann") -> None:
    asked = gate.lease("a reader", person, ASKED, NOW, LASTS)
    assert isinstance(asked, Unfamiliar)
    assert gate.learn(person, asked.reading, Known(touches), "one", NOW)


@pytest.mark.parametrize("call", CALLS)
def test_a_port_where_nobody_listens_is_away(call: str) -> None:
    with pytest.raises(GateAway):
        CALLS[call](RedisGate(NOBODY))


@pytest.mark.parametrize("call", CALLS)
def test_a_server_that_never_answers_is_away(call: str, mute: Mute) -> None:
    with pytest.raises(GateAway):
        CALLS[call](RedisGate(f"unix://{mute.path}"))


def test_after_a_failure_the_network_is_left_alone_for_a_while(mute: Mute) -> None:
    gate = RedisGate(f"unix://{mute.path}")
    with pytest.raises(GateAway):
        CALLS["lease"](gate)
    called = mute.called

    for call in CALLS.values():
        with pytest.raises(GateAway, match="a moment ago"):
            call(gate)
    assert not gate.ping()
    assert mute.called == called >= 1


def test_a_server_that_hangs_is_asked_once(mute: Mute) -> None:
    with pytest.raises(GateAway):
        CALLS["lease"](RedisGate(f"unix://{mute.path}"))

    assert mute.called == 1


def test_a_redis_that_forgot_everything_is_unfamiliar(redis_url: str) -> None:
    gate = RedisGate(redis_url, PATIENCE)
    teach(gate, TOUCH)
    assert isinstance(gate.lease("b", "ann", ASKED, NOW, LASTS), Held)

    gate._redis.flushall()
    gate._redis.script_flush()

    assert gate.lease("b", "ann", ASKED, NOW, LASTS) == Unfamiliar("b")
    teach(gate, TOUCH)
    assert isinstance(gate.lease("b", "ann", ASKED, NOW, LASTS), Held)


def test_a_connection_that_was_cut_is_opened_again(redis_url: str) -> None:
    gate, other = RedisGate(redis_url, PATIENCE), RedisGate(redis_url, PATIENCE)
    teach(gate)

    other._redis.client_kill_filter(_type="normal", skipme=True)

    assert gate.lease("a", "ann", ASKED, NOW, LASTS) == Leased(0)


def test_a_longer_lease_is_not_cut_short_by_another(redis_url: str) -> None:
    gate = RedisGate(redis_url, PATIENCE)

    gate.lease("long", "ann", ANY, NOW, timedelta(minutes=10), new=True)
    gate.lease("short", "ann", ANY, NOW, timedelta(minutes=2), new=True)

    [key] = cast("list[bytes]", gate._redis.keys("askonce:*"))
    assert gate._redis.pttl(key) > 9 * 60_000


def test_a_lease_is_not_cut_short_by_who_makes_the_ledger_be_read(redis_url: str) -> None:
    gate = RedisGate(redis_url)
    gate.lease("a", "ann", ANY, NOW, timedelta(minutes=10), new=True)

    assert isinstance(gate.lease("b", "ann", ANY, NOW, LASTS), Unfamiliar)

    [key] = cast("list[bytes]", gate._redis.keys("askonce:*"))
    assert gate._redis.pttl(key) > 9 * 60_000


def test_a_lease_does_not_cut_short_what_was_learned(redis_url: str) -> None:
    gate = RedisGate(redis_url, PATIENCE)
    teach(gate, TOUCH)

    gate.lease("a", "ann", ANY, NOW, LASTS)

    [key] = cast("list[bytes]", gate._redis.keys("*"))
    assert LEARNED_FOR - timedelta(minutes=1) < timedelta(milliseconds=gate._redis.pttl(key)) <= LEARNED_FOR


@pytest.mark.parametrize("taught", [True, False])
def test_places_that_lapsed_are_not_kept(taught: bool, redis_url: str) -> None:
    gate = RedisGate(redis_url, PATIENCE)
    if taught:
        teach(gate, TOUCH)
    for ticket in "bcd":
        gate.lease(ticket, "ann", ANY, NOW, LASTS, new=True)
    [key] = cast("list[bytes]", gate._redis.keys("*"))
    assert len(cast("list[bytes]", gate._redis.hkeys(key))) == (5 if taught else 3)

    gate.lease("e", "ann", ASKED, NOW + LASTS, LASTS)

    # Untaught she is unfamiliar now, and all there is to remember is who goes and reads.
    left = cast("list[bytes]", gate._redis.hkeys(key))
    assert sorted(left) == ([b"=learned", b"a"] if taught else [b"=reading"])


def test_no_address_can_be_read_in_redis_and_nothing_stays_for_ever(redis_url: str) -> None:
    gate = RedisGate(redis_url, PATIENCE)
    teach(gate, TOUCH, person="1/email/ann@example.com")
    gate.lease("b", "1/email/ann@example.com", ANY, NOW, LASTS)
    gate.note("1/email/bo@example.com", TOUCH)
    gate.lease("b", "1/email/cy@example.com", ANY, NOW, LASTS, new=True)

    keys = cast("list[bytes]", gate._redis.keys("*"))
    assert len(keys) == 3
    assert not any(b"example" in key for key in keys)
    assert all(gate._redis.ttl(key) > 0 for key in keys)


@pytest.mark.parametrize("call", ["forget", "give_back"])
def test_what_could_not_be_taken_back_is_made_good_when_redis_is_there_again(call: str, redis_url: str) -> None:
    gate = RedisGate(redis_url, PATIENCE)
    teach(gate, TOUCH)
    there = gate._redis
    gate._redis = Redis.from_url(NOBODY, retry=None)
    with pytest.raises(GateAway):
        CALLS[call](gate)

    gate._redis, gate._away_until = there, 0

    assert isinstance(gate.lease("b", "ann", ASKED, NOW, LASTS), Unfamiliar)
    teach(gate)
    assert gate.lease("b", "ann", ASKED, NOW, LASTS) == Leased(0)
