"""The gate's promise, kept by both gates alike."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest

from server.core.throttle import Touch, TouchKind, Window
from server.gate.verdict import Ask, Gate, Held, Leased, Unfamiliar

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
LASTS = 2 * MINUTE
REST = Window("rest", ("ask",), 1, 30 * DAY)
LOAD = Window("load", ("ask", "continuation", "external"), 2, 7 * DAY)
ANN, BO = "1/person/1", "1/person/2"


def ask(survey: int = 1, *windows: Window) -> Ask:
    return Ask(survey, "widget", windows or (REST,))


def touch(ticket: str, at: datetime = NOW, kind: TouchKind = "ask", survey: int = 1) -> Touch:
    return Touch(ticket, kind, "widget", survey, at)


def lease(gate: Gate, ticket: str, *asks: Ask, at: datetime = NOW, new: bool = False) -> Leased | Held | Unfamiliar:
    return gate.lease(ticket, ANN, asks or (ask(),), at, LASTS, new)


def held(answer: Leased | Held | Unfamiliar) -> Held:
    assert isinstance(answer, Held)
    return answer


def test_a_person_is_unfamiliar_until_she_is_learned(gate: Gate) -> None:
    assert lease(gate, "a") == Unfamiliar()

    gate.learn(ANN, [], NOW)

    assert lease(gate, "a") == Leased(0)
    assert gate.lease("b", BO, [ask()], NOW, LASTS) == Unfamiliar()


def test_a_new_person_needs_no_learning_and_stays_unfamiliar(gate: Gate) -> None:
    assert lease(gate, "a", new=True) == Leased(0)
    assert lease(gate, "b") == Unfamiliar()
    assert isinstance(lease(gate, "b", new=True), Held)


def test_what_was_learned_is_believed_for_a_week(gate: Gate) -> None:
    gate.learn(ANN, [], NOW)

    assert isinstance(lease(gate, "a", at=NOW + 7 * DAY - MINUTE), Leased)
    assert lease(gate, "b", at=NOW + 7 * DAY) == Unfamiliar()


def test_a_place_is_taken_once(gate: Gate) -> None:
    gate.learn(ANN, [], NOW)

    assert lease(gate, "a") == Leased(0)
    [verdict] = held(lease(gate, "b")).verdicts
    assert (verdict.held_by, verdict.until) == ("rest", NOW + LASTS)
    assert verdict.findings[0].is_lease


def test_a_ticket_gets_its_own_place_again(gate: Gate) -> None:
    gate.learn(ANN, [], NOW)

    assert [lease(gate, "a"), lease(gate, "a")] == [Leased(0), Leased(0)]
    gate.keep("a", ANN, [touch("a")], NOW)
    assert lease(gate, "a") == Leased(0)
    assert isinstance(lease(gate, "b"), Held)


def test_a_ticket_that_takes_another_place_leaves_its_first(gate: Gate) -> None:
    gate.learn(ANN, [], NOW)
    once = Window("repeat", ("ask",), 1, 30 * DAY, survey=1)

    assert lease(gate, "a", ask(1, once)) == Leased(0)
    assert lease(gate, "a", ask(2, once)) == Leased(0)
    assert lease(gate, "b", ask(1, once)) == Leased(0)


def test_a_place_never_used_lapses(gate: Gate) -> None:
    gate.learn(ANN, [], NOW)
    lease(gate, "a")

    assert isinstance(lease(gate, "b", at=NOW + LASTS - timedelta(milliseconds=1)), Held)
    assert lease(gate, "b", at=NOW + LASTS) == Leased(0)


def test_a_place_given_back_is_free(gate: Gate) -> None:
    gate.learn(ANN, [], NOW)
    lease(gate, "a")

    gate.give_back("a", ANN)

    assert lease(gate, "b") == Leased(0)


def test_a_kept_place_that_is_given_back_is_free(gate: Gate) -> None:
    gate.learn(ANN, [], NOW)
    lease(gate, "a")
    gate.keep("a", ANN, [touch("a")], NOW)

    gate.give_back("a", ANN)

    assert lease(gate, "b") == Leased(0)


def test_giving_back_what_nobody_has_changes_nothing(gate: Gate) -> None:
    gate.give_back("x", BO)
    gate.learn(ANN, [touch("a")], NOW)
    gate.give_back("x", ANN)
    gate.give_back("", ANN)

    assert isinstance(lease(gate, "b"), Held)


def test_a_kept_place_rests(gate: Gate) -> None:
    gate.learn(ANN, [], NOW)
    lease(gate, "a")

    gate.keep("a", ANN, [touch("a")], NOW)

    [verdict] = held(lease(gate, "b", at=NOW + 6 * DAY)).verdicts
    assert (verdict.until, verdict.findings[0].touch) == (NOW + 30 * DAY, touch("a"))
    assert not verdict.findings[0].is_lease


def test_a_place_that_was_kept_elsewhere_is_no_lease_any_more(gate: Gate) -> None:
    gate.learn(ANN, [], NOW)
    lease(gate, "a")

    gate.keep("a", ANN, [touch("a", kind="answered")], NOW)

    assert lease(gate, "b") == Leased(0)


def test_the_first_ask_that_passes_is_taken(gate: Gate) -> None:
    gate.learn(ANN, [touch("a", survey=1)], NOW)
    once = [Window("repeat", ("ask",), 1, 30 * DAY, survey=n) for n in (1, 2, 3)]

    assert lease(gate, "b", ask(1, once[0]), ask(2, once[1]), ask(3, once[2])) == Leased(1)
    assert lease(gate, "c", ask(1, once[0]), ask(2, once[1]), ask(3, once[2])) == Leased(2)
    assert len(held(lease(gate, "d", ask(1, once[0]), ask(2, once[1]), ask(3, once[2]))).verdicts) == 3


def test_an_ask_without_windows_always_passes(gate: Gate) -> None:
    gate.learn(ANN, [touch("a")], NOW)

    assert gate.lease("b", ANN, [Ask(1, "widget", ())], NOW, LASTS) == Leased(0)


def test_no_ask_is_no_place(gate: Gate) -> None:
    gate.learn(ANN, [], NOW)

    assert gate.lease("a", ANN, [], NOW, LASTS) == Held(())


def test_a_verdict_names_every_rule_with_its_touch_and_its_time(gate: Gate) -> None:
    earlier, later = touch("a", NOW - 5 * DAY), touch("b", NOW - 3 * DAY, "external", 0)
    gate.learn(ANN, [earlier, later], NOW)

    [verdict] = held(lease(gate, "c", ask(1, REST, LOAD, Window("repeat", ("ask",), 1, DAY, 1)))).verdicts

    found = [(f.rule, f.passed, f.touch, f.until) for f in verdict.findings]
    assert found == [
        ("rest", False, earlier, NOW + 25 * DAY),
        ("load", False, earlier, NOW + 2 * DAY),
        ("repeat", True, None, None),
    ]
    assert verdict.until == NOW + 25 * DAY


def test_a_rest_is_over_at_its_very_end(gate: Gate) -> None:
    gate.learn(ANN, [touch("a")], NOW + 29 * DAY)

    assert isinstance(lease(gate, "b", at=NOW + 30 * DAY - timedelta(milliseconds=1)), Held)
    assert lease(gate, "b", at=NOW + 30 * DAY) == Leased(0)


def test_a_touch_ahead_of_the_clock_counts(gate: Gate) -> None:
    gate.learn(ANN, [touch("a", NOW + DAY)], NOW)

    assert held(lease(gate, "b")).verdicts[0].until == NOW + 31 * DAY


@pytest.mark.parametrize("limit", [1, 3])
def test_of_sixty_at_once_as_many_get_in_as_the_window_allows(gates: Callable[[], Gate], limit: int) -> None:
    first, *others = [gates() for _ in range(6)]
    first.learn(ANN, [], NOW)
    start = Barrier(60)
    wanted = ask(1, Window("rest", ("ask",), limit, 30 * DAY))

    def one(n: int) -> bool:
        start.wait()
        return isinstance(([first, *others][n % 6]).lease(f"t{n}", ANN, [wanted], NOW, LASTS), Leased)

    with ThreadPoolExecutor(60) as crowd:
        assert sum(crowd.map(one, range(60))) == limit


def test_of_sixty_at_once_who_are_new_one_gets_in(gates: Callable[[], Gate]) -> None:
    doors = [gates() for _ in range(4)]
    start = Barrier(60)

    def one(n: int) -> bool:
        start.wait()
        return isinstance(doors[n % 4].lease(f"t{n}", ANN, [ask()], NOW, LASTS, new=True), Leased)

    with ThreadPoolExecutor(60) as crowd:
        assert sum(crowd.map(one, range(60))) == 1
