"""What is held in browsers is counted between threads, within a bound, and taken once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from server.core.people import Claim
from server.gate.tally import MOST, HeldAsk, Refusal, Tally

NOBODY = HeldAsk(1, 1, "widget", "rest")


def known(person: int) -> HeldAsk:
    return HeldAsk(1, 1, "widget", "rest", (Claim("user", f"u{person}"),))


def test_everything_counted_is_taken_once() -> None:
    tally = Tally()

    with ThreadPoolExecutor(8) as crowd:
        taken = list(crowd.map(lambda n: tally.take() if n % 50 == 0 else tally.add(known(1)), range(2000)))
    counted = sum(t[known(1)] for t in [*taken, tally.take()] if t)

    assert counted == 2000 - 40
    assert tally.take() == {}


def test_counts_do_not_eat_the_server_and_whoever_finds_no_room_is_still_counted() -> None:
    tally = Tally()
    for person in range(MOST + 5):
        tally.add(known(person))
    tally.add(known(0))

    taken = tally.take()
    assert len(taken) == MOST + 1
    assert taken[known(0)] == 2
    assert taken[NOBODY] == 5


def test_beyond_twice_the_room_nothing_new_is_counted() -> None:
    tally = Tally()
    for survey in range(2 * MOST + 5):
        tally.add(HeldAsk(1, survey, "widget", "rest"))

    assert len(tally.take()) == 2 * MOST


def test_what_could_not_be_written_counts_on() -> None:
    tally = Tally()
    for held in (known(1), known(1), NOBODY):
        tally.add(held)
    taken = tally.take()
    tally.add(known(1))
    tally.put_back(taken)

    assert tally.take() == {known(1): 3, NOBODY: 1}


def test_a_no_to_every_survey_is_one_for_each() -> None:
    tally = Tally()
    for _ in range(3):
        tally.refuse(Refusal(1, "widget", (1, 2), ("rest", "sample"), known(1).claims))
    tally.add(known(1))

    assert tally.take() == {
        HeldAsk(1, 1, "widget", "rest", known(1).claims): 4,
        HeldAsk(1, 2, "widget", "sample", known(1).claims): 3,
    }
    assert tally.take() == {}


def test_a_crowd_of_refusals_does_not_eat_the_server() -> None:
    tally = Tally()
    for person in range(MOST + 5):
        tally.refuse(Refusal(1, "widget", (1,), ("rest",), (Claim("user", f"u{person}"),)))
    for survey in range(3 * MOST):
        tally.refuse(Refusal(1, "widget", (survey,), ("rest",)))

    taken = tally.take()
    assert taken[NOBODY] == 5 + 1
    assert len(taken) == 2 * MOST
