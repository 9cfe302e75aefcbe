"""What there is so much of is given out exactly so often, however many want it at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select

from server.core.people import Claim
from server.core.throttle import Touch
from server.services import Services
from server.store import counters, identities, surveys, touches
from server.store.scope import SiteScope
from server.store.tables import Counter, Site
from tests.parts import NOON
from tests.store.conftest import Sites

pytestmark = pytest.mark.both_databases

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def test_there_is_exactly_as_much_as_there_is(scope: SiteScope) -> None:
    assert [counters.take(scope, "pace/1", NOON, 3) for _ in range(5)] == [True, True, True, False, False]
    assert counters.spent(scope, "pace/1", NOON) == 3
    assert not counters.take(scope, "pace/1", NOON, 0)
    assert not counters.take(scope, "pace/2", NOON, 0)
    assert counters.spent(scope, "pace/2", NOON) == 0


def test_each_name_and_each_hour_is_counted_for_itself(scope: SiteScope) -> None:
    assert counters.take(scope, "pace/1", NOON, 1)

    assert counters.take(scope, "pace/2", NOON, 1)
    assert counters.take(scope, "pace/1", NOON + HOUR, 1)
    assert not counters.take(scope, "pace/1", NOON, 1)


def test_a_limit_that_was_lowered_holds_at_once_and_a_higher_one_gives_more(scope: SiteScope) -> None:
    for _ in range(3):
        counters.take(scope, "pace/1", NOON, 3)

    assert not counters.take(scope, "pace/1", NOON, 2)
    assert counters.take(scope, "pace/1", NOON, 4)


def test_what_has_no_limit_is_counted(scope: SiteScope) -> None:
    assert all(counters.take(scope, counters.quota(1), counters.EVER) for _ in range(4))
    assert counters.spent(scope, counters.quota(1), counters.EVER) == 4


def test_what_is_given_back_can_be_taken_again_and_never_makes_more(scope: SiteScope) -> None:
    counters.give_back(scope, "pace/1", NOON)
    assert counters.take(scope, "pace/1", NOON, 1)
    for _ in range(3):
        counters.give_back(scope, "pace/1", NOON)

    assert counters.spent(scope, "pace/1", NOON) == 0
    assert [counters.take(scope, "pace/1", NOON, 1) for _ in range(2)] == [True, False]


def test_another_site_counts_its_own(both: Sites) -> None:
    with both.db.writing() as db:
        ours, theirs = SiteScope(db, both.harbour.id), SiteScope(db, both.elsewhere.id)
        assert counters.take(theirs, "budget/sms", NOON, 1)
        counters.give_back(ours, "budget/sms", NOON)

        assert counters.spent(ours, "budget/sms", NOON) == 0
        assert counters.take(ours, "budget/sms", NOON, 1)
        assert counters.spent(theirs, "budget/sms", NOON) == 1


@pytest.mark.parametrize(("many", "limit"), [(50, 7), (20, 1)])
def test_of_many_at_once_exactly_the_limit_get_one(many: int, limit: int, services: Services, site: Site) -> None:
    start = Barrier(10)

    def want(_: int) -> int:
        start.wait()
        got = 0
        for _ in range(many // 10):
            with services.db.writing() as db:
                got += counters.take(SiteScope(db, site.id), "pace/1", NOON, limit)
        return got

    with ThreadPoolExecutor(10) as threads:
        got = sum(threads.map(want, range(10)))

    with services.db.reading() as db:
        assert (got, counters.spent(SiteScope(db, site.id), "pace/1", NOON)) == (limit, limit)


class Regretted(Exception):
    """A write that does not come to its end."""


def test_a_write_that_fails_has_taken_nothing(services: Services, site: Site) -> None:
    for _ in range(3):
        with pytest.raises(Regretted):
            take_and_regret(services, site)

    with services.db.writing() as db:
        assert counters.take(SiteScope(db, site.id), "pace/1", NOON, 1)


def take_and_regret(services: Services, site: Site) -> None:
    with services.db.writing() as db:
        assert counters.take(SiteScope(db, site.id), "pace/1", NOON, 1)
        raise Regretted


def test_taking_and_giving_back_at_once_loses_and_invents_nothing(services: Services, site: Site) -> None:
    start = Barrier(8)

    def use(_: int) -> int:
        start.wait()
        kept = 0
        for turn in range(6):
            with services.db.writing() as db:
                scope = SiteScope(db, site.id)
                if counters.take(scope, "budget/sms", NOON, 10):
                    kept += 1
                    if turn % 2:
                        counters.give_back(scope, "budget/sms", NOON)
                        kept -= 1
        return kept

    with ThreadPoolExecutor(8) as threads:
        kept = sum(threads.map(use, range(8)))

    with services.db.reading() as db:
        assert counters.spent(SiteScope(db, site.id), "budget/sms", NOON) == kept == 10


def test_old_hours_are_forgotten_a_few_at_a_time_and_what_is_counted_for_ever_stays(scope: SiteScope) -> None:
    for n in range(10):
        counters.take(scope, "pace/1", NOON - n * DAY)
    counters.take(scope, counters.quota(1), counters.EVER)

    assert counters.forget(scope.db, NOON - 4 * DAY, 3) == 3
    assert counters.spent(scope, "pace/1", NOON - 9 * DAY) == 0  # the oldest first
    assert [counters.forget(scope.db, NOON - 4 * DAY, 3) for _ in range(2)] == [2, 0]
    assert scope.db.scalar(select(func.count()).select_from(Counter)) == 6
    assert counters.spent(scope, "pace/1", NOON - 4 * DAY) == 1
    assert counters.spent(scope, counters.quota(1), counters.EVER) == 1


def test_two_clocks_forget_at_once(services: Services, site: Site) -> None:
    with services.db.writing() as db:
        for n in range(60):
            counters.take(SiteScope(db, site.id), "pace/1", NOON - n * HOUR)
    start = Barrier(2)

    def forget(_: int) -> int:
        start.wait()
        gone = 0
        for _ in range(8):
            with services.db.writing() as db:
                gone += counters.forget(db, NOON + HOUR, 10)
        return gone

    with ThreadPoolExecutor(2) as threads:
        assert sum(threads.map(forget, range(2))) == 60


@pytest.fixture
def paid(scope: SiteScope) -> Callable[[], None]:
    """A touch that has taken one of its survey's pace and one of its channel's budget."""
    ann = identities.find_or_make(scope, [Claim("user", "ann")], "Ann", NOON)
    survey = surveys.named(scope, None)
    assert survey
    names = {"pace": counters.pace(survey.id), "budget": counters.budget("sms")}

    def pay() -> None:
        for name in names.values():
            counters.take(scope, name, NOON)
        touches.write(scope, ann.id, Touch("t", "ask", "sms", survey.id, NOON), dict.fromkeys(names, NOON))

    return pay


def of_both(scope: SiteScope) -> list[int]:
    survey = surveys.named(scope, None)
    assert survey
    return [counters.spent(scope, name, NOON) for name in (counters.pace(survey.id), counters.budget("sms"))]


def test_what_is_voided_gives_back_what_it_took_and_that_once(scope: SiteScope, paid: Callable[[], None]) -> None:
    paid()
    paid()  # the second is another's, who took as much
    assert of_both(scope) == [2, 2]
    assert touches.took(scope, "t") == {"pace": NOON, "budget": NOON}

    for _ in range(3):
        touches.void(scope, "t", NOON + HOUR)

    assert of_both(scope) == [1, 1]
    assert touches.took(scope, "t") == {}


def test_what_is_tried_again_takes_again(scope: SiteScope, paid: Callable[[], None]) -> None:
    for _ in range(2):
        paid()
        assert of_both(scope) == [1, 1]
        touches.void(scope, "t", NOON)
        assert of_both(scope) == [0, 0]


def test_a_touch_that_took_nothing_gives_nothing_back(scope: SiteScope) -> None:
    survey = surveys.named(scope, None)
    assert survey
    ann = identities.find_or_make(scope, [Claim("user", "ann")], "Ann", NOON)
    counters.take(scope, counters.pace(survey.id), NOON)
    touches.write(scope, ann.id, Touch("t", "ask", "sms", survey.id, NOON))

    touches.void(scope, "t", NOON)

    assert counters.spent(scope, counters.pace(survey.id), NOON) == 1
