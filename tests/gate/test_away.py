"""Redis may be away, hang or forget: that is said at once, and costs one request and not each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from server.core.throttle import Touch, Window
from server.gate.redis import RedisGate
from server.gate.verdict import LEARNED_FOR, Ask, GateAway, Held, Leased, Unfamiliar
from tests.gate.conftest import Mute

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LASTS = timedelta(minutes=2)
ASK = Ask(1, "widget", (Window("rest", ("ask",), 1, timedelta(days=30)),))
TOUCH = Touch("a", "ask", "widget", 1, NOW)
NOBODY = "redis://127.0.0.1:1"

CALLS: dict[str, Callable[[RedisGate], object]] = {
    "lease": lambda gate: gate.lease("a", "ann", [ASK], "one", NOW, LASTS),
    "learn": lambda gate: gate.learn("ann", [], "one", NOW),
    "note": lambda gate: gate.note("ann", TOUCH),
    "forget": lambda gate: gate.forget("ann"),
    "give_back": lambda gate: gate.give_back("a", "ann"),
}


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
    gate = RedisGate(redis_url)
    gate.learn("ann", [TOUCH], "one", NOW)
    assert isinstance(gate.lease("b", "ann", [ASK], "one", NOW, LASTS), Held)

    gate._redis.flushall()
    gate._redis.script_flush()

    assert gate.lease("b", "ann", [ASK], "one", NOW, LASTS) == Unfamiliar()
    gate.learn("ann", [TOUCH], "one", NOW)
    assert isinstance(gate.lease("b", "ann", [ASK], "one", NOW, LASTS), Held)


def test_a_connection_that_was_cut_is_opened_again(redis_url: str) -> None:
    gate, other = RedisGate(redis_url), RedisGate(redis_url)
    gate.learn("ann", [], "one", NOW)

    other._redis.client_kill_filter(_type="normal", skipme=True)

    assert gate.lease("a", "ann", [ASK], "one", NOW, LASTS) == Leased(0)


def test_a_longer_lease_is_not_cut_short_by_another(redis_url: str) -> None:
    gate = RedisGate(redis_url)
    open_to_all = Ask(1, "widget", ())

    gate.lease("long", "ann", [open_to_all], "one", NOW, timedelta(minutes=10), new=True)
    gate.lease("short", "ann", [open_to_all], "one", NOW, timedelta(minutes=2), new=True)

    [key] = cast("list[bytes]", gate._redis.keys("askonce:*"))
    assert gate._redis.pttl(key) > 9 * 60_000


def test_a_lease_does_not_cut_short_what_was_learned(redis_url: str) -> None:
    gate = RedisGate(redis_url)
    gate.learn("ann", [TOUCH], "one", NOW)

    gate.lease("a", "ann", [Ask(1, "widget", ())], "one", NOW, LASTS)

    [key] = cast("list[bytes]", gate._redis.keys("*"))
    assert LEARNED_FOR - timedelta(minutes=1) < timedelta(milliseconds=gate._redis.pttl(key)) <= LEARNED_FOR


@pytest.mark.parametrize("taught", [True, False])
def test_places_that_lapsed_are_not_kept(taught: bool, redis_url: str) -> None:
    gate = RedisGate(redis_url)
    if taught:
        gate.learn("ann", [TOUCH], "one", NOW)
    for ticket in "bcd":
        gate.lease(ticket, "ann", [Ask(1, "widget", ())], "one", NOW, LASTS, new=True)
    [key] = cast("list[bytes]", gate._redis.keys("*"))
    assert len(cast("list[bytes]", gate._redis.hkeys(key))) == (5 if taught else 3)

    gate.lease("e", "ann", [ASK], "one", NOW + LASTS, LASTS)

    # Untaught she is unfamiliar now, and there is nothing left to remember.
    left = cast("list[bytes]", gate._redis.hkeys(key))
    assert sorted(left) == ([b"a", b"learned"] if taught else [])


def test_no_address_can_be_read_in_redis_and_nothing_stays_for_ever(redis_url: str) -> None:
    gate = RedisGate(redis_url)
    gate.learn("1/email/ann@example.com", [TOUCH], "one", NOW)
    gate.lease("b", "1/email/ann@example.com", [Ask(1, "widget", ())], "one", NOW, LASTS)
    gate.note("1/email/bo@example.com", TOUCH)
    gate.lease("b", "1/email/cy@example.com", [Ask(1, "widget", ())], "one", NOW, LASTS, new=True)

    keys = cast("list[bytes]", gate._redis.keys("*"))
    assert len(keys) == 3
    assert not any(b"example" in key for key in keys)
    assert all(gate._redis.ttl(key) > 0 for key in keys)
