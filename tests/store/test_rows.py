"""What is written is read again as it was, once, also when two write at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from server.core.links import fingerprint
from server.core.people import Claim
from server.core.throttle import ANY_KIND, Touch, Window
from server.services import Services
from server.store import desk, identities, people_lists, sites, surveys, touches
from server.store.db import Database, DatabaseTrouble, Session
from server.store.scope import SiteScope
from server.store.tables import Site
from tests.parts import NOON

pytestmark = pytest.mark.both_databases


def ann(scope: SiteScope) -> int:
    return identities.find_or_make(scope, [Claim("user", "ann")], "Ann", NOON).id


def seen(scope: SiteScope, since: datetime) -> tuple[Touch, ...]:
    """Every touch of Ann's later than `since`."""
    return touches.filling(scope, [ann(scope)], [Window("load", ANY_KIND, 9, NOON - since)], NOON)


def survey_of(scope: SiteScope) -> surveys.StoredSurvey:
    survey = surveys.named(scope, None)
    assert survey
    return survey


@pytest.mark.parametrize("milliseconds", [0, 1, 57, 999])
def test_a_time_comes_back_to_the_millisecond(milliseconds: int, scope: SiteScope) -> None:
    at = datetime(2031, 7, 1, 3, 4, 5, milliseconds * 1000, UTC)
    touches.write(scope, ann(scope), Touch("t", "ask", "email", survey_of(scope).id, at))
    scope.db.expire_all()

    [touch] = seen(scope, at - timedelta(milliseconds=1))
    assert touch.at == at
    assert seen(scope, at) == ()


def test_a_voided_touch_does_not_count_until_it_is_tried_again(scope: SiteScope) -> None:
    touch = Touch("t", "ask", "email", survey_of(scope).id, NOON)
    long_ago = NOON - timedelta(days=99)
    touches.write(scope, ann(scope), touch)

    touches.void(scope, "t", NOON)
    assert seen(scope, long_ago) == ()
    assert touches.standing(scope, "t") is None

    touches.write(scope, ann(scope), Touch("t", "ask", "email", touch.survey, NOON + timedelta(hours=1)))
    [again] = seen(scope, long_ago)
    assert again.at == NOON + timedelta(hours=1)


def test_a_touch_of_no_survey_is_an_external_one(scope: SiteScope) -> None:
    touches.write(scope, ann(scope), Touch("t", "external", "external", 0, NOON))

    assert seen(scope, NOON - timedelta(1))[0].survey == 0


@pytest.mark.parametrize(
    ("name", "found"),
    [(None, True), ("", True), ("nps", True), ("other", False), ("9999", False), ("²", False), ("9" * 30, False)],
)
def test_a_survey_is_named_as_its_team_calls_it(name: str | None, found: bool, scope: SiteScope) -> None:
    survey = survey_of(scope)

    assert (surveys.named(scope, name) == survey) is found
    assert surveys.named(scope, survey.key) == surveys.named(scope, str(survey.id)) == survey


def test_a_link_to_the_desk_is_used_by_one(services: Services) -> None:
    with services.db.writing() as db:
        desk.add_link(db, fingerprint("a"), NOON + timedelta(hours=1))

    def use(_: int) -> bool:
        with services.db.writing() as db:
            return desk.use_link(db, fingerprint("a"), NOON)

    with ThreadPoolExecutor(8) as crowd:
        assert sum(crowd.map(use, range(16))) == 1


def test_a_session_ends_in_time_and_by_signing_out(db: Session) -> None:
    desk.open_session(db, "s", NOON, NOON + timedelta(days=1))
    db.flush()

    assert desk.session(db, "s", NOON)
    assert desk.session(db, "s", NOON + timedelta(days=1)) is None
    desk.close_session(db, "s")
    db.expire_all()
    assert desk.session(db, "s", NOON) is None


def at_once(services: Services, site: Site, write: Callable[[SiteScope], object]) -> None:
    """Twelve writes, each in a transaction of its own, at the same moment."""

    def one(_: int) -> None:
        with services.db.writing() as db:
            write(SiteScope(db, site.id))

    with ThreadPoolExecutor(6) as crowd:
        list(crowd.map(one, range(12)))


def test_an_origin_refused_in_many_tabs_at_once_is_noted_once(services: Services, site: Site) -> None:
    at_once(services, site, lambda scope: sites.note_refused(scope, "https://shop.example", NOON))
    at_once(services, site, lambda scope: sites.allow_origin(scope, "https://desk.example", NOON))

    with services.db.reading() as db:
        found = [(o.origin, o.allowed) for o in sites.origins(SiteScope(db, site.id))]
    assert found == [("https://desk.example", True), ("https://shop.example", False)]


def test_only_so_many_refused_origins_are_kept(scope: SiteScope) -> None:
    noted = [sites.note_refused(scope, f"https://{n}.example", NOON) for n in range(sites.REFUSED_KEPT + 2)]

    assert noted.count("noted") == sites.REFUSED_KEPT
    assert noted[-1] == "full"
    assert sites.note_refused(scope, "https://0.example", NOON) == "known"


def test_a_block_that_fails_leaves_nothing(services: Services, site: Site) -> None:
    def fail() -> None:
        with services.db.writing() as db:
            ann(SiteScope(db, site.id))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    with services.db.reading() as db:
        assert people_lists.search(SiteScope(db, site.id), "", 9) == []


@pytest.mark.parametrize(
    "url", ["mysql://x/y", "nonsense", "sqlite:////nowhere/at/all.db", "postgresql://u:pw@127.0.0.1:1/x"]
)
def test_a_database_that_cannot_be_used_is_said_without_its_password(url: str) -> None:
    with pytest.raises(DatabaseTrouble) as trouble:
        Database(url).check()

    assert "pw" not in str(trouble.value)
