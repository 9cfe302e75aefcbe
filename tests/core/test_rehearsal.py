"""The past, told again under other rules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from server.core.policy import Policy
from server.core.policy_document import policy_from
from server.core.rehearsal import Chance, Rehearsal, Tale
from server.core.throttle import Touch

DAY = timedelta(days=1)
START = datetime(2026, 9, 1, tzinfo=UTC)
IDS = {"nps": 1, "csat": 2}


def chance(day: float, survey: str = "nps", held_by: str = "", outcome: str = "", channel: str = "email") -> Chance:
    return Chance(START + day * DAY, survey, channel, f"t{day}", held_by, outcome)


def told(policy: Policy, *chances: Chance, history: tuple[Touch, ...] = ()) -> Tale:
    rehearsal = Rehearsal(policy, IDS)
    rehearsal.person(history, chances)
    return rehearsal.tale


def test_under_the_same_rules_the_same_happens() -> None:
    tale = told(Policy(), chance(0), chance(10, held_by="rest"), chance(31))
    assert (tale.was_asked["email"], tale.would_be_asked["email"]) == (2, 2)
    assert tale.was_held == tale.would_be_held == {("email", "rest"): 1}


def test_a_shorter_rest_asks_more_and_what_it_asks_holds_the_next() -> None:
    tale = told(
        policy_from({"rest_days": 7}), chance(0), chance(10, held_by="rest"), chance(12, held_by="rest"), chance(31)
    )
    assert tale.would_be_asked["email"] == 3
    assert tale.would_be_held == {("email", "rest"): 1}


def test_who_said_no_stays_unasked_under_any_policy() -> None:
    tale = told(policy_from({"rest_days": "none", "load": "none"}), chance(0, held_by="consent"))
    assert tale.would_be_held == {("email", "consent"): 1}


def test_an_answer_that_came_counts_and_one_that_did_not_is_not_made_up() -> None:
    long = policy_from({"rest_days": 7, "rest_after_answer_days": 90})
    tale = told(long, chance(0, outcome="answered"), chance(40))
    assert tale.would_be_held == {("email", "rest_after_answer"): 1}
    assert told(long, chance(0), chance(40)).would_be_asked["email"] == 2


def test_what_came_before_and_from_elsewhere_counts() -> None:
    before = Touch("old", "ask", "email", 1, START - 20 * DAY)
    letter = Touch("ext", "external", "newsletter", 0, START + 14.5 * DAY)
    tale = told(Policy(), chance(5), chance(15, channel="widget"), history=(before, letter))
    assert tale.would_be_held == {("email", "rest"): 1, ("widget", "after_external"): 1}


def test_a_touch_of_tomorrow_does_not_hold_today() -> None:
    letter = Touch("ext", "external", "newsletter", 0, START + 2 * DAY)
    assert told(Policy(), chance(1), history=(letter,)).would_be_asked["email"] == 1
