"""Whatever is done in whatever order, both gates give the same answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.core.throttle import Touch, TouchKind, Window
from server.gate.memory import MemoryGate
from server.gate.redis import RedisGate
from server.gate.verdict import Ask, Docket, Gate, Held, Known, Unfamiliar
from tests.parts import PATIENCE

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

KINDS: dict[str, TouchKind] = {
    "a": "ask", "b": "ask", "c": "ask", "d": "continuation", "e": "external", "f": "answered",
}  # fmt: skip

channels = st.sampled_from(["email", "widget"])
tickets = st.sampled_from("abcdef")
people = st.sampled_from(["ann", "bo"])
surveys = st.integers(1, 3)
kinds = st.sampled_from(["ask", "continuation", "external", "answered"])
seconds = st.integers(1, 900_000).map(lambda n: timedelta(seconds=n))
outcomes = st.sampled_from(["", "", "answered", "dismissed"])
policies = st.sampled_from(["one", "one", "another"])
windows = st.builds(
    Window, st.sampled_from(["rest", "load"]), st.sets(kinds, min_size=1).map(tuple), st.integers(1, 3), seconds,
    st.frozensets(surveys, max_size=2), outcomes,
)  # fmt: skip
asks = st.lists(st.builds(Ask, surveys, channels, st.lists(windows, max_size=3).map(tuple)), max_size=3)
bars = st.frozensets(channels)
trieds = st.none() | st.lists(st.integers(0, 2), max_size=3)
touch = st.tuples(tickets, st.just(0) | st.integers(-86_400, 900_000), outcomes)
touches = st.lists(touch, max_size=4, unique_by=lambda t: t[0])
waits = st.integers(1, 600) | st.integers(86_400, 900_000)
others = st.sampled_from(["", "her browser"])
steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("lease"), tickets, people, asks, policies, st.integers(100, 900), trieds, st.booleans(), others
        ),
        st.tuples(
            st.just("learn"), people, touches, policies, bars, st.sampled_from(["", "", "", "cy"]), st.none() | others
        ),
        st.tuples(st.just("note"), people, touch),
        st.tuples(st.just("give_back"), tickets, people),
        st.tuples(st.just("forget"), people),
        st.tuples(st.just("wait"), waits),
    ),
    min_size=1,
    max_size=15,
)


def told(gate: Gate, steps: list[tuple[Any, ...]]) -> list[Any]:
    """Every answer that `gate` gives. A ticket has one kind and one survey for ever, as in the ledger."""
    now, answers = NOW, []
    reading: dict[str, str] = {}
    for name, *said in steps:
        match name:
            case "lease":
                ticket, person, wanted, policy, lasts, tried, new, beside = said
                tried = [n for n in tried if n < len(wanted)] if tried is not None else None
                docket = Docket(tuple(wanted), policy)
                answer = gate.lease(ticket, person, docket, now, timedelta(seconds=lasts), tried, new, beside)
                reading[person] = answer.reading if isinstance(answer, Unfamiliar) else reading.get(person, "")
                answers.append(plain(answer))
            case "learn":
                person, rows, policy, barred, elsewhere, beside = said
                known = Known(tuple(ledger(rows, now)), barred, elsewhere, beside)
                answers.append(gate.learn(person, reading.get(person, ""), known, policy, now))
            case "note":
                gate.note(said[0], *ledger([said[1]], now))
            case "forget":
                gate.forget(*said)
            case "give_back":
                gate.give_back(*said)
            case "wait":
                now += timedelta(seconds=said[0])
    return answers


def ledger(rows: list[tuple[str, int, str]], now: datetime) -> list[Touch]:
    return [
        Touch(t, KINDS[t], "email", "abcdef".index(t) % 3 + 1, now - timedelta(seconds=ago), outcome)
        for t, ago, outcome in rows
    ]


def plain(answer: Any) -> Any:
    """Which of several touches of the same moment is named is nobody's business."""
    if not isinstance(answer, Held):
        return answer
    return [[(f.rule, f.passed, f.is_lease, f.until) for f in v.findings] for v in answer.verdicts]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_both_gates_give_the_same_answers(redis_url: str, steps: list[tuple[Any, ...]]) -> None:
    redis = RedisGate(redis_url, PATIENCE)
    redis._redis.flushall()

    assert told(redis, steps) == told(MemoryGate(), steps)
    redis._redis.close()
