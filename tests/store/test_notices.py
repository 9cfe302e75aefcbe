"""One line for each thing that is wrong, for as long as it is."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from server.services import Services
from server.store import notices
from server.store.db import Session
from tests.parts import NOON

pytestmark = pytest.mark.both_databases

DAY = timedelta(days=1)


def test_told_as_often_as_it_happens_it_is_one_line(db: Session) -> None:
    assert notices.tell(db, "account/a", "refused", NOON)
    assert not notices.tell(db, "account/a", "refused again", NOON + DAY)
    assert notices.tell(db, "poison/sends", "set aside", NOON)

    first, second = notices.standing(db)
    assert (first.key, first.kind, first.text, first.times) == ("account/a", "account", "refused again", 2)
    assert (first.since, first.last, second.kind) == (NOON, NOON + DAY, "poison")


def test_what_is_over_and_happens_again_is_news(db: Session) -> None:
    notices.tell(db, "account/a", "refused", NOON)

    assert [notices.end(db, "account/a", NOON + DAY) for _ in range(2)] == [True, False]
    assert notices.standing(db) == []
    assert notices.tell(db, "account/a", "refused", NOON + 2 * DAY)
    [again] = notices.standing(db)
    assert (again.since, again.times) == (NOON + 2 * DAY, 1)


def test_what_nobody_ends_lapses_and_what_is_long_over_is_forgotten(db: Session) -> None:
    notices.tell(db, "poison/sends", "set aside", NOON)

    assert not notices.lapse(db, "poison/sends", NOON, NOON + DAY)
    assert notices.lapse(db, "poison/sends", NOON + DAY, NOON + DAY)
    assert [notices.forget(db, NOON + DAY), notices.forget(db, NOON + 2 * DAY)] == [0, 1]


def test_told_by_many_at_once_it_is_news_to_one(services: Services) -> None:
    def tell(n: int) -> bool:
        with services.db.writing() as db:
            return notices.tell(db, "account/a", f"said by {n}", NOON)

    with ThreadPoolExecutor(8) as crowd:
        assert sum(crowd.map(tell, range(24))) == 1
    with services.db.reading() as db:
        assert [line.times for line in notices.standing(db)] == [24]
