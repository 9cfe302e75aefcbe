"""What was held back is counted a day, kept for each person within a bound, and forgotten in time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta, timezone

import pytest
from sqlalchemy import func, select, text

from server.core.people import Claim
from server.services import Services
from server.store import held, identities, surveys
from server.store.held import Hers, Line
from server.store.scope import SiteScope
from server.store.tables import HeldRow, Site
from tests.parts import NOON
from tests.store.conftest import Sites
from tests.store.plans import plan_of

pytestmark = pytest.mark.both_databases

DAY = timedelta(days=1)
TODAY = NOON.date()


def ann(scope: SiteScope) -> int:
    return identities.find_or_make(scope, [Claim("user", "ann")], "Ann", NOON).id


def survey_of(scope: SiteScope) -> int:
    return next(iter(surveys.names(scope)))


def counts(scope: SiteScope, first: date = TODAY, last: date = TODAY) -> dict[tuple[str, str], int]:
    return {(c.channel, c.rule): c.times for c in held.counted(scope, first, last)}


def test_a_day_is_a_day_in_utc(scope: SiteScope) -> None:
    line = {Line(survey_of(scope), "widget", "rest"): 1}
    late = datetime(2026, 11, 23, 23, 30, tzinfo=timezone(timedelta(hours=-5)))
    held.count(scope, line, NOON)
    held.count(scope, line, late)

    assert counts(scope) == {("widget", "rest"): 1}
    assert counts(scope, TODAY + DAY, TODAY + DAY) == {("widget", "rest"): 1}
    assert counts(scope, TODAY, TODAY + DAY) == {("widget", "rest"): 2}


def test_each_channel_and_rule_is_counted_for_itself(scope: SiteScope) -> None:
    survey = survey_of(scope)
    lines = {Line(survey, channel, rule): 2 for channel in ("widget", "email") for rule in ("rest", "load")}
    held.count(scope, lines, NOON)
    held.count(scope, {Line(survey, "email", "load"): 5}, NOON)

    assert counts(scope) == {**{(c, r): 2 for _, c, r in lines}, ("email", "load"): 7}


def test_no_site_sees_what_another_one_held(both: Sites) -> None:
    with both.db.writing() as db:
        here, there = SiteScope(db, both.harbour.id), SiteScope(db, both.elsewhere.id)
        held.count(there, {Line(survey_of(there), "widget", "rest"): 1}, NOON)

        assert counts(here) == {}


def at_once(services: Services, site: Site, write: Callable[[SiteScope, int], object]) -> None:
    """Twelve writes, each in a transaction of its own, at the same moment."""

    def one(number: int) -> None:
        with services.db.writing() as db:
            write(SiteScope(db, site.id), number)

    with ThreadPoolExecutor(6) as crowd:
        list(crowd.map(one, range(12)))


def test_writes_at_the_same_moment_add_up_and_never_wait_in_a_ring(services: Services, site: Site) -> None:
    with services.db.writing() as db:
        scope = SiteScope(db, site.id)
        person, survey = ann(scope), survey_of(scope)
    rules = [f"rule{n}" for n in range(20)]

    def write(scope: SiteScope, number: int) -> None:
        mixed = rules[number:] + rules[:number]
        held.note(scope, {Hers(person, survey, "widget", rule): 2 for rule in mixed}, NOON)
        held.count(scope, {Line(survey, "widget", rule): 2 for rule in mixed}, NOON)

    at_once(services, site, write)

    with services.db.reading() as db:
        scope = SiteScope(db, site.id)
        assert counts(scope) == {("widget", rule): 24 for rule in rules}
        assert {row.rule: row.times for row in held.of_person(scope, person, 99)} == dict.fromkeys(rules, 24)


def test_one_row_is_kept_for_each_rule_and_day_whichever_the_channel(scope: SiteScope) -> None:
    person, survey = ann(scope), survey_of(scope)
    held.note(scope, {Hers(person, survey, c, "rest"): 1 for c in ("widget", "view")}, NOON)
    held.note(scope, {Hers(person, survey, "view", "rest"): 1}, NOON + timedelta(hours=1))
    held.note(scope, {Hers(person, survey, "view", "rest"): 1}, NOON + DAY)

    rows = held.of_person(scope, person, 9)
    assert [(r.times, r.channel, r.at) for r in rows] == [
        (1, "view", NOON + DAY),
        (3, "view", NOON + timedelta(hours=1)),
    ]


def test_of_each_person_the_last_ones_stay(scope: SiteScope) -> None:
    person, survey = ann(scope), survey_of(scope)
    other = identities.find_or_make(scope, [Claim("user", "bo")], "Bo", NOON).id
    held.note(scope, {Hers(other, survey, "widget", "rest"): 1}, NOON)
    for day in range(held.KEPT_EACH + 3):
        held.note(scope, {Hers(person, survey, "widget", "rest"): 1}, NOON + day * DAY)

    rows = held.of_person(scope, person, 999)
    assert len(rows) == held.KEPT_EACH
    assert rows[-1].at == NOON + 3 * DAY
    assert len(held.of_person(scope, other, 9)) == 1


def test_what_is_old_goes_and_never_more_than_so_many_at_once(scope: SiteScope) -> None:
    person, survey = ann(scope), survey_of(scope)
    for day in range(4):
        held.note(scope, {Hers(person, survey, "widget", "rest"): 1}, NOON + day * DAY)
    later = NOON + held.KEPT_FOR + 3 * DAY

    assert len(held.outdated(scope.db, later, 2)) == 2
    held.forget(scope.db, held.outdated(scope.db, later, 99))

    assert [row.at for row in held.of_person(scope, person, 9)] == [NOON + 3 * DAY]
    assert scope.db.scalar(select(func.count()).select_from(HeldRow)) == 1


def test_counts_are_read_by_their_key(scope: SiteScope) -> None:
    survey = survey_of(scope)
    for day in range(400):
        held.count(scope, {Line(survey, "widget", f"rule{n}"): 1 for n in range(5)}, NOON - day * DAY)
    scope.db.execute(text("analyze"))

    with plan_of(scope.db, "held_count") as plan:
        assert len(held.counted(scope, TODAY - 3 * DAY, TODAY)) == 5
    assert plan.uses_an_index(), plan.lines


def test_old_rows_are_found_by_an_index(scope: SiteScope) -> None:
    person, survey = ann(scope), survey_of(scope)
    for day in range(0, 600, 4):
        held.note(scope, {Hers(person, survey, "widget", f"rule{n}"): 1 for n in range(20)}, NOON - day * DAY)
    scope.db.execute(text("analyze"))

    with plan_of(scope.db, "held") as plan:
        held.outdated(scope.db, NOON + held.KEPT_FOR - 590 * DAY, 10)
    assert plan.uses_an_index(), plan.lines
