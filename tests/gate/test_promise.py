"""The gate's promise, kept by both gates alike."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest

from server.core.throttle import FOR_EVER, SLACK, Touch, TouchKind, Window
from server.gate.verdict import Answer, Ask, Docket, Elsewhere, Gate, Held, Known, Leased, Unfamiliar

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
LASTS = 2 * MINUTE
REST = Window("rest", ("ask",), 1, 30 * DAY)
LOAD = Window("load", ("ask", "continuation", "external"), 2, 7 * DAY)
ANN, BO = "1/person/1", "1/person/2"
RULES, OTHER_RULES = "one", "another"


def ask(survey: int = 1, *windows: Window) -> Ask:
    return Ask(survey, "widget", windows or (REST,))


def touch(ticket: str, at: datetime = NOW, kind: TouchKind = "ask", survey: int = 1, outcome: str = "") -> Touch:
    return Touch(ticket, kind, "widget", survey, at, outcome)


def lease(gate: Gate, ticket: str, *asks: Ask, at: datetime = NOW, new: bool = False, rules: str = RULES) -> Answer:
    return gate.lease(ticket, ANN, Docket(asks or (ask(),), rules), at, LASTS, new=new)


def learn(gate: Gate, *touches: Touch, at: datetime = NOW, rules: str = RULES, **more: Any) -> None:
    """The gate asks for the ledger to be read, which says this."""
    asked = gate.lease("a reader", ANN, Docket((), rules), at, LASTS)
    reading = asked.reading if isinstance(asked, Unfamiliar) else ""
    assert gate.learn(ANN, reading, Known(touches, **more), rules, at)


def is_unfamiliar(answer: Answer) -> bool:
    return isinstance(answer, Unfamiliar)


def held(answer: Answer) -> Held:
    assert isinstance(answer, Held)
    return answer


def test_a_person_is_unfamiliar_until_she_is_learned(gate: Gate) -> None:
    assert is_unfamiliar(lease(gate, "a"))

    learn(gate)

    assert lease(gate, "a") == Leased(0)
    assert gate.lease("b", BO, Docket((ask(),), RULES), NOW, LASTS) == Unfamiliar("b")


def test_a_new_person_needs_no_learning_and_stays_unfamiliar(gate: Gate) -> None:
    assert lease(gate, "a", new=True) == Leased(0)
    assert is_unfamiliar(lease(gate, "b"))
    assert isinstance(lease(gate, "b", new=True), Held)


def test_what_was_learned_is_believed_for_a_week(gate: Gate) -> None:
    learn(gate)

    assert isinstance(lease(gate, "a", at=NOW + 7 * DAY - MINUTE), Leased)
    assert is_unfamiliar(lease(gate, "b", at=NOW + 7 * DAY))


def test_what_was_learned_under_other_rules_is_not_believed(gate: Gate) -> None:
    learn(gate, touch("a"))

    assert is_unfamiliar(lease(gate, "b", rules=OTHER_RULES))
    learn(gate, touch("a"), rules=OTHER_RULES)
    assert isinstance(lease(gate, "b", rules=OTHER_RULES), Held)
    assert is_unfamiliar(lease(gate, "b"))


def test_what_the_ledger_says_nothing_of_any_more_is_gone_when_it_is_read_again(gate: Gate) -> None:
    learn(gate, touch("voided"), touch("stands", NOW - DAY))
    lease(gate, "on its way", ask(1, Window("load", ("ask",), 3, DAY)))
    assert is_unfamiliar(lease(gate, "b", rules=OTHER_RULES))

    learn(gate, touch("stands", NOW - DAY), rules=OTHER_RULES)

    [verdict] = held(lease(gate, "b", ask(1, Window("two", ("ask",), 2, 9 * DAY)), rules=OTHER_RULES)).verdicts
    assert verdict.findings[0].touch == touch("stands", NOW - DAY)
    assert lease(gate, "b", ask(1, Window("three", ("ask",), 3, 9 * DAY)), rules=OTHER_RULES) == Leased(0)


def test_the_touch_of_whoever_asks_is_gone_too_when_the_ledger_says_nothing_of_it(gate: Gate) -> None:
    learn(gate, touch("voided"))
    assert lease(gate, "voided", rules=OTHER_RULES) == Unfamiliar("voided")

    assert gate.learn(ANN, "voided", Known(), OTHER_RULES, NOW)

    assert lease(gate, "b", rules=OTHER_RULES) == Leased(0)


@pytest.mark.parametrize("before", [{"barred": frozenset({"widget"})}, {"elsewhere": BO}], ids=lambda said: min(said))
def test_a_no_and_a_name_that_the_ledger_says_nothing_of_any_more_are_gone(before: dict[str, Any], gate: Gate) -> None:
    learn(gate, **before)

    learn(gate, rules=OTHER_RULES)

    assert lease(gate, "a", rules=OTHER_RULES) == Leased(0)


def test_who_is_forgotten_is_unfamiliar_and_her_places_are_free(gate: Gate) -> None:
    learn(gate, touch("a"))
    lease(gate, "b", ask(1, Window("load", ("ask",), 2, DAY)))

    gate.forget(ANN)
    gate.forget(BO)

    assert is_unfamiliar(lease(gate, "c"))
    assert lease(gate, "c", new=True) == Leased(0)


def test_a_touch_that_came_leaves_what_was_learned_believed(gate: Gate) -> None:
    learn(gate, touch("a"))

    gate.note(ANN, touch("b", NOW + MINUTE))

    [verdict] = held(lease(gate, "c", at=NOW + 6 * DAY)).verdicts
    assert verdict.findings[0].touch == touch("b", NOW + MINUTE)
    assert is_unfamiliar(lease(gate, "c", at=NOW + 7 * DAY))


def test_a_touch_that_came_is_not_everything_there_is_to_know(gate: Gate) -> None:
    gate.note(ANN, touch("a"))

    assert is_unfamiliar(lease(gate, "b"))


def test_what_came_of_an_ask_changes_the_verdict(gate: Gate) -> None:
    after = Window("rest_after_answer", ("ask",), 1, 90 * DAY, outcome="answered")
    shown = touch("a", NOW - 40 * DAY)
    learn(gate, shown)
    assert lease(gate, "b", ask(1, REST, after)) == Leased(0)
    gate.give_back("b", ANN)

    gate.note(ANN, replace(shown, outcome="dismissed"))
    assert lease(gate, "b", ask(1, REST, after)) == Leased(0)
    gate.give_back("b", ANN)
    gate.note(ANN, replace(shown, outcome="answered"))

    [verdict] = held(lease(gate, "b", ask(1, REST, after))).verdicts
    assert (verdict.held_by, verdict.until) == ("rest_after_answer", NOW + 50 * DAY)
    assert verdict.findings[1].touch == replace(shown, outcome="answered")


@pytest.mark.parametrize("late", ["", "dismissed"])
def test_what_says_less_and_is_told_later_changes_nothing(gate: Gate, late: str) -> None:
    after = Window("rest_after_answer", ("ask",), 1, 90 * DAY, outcome="answered")
    learn(gate)
    gate.note(ANN, touch("a", outcome="answered"))

    gate.note(ANN, touch("a", outcome=late))

    assert held(lease(gate, "b", ask(1, after))).verdicts[0].findings[0].touch == touch("a", outcome="answered")


def test_a_place_has_no_outcome_but_is_a_contact(gate: Gate) -> None:
    learn(gate)
    outcomes = [Window(o, ("ask",), 1, 90 * DAY, outcome=o) for o in ("answered", "dismissed")]

    assert lease(gate, "a", ask(1, *outcomes)) == Leased(0)
    assert lease(gate, "b", ask(1, *outcomes)) == Leased(0)
    [verdict] = held(lease(gate, "c", ask(1, *outcomes, LOAD))).verdicts
    assert [(f.rule, f.passed) for f in verdict.findings] == [("answered", True), ("dismissed", True), ("load", False)]
    assert verdict.findings[-1].is_lease


def test_of_several_places_the_one_that_lapses_last_holds(gate: Gate) -> None:
    learn(gate, touch("now"))
    for ticket, minutes in (("a", 9), ("b", 2), ("c", 5)):
        gate.lease(ticket, ANN, Docket((Ask(1, "widget", ()),), RULES), NOW, minutes * MINUTE)
    wanted = [ask(1, Window("load", ("ask",), limit, DAY)) for limit in (1, 2, 3, 4)]

    found = [verdict.findings[0] for verdict in held(lease(gate, "d", *wanted)).verdicts]

    assert [f.until for f in found] == [NOW + 9 * MINUTE, NOW + 5 * MINUTE, NOW + 2 * MINUTE, NOW + DAY]
    assert [f.is_lease for f in found] == [True, True, True, False]


def test_a_kept_ticket_that_asks_again_stays_a_touch(gate: Gate) -> None:
    learn(gate)
    lease(gate, "a")
    gate.note(ANN, touch("a"))

    assert lease(gate, "a") == Leased(0)

    [verdict] = held(lease(gate, "b", at=NOW + 5 * MINUTE)).verdicts
    assert not verdict.findings[0].is_lease


def test_a_place_is_taken_once(gate: Gate) -> None:
    learn(gate)

    assert lease(gate, "a") == Leased(0)
    [verdict] = held(lease(gate, "b")).verdicts
    assert (verdict.held_by, verdict.until) == ("rest", NOW + LASTS)
    assert verdict.findings[0].is_lease
    assert verdict.findings[0].touch == touch("a")


def test_a_ticket_gets_its_own_place_again(gate: Gate) -> None:
    learn(gate)

    assert [lease(gate, "a"), lease(gate, "a")] == [Leased(0), Leased(0)]
    gate.note(ANN, touch("a"))
    assert lease(gate, "a") == Leased(0)
    assert isinstance(lease(gate, "b"), Held)


def test_a_ticket_that_takes_another_place_leaves_its_first(gate: Gate) -> None:
    learn(gate)
    once = Window("repeat", ("ask",), 1, 30 * DAY, frozenset({1}))

    assert lease(gate, "a", ask(1, once)) == Leased(0)
    assert lease(gate, "a", ask(2, once)) == Leased(0)
    assert lease(gate, "b", ask(1, once)) == Leased(0)


def test_a_place_never_used_lapses(gate: Gate) -> None:
    learn(gate)
    lease(gate, "a")

    assert isinstance(lease(gate, "b", at=NOW + LASTS - timedelta(milliseconds=1)), Held)
    assert lease(gate, "b", at=NOW + LASTS) == Leased(0)


def test_a_place_fills_a_window_that_is_shorter_than_itself(gate: Gate) -> None:
    short = ask(1, Window("load", ("ask",), 1, MINUTE))
    learn(gate)
    lease(gate, "a", short)

    [verdict] = held(lease(gate, "b", short, at=NOW + LASTS - timedelta(milliseconds=1))).verdicts
    assert verdict.until == NOW + LASTS


def test_a_place_given_back_is_free(gate: Gate) -> None:
    learn(gate)
    lease(gate, "a")

    gate.give_back("a", ANN)

    assert lease(gate, "b") == Leased(0)


def test_a_kept_place_that_is_given_back_is_free(gate: Gate) -> None:
    learn(gate)
    lease(gate, "a")
    gate.note(ANN, touch("a"))

    gate.give_back("a", ANN)

    assert lease(gate, "b") == Leased(0)


def test_giving_back_what_nobody_has_changes_nothing(gate: Gate) -> None:
    gate.give_back("x", BO)
    learn(gate, touch("a"))
    gate.give_back("x", ANN)
    gate.give_back("", ANN)

    assert isinstance(lease(gate, "b"), Held)


def test_a_kept_place_rests(gate: Gate) -> None:
    learn(gate)
    lease(gate, "a")

    gate.note(ANN, touch("a"))

    [verdict] = held(lease(gate, "b", at=NOW + 6 * DAY)).verdicts
    assert (verdict.until, verdict.findings[0].touch) == (NOW + 30 * DAY, touch("a"))
    assert not verdict.findings[0].is_lease


def test_a_place_that_was_kept_elsewhere_is_no_lease_any_more(gate: Gate) -> None:
    learn(gate)
    lease(gate, "a")

    gate.note(ANN, touch("a", kind="answered"))

    assert lease(gate, "b") == Leased(0)


def test_a_place_that_the_ledger_has_as_a_touch_counts_once(gate: Gate) -> None:
    lease(gate, "a", new=True)

    learn(gate, touch("a"))

    assert lease(gate, "b", ask(1, Window("two", ("ask",), 2, DAY))) == Leased(0)


def test_the_first_ask_that_passes_is_taken(gate: Gate) -> None:
    learn(gate, touch("a", survey=1))
    once = [Window("repeat", ("ask",), 1, 30 * DAY, frozenset({n})) for n in (1, 2, 3)]

    assert lease(gate, "b", ask(1, once[0]), ask(2, once[1]), ask(3, once[2])) == Leased(1)
    assert lease(gate, "c", ask(1, once[0]), ask(2, once[1]), ask(3, once[2])) == Leased(2)
    assert len(held(lease(gate, "d", ask(1, once[0]), ask(2, once[1]), ask(3, once[2]))).verdicts) == 3


def test_an_ask_without_windows_always_passes(gate: Gate) -> None:
    learn(gate, touch("a"))

    assert lease(gate, "b", Ask(1, "widget", ())) == Leased(0)


def test_no_ask_is_no_place(gate: Gate) -> None:
    learn(gate)

    assert held(gate.lease("a", ANN, Docket((), RULES), NOW, LASTS)).verdicts == ()


def test_a_verdict_names_every_rule_with_its_touch_and_its_time(gate: Gate) -> None:
    earlier, later = touch("a", NOW - 5 * DAY), touch("b", NOW - 3 * DAY, "external", 0)
    learn(gate, earlier, later)

    [verdict] = held(lease(gate, "c", ask(1, REST, LOAD, Window("repeat", ("ask",), 1, DAY, frozenset({1}))))).verdicts

    found = [(f.rule, f.passed, f.touch, f.until) for f in verdict.findings]
    assert found == [
        ("rest", False, earlier, NOW + 25 * DAY),
        ("load", False, earlier, NOW + 2 * DAY),
        ("repeat", True, None, None),
    ]
    assert verdict.until == NOW + 25 * DAY


def test_a_rest_is_over_at_its_very_end(gate: Gate) -> None:
    learn(gate, touch("a"), at=NOW + 29 * DAY)

    assert isinstance(lease(gate, "b", at=NOW + 30 * DAY - timedelta(milliseconds=1)), Held)
    assert lease(gate, "b", at=NOW + 30 * DAY) == Leased(0)


def test_a_touch_ahead_of_the_clock_counts(gate: Gate) -> None:
    learn(gate, touch("a", NOW + DAY))

    assert held(lease(gate, "b")).verdicts[0].until == NOW + 31 * DAY


@pytest.mark.parametrize("limit", [1, 3])
def test_of_sixty_at_once_as_many_get_in_as_the_window_allows(gates: Callable[[], Gate], limit: int) -> None:
    first, *others = [gates() for _ in range(6)]
    learn(first)
    start = Barrier(60)
    wanted = ask(1, Window("rest", ("ask",), limit, 30 * DAY))

    def one(n: int) -> bool:
        start.wait()
        return isinstance(([first, *others][n % 6]).lease(f"t{n}", ANN, Docket((wanted,), RULES), NOW, LASTS), Leased)

    with ThreadPoolExecutor(60) as crowd:
        assert sum(crowd.map(one, range(60))) == limit


def test_of_sixty_at_once_who_are_new_one_gets_in(gates: Callable[[], Gate]) -> None:
    doors = [gates() for _ in range(4)]
    start = Barrier(60)

    def one(n: int) -> bool:
        start.wait()
        return isinstance(doors[n % 4].lease(f"t{n}", ANN, Docket((ask(),), RULES), NOW, LASTS, new=True), Leased)

    with ThreadPoolExecutor(60) as crowd:
        assert sum(crowd.map(one, range(60))) == 1


def test_of_a_person_who_may_not_be_asked_on_a_channel_only_the_others_pass(gate: Gate) -> None:
    learn(gate, barred=frozenset({"widget", "sms"}))
    by_mail = Ask(2, "email", (REST,))

    answer = held(lease(gate, "a"))

    assert [(f.rule, f.passed) for f in answer.verdicts[0].findings] == [("consent", False), ("rest", True)]
    assert answer.verdicts[0].findings[0].because == "she must not be asked by widget"
    assert (answer.rules, answer.soonest) == (("consent",), None)
    assert lease(gate, "a", ask(), by_mail) == Leased(1)


@pytest.mark.parametrize("barred", ["email", "mail2", "e-mail-2"])
def test_a_channel_is_not_barred_by_one_whose_name_has_its_own_in_it(barred: str, gate: Gate) -> None:
    learn(gate, barred=frozenset({barred}))

    assert lease(gate, "a", Ask(1, "mail", (REST,))) == Leased(0)


def test_who_is_known_under_another_name_is_asked_for_there(gate: Gate) -> None:
    learn(gate, elsewhere=BO)

    assert lease(gate, "a") == Elsewhere(BO)
    assert is_unfamiliar(gate.lease("a", BO, Docket((ask(),), RULES), NOW, LASTS))
    gate.forget(ANN)
    learn(gate)
    assert lease(gate, "a") == Leased(0)


@pytest.mark.parametrize("more", [{}, {"elsewhere": BO}], ids=["nobody", "another"])
def test_of_a_name_that_nobody_has_it_knows_what_was_said_with_it(more: dict[str, Any], gate: Gate) -> None:
    docket = Docket((ask(),), RULES)
    asked = gate.lease("a reader", ANN, docket, NOW, LASTS, beside="her browser")
    assert isinstance(asked, Unfamiliar)
    assert gate.learn(ANN, asked.reading, Known(beside="her browser", **more), RULES, NOW)

    for others in ("", "another browser"):
        assert is_unfamiliar(gate.lease("a", ANN, docket, NOW, LASTS, beside=others))
    answer = gate.lease("a", ANN, docket, NOW, LASTS, beside="her browser")
    assert answer == (Elsewhere(BO) if more else Leased(0))
    asked = gate.lease("a reader", ANN, docket, NOW, LASTS)
    assert isinstance(asked, Unfamiliar)
    assert gate.learn(ANN, asked.reading, Known(), RULES, NOW)
    for others in ("", "her browser"):
        assert gate.lease("a", ANN, docket, NOW, LASTS, beside=others) == Leased(0)


def test_only_the_asks_that_are_tried_are_taken(gate: Gate) -> None:
    learn(gate, touch("b", survey=3))
    once = [Window("repeat", ("ask",), 1, 30 * DAY, frozenset({n})) for n in (1, 2, 3)]
    docket = Docket((ask(1, once[0]), ask(2, once[1]), ask(3, once[2])), RULES)

    assert gate.lease("a", ANN, docket, NOW, LASTS, tried=[1, 2]) == Leased(1)
    answer = held(gate.lease("a", ANN, docket, NOW, LASTS, tried=[2]))
    assert len(answer.verdicts) == 1
    assert (answer.rules, answer.until_of(2)) == (("", "", "repeat"), NOW + 30 * DAY)
    assert held(gate.lease("a", ANN, docket, NOW, LASTS, tried=[])).verdicts == ()


def test_of_a_long_docket_too_only_the_asks_that_are_tried_are_taken(gate: Gate) -> None:
    learn(gate)
    docket = Docket(tuple(ask(n) for n in range(1, 13)), RULES)

    assert gate.lease("a", ANN, docket, NOW, LASTS, tried=[11]) == Leased(11)


def test_nobody_waits_for_the_end_of_what_is_asked_once(gate: Gate) -> None:
    learn(gate, touch("b", NOW - 5 * DAY))
    once = Window("repeat", ("ask",), 1, FOR_EVER - SLACK)

    answer = held(lease(gate, "a", ask(1, once, REST), ask(2, REST)))

    assert [v.until for v in answer.verdicts] == [None, NOW + 25 * DAY]
    assert [answer.until_of(n) for n in (0, 1)] == [None, NOW + 25 * DAY]
    assert answer.soonest == NOW + 25 * DAY
    assert held(lease(gate, "a", ask(1, once))).soonest is None


@pytest.mark.parametrize("event", ["noted", "given back", "forgotten", "nothing"])
def test_what_was_read_before_something_happened_is_not_learned(event: str, gate: Gate) -> None:
    asked = lease(gate, "a")
    assert asked == lease(gate, "b") == Unfamiliar("a")
    happens = {
        "noted": lambda: gate.note(ANN, touch("c")),
        "given back": lambda: gate.give_back("c", ANN),
        "forgotten": lambda: gate.forget(ANN),
    }
    happens.get(event, lambda: None)()

    learned = gate.learn(ANN, "a", Known((touch("c", NOW - DAY),)), RULES, NOW)

    assert learned == (event == "nothing")
    assert is_unfamiliar(lease(gate, "d")) != learned
    assert not gate.learn(ANN, "a", Known(), RULES, NOW)
    assert not gate.learn(ANN, "", Known(), RULES, NOW)


def test_the_short_answer_is_that_of_the_verdict(gate: Gate) -> None:
    learn(gate, touch("a", NOW - 5 * DAY), touch("b", NOW - 3 * DAY, "external", 0))
    wanted = [ask(1, Window("long", ("ask",), 1, 9 * DAY), REST, LOAD), ask(1, LOAD)]

    answer = held(lease(gate, "c", *wanted))

    assert answer.rules == tuple(v.held_by for v in answer.verdicts)
    assert [answer.until_of(n) for n in (0, 1)] == [v.until for v in answer.verdicts]
    assert answer.soonest == min(v.until for v in answer.verdicts if v.until)
