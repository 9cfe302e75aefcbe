"""What became of messages is counted and listed along one index, page by page, however many there are."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, text

from server.services import Services
from server.store import deliveries, identities, surveys
from server.store.deliveries import Line, Place, Wanted, counted, listed
from server.store.scope import SiteScope
from server.store.tables import Invitation, Site
from tests.parts import NOON
from tests.store.conftest import Sites
from tests.store.plans import plan_of

pytestmark = pytest.mark.both_databases

HOUR = timedelta(hours=1)
LOST = ("failed", "held", "bounced")


def sent(scope: SiteScope, count: int, **said: Any) -> None:
    """A message an hour, as far back as it takes; every other one failed, and every third of all is a text."""
    survey = surveys.named(scope, None)
    assert survey
    ann = identities.find_or_make(scope, [], "Ann", NOON).id
    rows: list[dict[str, Any]] = [
        {
            "site_id": scope.site_id, "survey_id": survey.id, "version_id": survey.version_id, "person_id": ann,
            "id": f"{scope.site_id}i{n:05}", "channel": "sms" if n % 3 == 2 else "email", "properties": {},
            "attempts": 0,
            "state": "failed" if n % 2 else "delivered", "provider": "smtp", "created_at": NOON - 90 * 24 * HOUR,
            "state_at": NOON - n * HOUR, "outcome": None if n % 2 else "answered", **said,
        }
        for n in range(count)
    ]  # fmt: skip
    scope.db.execute(insert(Invitation), rows)


def pages(scope: SiteScope, wanted: Wanted, limit: int) -> list[list[str]]:
    """The whole list, page by page, as ids."""
    found, after = list[list[str]](), None
    for _ in range(1000):
        rows, after = listed(scope, wanted, after, limit)
        found.append([row.id for row in rows])
        if after is None:
            return found
    raise AssertionError("no end")


def test_it_looks_into_an_index(services: Services, site: Site) -> None:
    with services.db.writing() as db:
        scope = SiteScope(db, site.id)
        sent(scope, 6000)
        db.execute(text("analyze"))
        with plan_of(db, "invitation") as plan:
            found = counted(scope, NOON - 30 * HOUR)
            listed(scope, Wanted(LOST, NOON - 300 * HOUR, channel="sms"), Place(NOON - 9 * HOUR, "x"), 50)
    assert plan.uses_an_index(), plan.lines
    assert sum(line.times for line in found) == 31


def test_messages_are_counted_by_where_they_went_and_when_they_came_there(both: Sites) -> None:
    with both.db.writing() as db:
        scope = SiteScope(db, both.harbour.id)
        sent(scope, 6)
        sent(SiteScope(db, both.elsewhere.id), 3)
        assert sorted(counted(scope, NOON - 4 * HOUR)) == [
            Line("email", "smtp", 1, "delivered", True, 2),
            Line("email", "smtp", 1, "failed", False, 2),
            Line("sms", "smtp", 1, "delivered", True, 1),
        ]


def test_a_survey_that_was_shown_is_no_message(services: Services, site: Site) -> None:
    with services.db.writing() as db:
        scope = SiteScope(db, site.id)
        sent(scope, 3, state="shown", channel="widget", provider=None)
        assert counted(scope, NOON - 9 * HOUR) == []
        assert listed(scope, Wanted(LOST, NOON - 9 * HOUR), None, 50) == ([], None)


@pytest.mark.parametrize("limit", [1, 2, 7, 50])
def test_every_message_is_on_one_page_and_on_no_other(services: Services, site: Site, limit: int) -> None:
    with services.db.writing() as db:
        scope = SiteScope(db, site.id)
        sent(scope, 20)
        found = pages(scope, Wanted(LOST, NOON - 300 * HOUR), limit)
    assert [id for page in found for id in page] == [f"{site.id}i{n:05}" for n in range(1, 20, 2)]
    assert all(len(page) == limit for page in found[:-1])


def test_messages_of_one_moment_are_told_apart(services: Services, site: Site) -> None:
    with services.db.writing() as db:
        scope = SiteScope(db, site.id)
        sent(scope, 20, state_at=NOON)
        found = pages(scope, Wanted(LOST, NOON - HOUR), 3)
    assert [id for page in found for id in page] == [f"{site.id}i{n:05}" for n in range(19, 0, -2)]


def test_a_rare_filter_looks_no_further_than_it_may_at_a_time(
    services: Services, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "LOOKED_MOST", 10)
    with services.db.writing() as db:
        scope = SiteScope(db, site.id)
        sent(scope, 80)
        db.get_one(Invitation, f"{site.id}i00075").provider = "sendgrid"
        db.flush()
        rare = pages(scope, Wanted(LOST, NOON - 300 * HOUR, provider="sendgrid"), 5)
        texts = pages(scope, Wanted(LOST, NOON - 300 * HOUR, channel="sms"), 5)
    assert rare == [[], [], [], [f"{site.id}i00075"], []]
    assert [id for page in texts for id in page] == [f"{site.id}i{n:05}" for n in range(5, 80, 6)]


def test_a_filter_finds_what_it_says_and_nothing_of_another_site(both: Sites) -> None:
    with both.db.writing() as db:
        scope, other = SiteScope(db, both.harbour.id), SiteScope(db, both.elsewhere.id)
        sent(scope, 6)
        sent(other, 6)
        assert pages(scope, Wanted(("failed",), NOON - 2 * HOUR), 50) == [[f"{both.harbour.id}i00001"]]
        assert pages(scope, Wanted(("failed",), NOON - 9 * HOUR, survey_id=99), 50) == [[]]
        assert pages(scope, Wanted(("held",), NOON - 9 * HOUR), 50) == [[]]
        assert {row.site_id for row in listed(other, Wanted(LOST, NOON - 9 * HOUR), None, 50)[0]} == {other.site_id}
