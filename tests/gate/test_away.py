"""Redis may be away, hang or forget: that is said at once, and costs one request and not each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from server.core.throttle import Touch, Window
from server.gate.redis import RedisGate
from server.gate.verdict import Ask, GateAway, Held, Leased, Unfamiliar
from tests.gate.conftest import Mute

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LASTS = timedelta(minutes=2)
ASK = Ask(1, "widget", (Window("rest", ("ask",), 1, timedelta(days=30)),))
TOUCH = Touch("a", "ask", "widget", 1, NOW)
NOBODY = "redis://127.0.0.1:1"

CALLS: dict[str, Callable[[RedisGate], object]] = {
    "lease": lambda gate: gate.lease("a", "ann", [ASK], NOW, LASTS),
    "learn": lambda gate: gate.learn("ann", [], NOW),
    "keep": lambda gate: gate.keep("a", "ann", [TOUCH], NOW),
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
    gate.learn("ann", [TOUCH], NOW)
    assert isinstance(gate.lease("b", "ann", [ASK], NOW, LASTS), Held)

    gate._redis.flushall()
    gate._redis.script_flush()

    assert gate.lease("b", "ann", [ASK], NOW, LASTS) == Unfamiliar()
    gate.learn("ann", [TOUCH], NOW)
    assert isinstance(gate.lease("b", "ann", [ASK], NOW, LASTS), Held)


def test_a_connection_that_was_cut_is_opened_again(redis_url: str) -> None:
    gate, other = RedisGate(redis_url), RedisGate(redis_url)
    gate.learn("ann", [], NOW)

    other._redis.client_kill_filter(_type="normal", skipme=True)

    assert gate.lease("a", "ann", [ASK], NOW, LASTS) == Leased(0)


def test_a_longer_lease_is_not_cut_short_by_another(redis_url: str) -> None:
    gate = RedisGate(redis_url)
    open_to_all = Ask(1, "widget", ())

    gate.lease("long", "ann", [open_to_all], NOW, timedelta(minutes=10), new=True)
    gate.lease("short", "ann", [open_to_all], NOW, timedelta(minutes=2), new=True)

    [key] = cast("list[bytes]", gate._redis.keys("askonce:l:*"))
    assert gate._redis.pttl(key) > 9 * 60_000


def test_no_address_can_be_read_in_redis_and_nothing_stays_for_ever(redis_url: str) -> None:
    gate = RedisGate(redis_url)
    gate.learn("1/email/ann@example.com", [TOUCH], NOW)
    gate.lease("b", "1/email/ann@example.com", [Ask(1, "widget", ())], NOW, LASTS)

    keys = cast("list[bytes]", gate._redis.keys("*"))
    assert len(keys) == 2
    assert not any(b"ann" in key for key in keys)
    assert all(gate._redis.ttl(key) > 0 for key in keys)
