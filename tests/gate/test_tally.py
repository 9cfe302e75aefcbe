"""What is held in browsers is counted between threads, within a bound, and taken once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from server.gate.tally import MOST, HeldAsk, Tally

ANN = HeldAsk(1, 1, 1, "widget", "rest")


def test_everything_counted_is_taken_once() -> None:
    tally = Tally()

    with ThreadPoolExecutor(8) as crowd:
        taken = list(crowd.map(lambda n: tally.take() if n % 50 == 0 else tally.add(ANN), range(2000)))
    counted = sum(t[ANN] for t in [*taken, tally.take()] if t)

    assert counted == 2000 - 40
    assert tally.take() == {}


def test_counts_do_not_eat_the_server() -> None:
    tally = Tally()
    for person in range(MOST + 5):
        tally.add(HeldAsk(1, person, 1, "widget", "rest"))
    tally.add(HeldAsk(1, 0, 1, "widget", "rest"))

    taken = tally.take()
    assert len(taken) == MOST
    assert taken[HeldAsk(1, 0, 1, "widget", "rest")] == 2
