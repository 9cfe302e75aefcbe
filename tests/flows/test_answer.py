"""An answer comes in one way, is stored once, and is never lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from server.core.links import BadLink, Purpose, seal
from server.core.submissions import milliseconds
from server.core.surveys import BadAnswer
from server.flows.answer import Closed, answer, dismiss, visit
from server.flows.open_link import open_link
from server.flows.show import show, withdraw
from server.store import surveys
from server.store.scope import SiteScope
from tests.flows.conftest import Town

pytestmark = pytest.mark.both_databases


def shown(town: Town, email: str = "ann@example.com") -> str:
    token = town.offered(email).token
    show(town.services, token)
    return token


def test_ann_answers_question_by_question(town: Town) -> None:
    token = shown(town)

    assert answer(town.services, token, {"score": "9"}).answered == {"score": 9}
    assert answer(town.services, token, {"comment": " fast \r\n"}).answered == {"score": 9, "comment": "fast"}

    [response] = town.responses()
    assert (response.score, response.comment, response.kind) == (9, "fast", "nps")
    assert town.row(response.invitation_id).outcome == "answered"


def test_the_same_answer_twice_is_one_and_keeps_its_time(town: Town) -> None:
    token = shown(town)
    answer(town.services, token, {"score": 9})
    at = town.clock()
    town.clock.forward(minutes=5)

    answer(town.services, token, {"score": "9"})

    [response] = town.responses()
    assert (response.created_at, response.updated_at) == (at, at)
    assert town.rows()["answer"] == 1


def test_another_answer_changes_the_first(town: Town) -> None:
    token = shown(town)
    answer(town.services, token, {"score": 9})
    town.clock.forward(minutes=5)

    answer(town.services, token, {"score": 2})

    [response] = town.responses()
    assert (response.score, response.updated_at) == (2, town.clock())
    assert town.rows()["answer"] == 1


def said(town: Town, seconds: float, tail: str = "a") -> str:
    """The id of a submission made that long from now."""
    return f"{milliseconds(town.clock() + timedelta(seconds=seconds)):013d}-{tail}"


def test_the_same_submission_twice_is_one(town: Town) -> None:
    token = shown(town)
    answer(town.services, token, {"score": 9}, said(town, -1))
    at, before = town.clock(), town.rows()
    town.clock.forward(minutes=5)

    answer(town.services, token, {"score": 9}, said(town, -301))

    [response] = town.responses()
    assert (response.score, response.updated_at) == (9, at)
    assert town.rows() == before


def test_her_last_word_wins_whatever_comes_in_first(town: Town) -> None:
    token = shown(town)
    answer(town.services, token, {"score": 3}, said(town, -1))
    answer(town.services, token, {"comment": "slow"}, said(town, -2))

    found = answer(town.services, token, {"score": 9}, said(town, -4))
    found = answer(town.services, token, {"comment": "fast"}, said(town, -3)) or found

    assert found.answered == {"score": 3, "comment": "slow"}
    [response] = town.responses()
    assert (response.score, response.comment) == (3, "slow")


def test_what_she_said_again_is_later_than_what_she_said_between(town: Town) -> None:
    token = shown(town)
    nine, three, again = (said(town, -n) for n in (3, 2, 1))

    for score, told in ((9, nine), (9, again), (3, three)):
        answer(town.services, token, {"score": score}, told)

    assert [r.score for r in town.responses()] == [9]


def test_of_one_moment_the_greater_id_wins_in_either_order(town: Town) -> None:
    for order in ((4, "a"), (5, "b")), ((5, "b"), (4, "a")):
        token = shown(town, f"{order[0][1]}@example.com")
        for score, tail in order:
            answer(town.services, token, {"score": score}, said(town, -1, tail))
    assert [r.score for r in town.responses()] == [5, 5]


def test_a_moment_that_lies_ahead_counts_as_now(town: Town) -> None:
    token = shown(town)
    answer(town.services, token, {"score": 9}, said(town, 86400))
    town.clock.forward(seconds=1)

    answer(town.services, token, {"score": 3}, said(town, 0))

    assert [r.score for r in town.responses()] == [3]


def test_a_form_without_an_id_is_the_last_word_when_it_comes(town: Town) -> None:
    token = shown(town)
    answer(town.services, token, {"score": 9}, said(town, 0, "zzzzzzzz"))
    answer(town.services, token, {"score": 3})
    answer(town.services, token, {"score": 5}, said(town, -1))

    assert [r.score for r in town.responses()] == [3]


def test_what_is_no_id_is_no_reason_to_lose_an_answer(town: Town) -> None:
    token = shown(town)
    for score, told in enumerate(("x", "-", "1" * 400, "1234567890123-" + "a" * 13, "1234567890123-A", "\x00")):
        answer(town.services, token, {"score": score}, told)
        assert [r.score for r in town.responses()] == [score]


def test_thirty_submissions_at_once_leave_the_last_said(town: Town) -> None:
    token = town.offered().token
    told = [(n % 11, said(town, n - 40)) for n in range(30)]

    with ThreadPoolExecutor(6) as crowd:
        list(crowd.map(lambda each: answer(town.services, token, {"score": each[0]}, each[1]), told[::-1]))

    assert [r.score for r in town.responses()] == [told[-1][0]]
    assert town.rows()["answer"] == 1


def test_an_answer_to_what_was_never_marked_as_shown_is_stored_and_a_touch(town: Town) -> None:
    made = town.offered()

    answer(town.services, made.token, {"score": 9})

    assert [r.score for r in town.responses()] == [9]
    assert [(t.ticket, t.kind) for t in town.touches()] == [(made.offer.ticket, "ask")]
    show(town.services, made.token)
    assert len(town.touches()) == 1


def test_an_answer_that_came_too_late_for_a_place_is_stored_all_the_same(town: Town) -> None:
    late = town.offered()
    town.clock.forward(minutes=3)
    show(town.services, town.offered(channel="view").token)

    answer(town.services, late.token, {"score": 3})

    assert [r.score for r in town.responses()] == [3]
    assert sorted(t.kind for t in town.touches()) == ["answered", "ask"]


def test_an_open_link_is_answered_once_and_held_by_nothing(town: Town) -> None:
    with town.services.db.reading() as db:
        survey = surveys.named(SiteScope(db, town.site.id), None)
    assert survey
    token = open_link(town.services, survey.key)
    before = town.rows()
    assert visit(town.services, token).answered == {}
    assert town.rows() == before

    for _ in range(2):
        answer(town.services, token, {"score": 0})

    assert [(r.score, r.channel) for r in town.responses()] == [(0, "link")]
    assert [t.kind for t in town.touches()] == ["answered"]
    with pytest.raises(BadLink):
        open_link(town.services, "nobody")


def test_a_bad_answer_stores_nothing(town: Town) -> None:
    token = town.offered().token
    before = town.rows()
    bad: list[dict[str, Any]] = [
        {}, {"score": 11}, {"score": "nine"}, {"shoe": 42}, {"score": 9, "comment": "x" * 5001}, {"score": 9, "": "x"},
    ]  # fmt: skip

    for given in bad:
        with pytest.raises(BadAnswer):
            answer(town.services, token, given)
    assert town.rows() == before


def test_the_score_is_the_answer_to_the_first_scored_question(town: Town) -> None:
    questions = [
        {"id": "nps", "kind": "nps", "text": "Recommend?"},
        {"id": "csat", "kind": "csat", "text": "Satisfied?"},
        {"id": "why", "kind": "free_response", "text": "Why?"},
    ]
    with town.services.db.writing() as db:
        surveys.add_survey(SiteScope(db, town.site.id), "two", "two", {"questions": questions}, town.clock())
    token = open_link(town.services, "two")

    answer(town.services, token, {"nps": 10, "csat": 2, "why": "half \ud83d a \x00 sign"})

    [response] = town.responses()
    assert (response.kind, response.score, response.comment) == ("nps", 10, "half  a  sign")
    assert visit(town.services, token).answered["csat"] == 2


def test_thirty_answers_at_once_are_one_response(town: Town) -> None:
    token = town.offered().token

    with ThreadPoolExecutor(6) as crowd:
        list(crowd.map(lambda n: answer(town.services, token, {"score": n % 11}), range(30)))

    assert len(town.responses()) == 1
    assert town.rows()["answer"] == 1


@pytest.mark.parametrize(("first", "outcome"), [(answer, "answered"), (dismiss, "dismissed")])
def test_an_outcome_is_kept(first: Any, outcome: str, town: Town) -> None:
    made = town.offered()
    show(town.services, made.token)

    first(town.services, made.token, *([{"score": 9}] if first is answer else []))
    dismiss(town.services, made.token)

    assert town.row(made.offer.ticket).outcome == outcome


def test_who_dismissed_may_still_answer(town: Town) -> None:
    made = town.offered()
    show(town.services, made.token)
    dismiss(town.services, made.token)

    answer(town.services, made.token, {"score": 9})

    assert town.row(made.offer.ticket).outcome == "answered"


def test_what_was_withdrawn_takes_no_answer(town: Town) -> None:
    token = town.offered().token
    withdraw(town.services, token)

    with pytest.raises(Closed):
        answer(town.services, token, {"score": 9})
    assert town.responses() == []


def test_a_link_to_nothing_opens_nothing(town: Town) -> None:
    purposes: tuple[Purpose, ...] = ("survey", "unsubscribe", "offer")

    for token in (*(seal(town.services.secret, purpose, "nobody") for purpose in purposes), "made.up", ""):
        with pytest.raises(BadLink):
            visit(town.services, token)


def test_an_answer_needs_no_redis(town: Town, make_services: Any) -> None:
    token = town.offered().token
    alone = make_services(REDIS_URL="unix:///nowhere/redis.sock")

    answer(alone, token, {"score": 9})

    assert [r.score for r in town.responses()] == [9]
