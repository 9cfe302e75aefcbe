"""The last word: the ledger judges one person at a time, by the database's clock, and what it says stands."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest

from channels.channel import Retry
from server.core.contact import Contact
from server.core.people import claims_of
from server.core.policy_document import policy_from
from server.core.throttle import Finding, Touch
from server.flows.answer import answer
from server.flows.deliver import deliver
from server.flows.judge import keep
from server.flows.moments import take
from server.flows.show import show
from server.gate.verdict import Verdict
from server.store import counters, identities, surveys
from server.store.scope import SiteScope
from server.store.surveys import StoredSurvey
from tests.flows.conftest import Town
from tests.flows.moments import NEVER_TIRED, NEW_YORK, SYDNEY_OR_PERTH, Days, days
from tests.parts import NOON

pytestmark = pytest.mark.both_databases

__all__ = ["days"]
HOUR = timedelta(hours=1)
TODAY = "2026-11-23T00:00+00:00"
CROWD = 8


def known(town: Town, **said: str) -> int:
    """The record of somebody of whom this is said."""
    with town.services.db.writing() as db:
        return identities.find_or_make(SiteScope(db, town.site.id), claims_of(**said), "", town.clock()).id


def kept(
    town: Town, person_id: int, ticket: str, channel: str = "email", address: str | None = None
) -> tuple[Verdict, Touch | None]:
    with town.services.db.writing() as db:
        scope = SiteScope(db, town.site.id)
        return keep(scope, person_id, nps(scope), Contact(channel, ticket, address), town.clock())


def nps(scope: SiteScope) -> StoredSurvey:
    survey = surveys.named(scope, None)
    assert survey
    return survey


def test_what_is_kept_may_be_kept_again_and_is_one(town: Town) -> None:
    ann = known(town, user="ann")
    _, first = kept(town, ann, "a")
    town.clock.forward(days=1)

    verdict, again = kept(town, ann, "a")

    assert verdict.allowed
    assert again == first
    assert kept(town, ann, "b")[0].held_by == "rest"


def test_a_clock_that_went_back_begins_no_rest_in_the_past(days: Days, town: Town) -> None:
    days.decide(**NEVER_TIRED | {"load": {"touches": 4, "days": 7}})
    ann = known(town, user="ann")
    kept(town, ann, "a")

    town.clock.forward(hours=-1)
    _, touch = kept(town, ann, "b")

    assert touch
    assert touch.at == NOON


def test_what_is_tried_again_rests_from_when_it_left(town: Town) -> None:
    town.post.script.append(Retry("busy", HOUR))
    deliver(town.services, id := town.invite())
    town.clock.forward(hours=2)

    deliver(town.services, id)

    assert [(touch.ticket, touch.at) for touch in town.touches()] == [(id, NOON + 2 * HOUR)]


def test_a_text_is_judged_by_the_clock_of_the_number_it_goes_to(days: Days, town: Town) -> None:
    ann = known(town, user="ann", phone=NEW_YORK)
    known(town, user="ann", phone=SYDNEY_OR_PERTH)
    days.at("2026-11-23T15:00+00:00")

    for address in (None, SYDNEY_OR_PERTH):
        assert kept(town, ann, "a", "sms", address)[0].held_by == "send_hours"
    assert kept(town, ann, "a", "sms", NEW_YORK)[0].allowed


WAYS: dict[str, Callable[[Town], object]] = {
    "page": lambda town: show(town.services, town.offered().token),
    "answer": lambda town: answer(town.services, town.offered().token, {"score": 9}),
    "send": lambda town: deliver(town.services, town.invite()),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_process_whose_clock_is_wrong_counts_by_the_database_s(way: str, town: Town) -> None:
    wrong = replace(town, services=replace(town.services, now=lambda: town.clock() + HOUR))

    WAYS[way](wrong)

    assert [(touch.kind, touch.at) for touch in town.touches()] == [("ask", NOON)]


def test_who_gets_nothing_of_the_budget_takes_nothing_of_the_pace(days: Days, town: Town) -> None:
    policy = policy_from({
        "surveys": {"nps": {"pace": {"asks": 5, "per": "day"}}}, "budgets": {"email": {"sends": 1, "per": "day"}},
    })  # fmt: skip
    with town.services.db.writing() as db:
        scope = SiteScope(db, town.site.id)
        said = [take(scope, policy, nps(scope), Contact("email"), NOON) for _ in range(2)]

    assert isinstance(said[1], Finding)
    assert said[1].rule == "budget"
    assert (days.spent("pace/1", TODAY), days.spent(counters.budget("email"), TODAY)) == (1, 1)


def all_at_once(town: Town, *records: int) -> list[str]:
    """By which rule each of a crowd is held that wants to keep a place of its own for one of these records."""
    start = Barrier(CROWD)

    def one(n: int) -> str:
        start.wait()
        verdict, touch = kept(town, records[n % len(records)], f"{records}-{n}")
        assert verdict.allowed is (touch is not None)
        return verdict.held_by

    with ThreadPoolExecutor(CROWD) as crowd:
        return sorted(crowd.map(one, range(CROWD)))


def test_of_many_who_keep_a_place_at_once_one_does(town: Town) -> None:
    for n in range(3):
        assert all_at_once(town, known(town, user=f"u{n}")) == ["", *["rest"] * (CROWD - 1)]


def test_whichever_of_her_records_is_meant_one_does(town: Town) -> None:
    for n in range(3):
        records = known(town, user=f"u{n}"), known(town, email=f"u{n}@example.com")
        known(town, user=f"u{n}", email=f"u{n}@example.com")

        assert all_at_once(town, *records) == ["", *["rest"] * (CROWD - 1)]
