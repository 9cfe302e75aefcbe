"""What is due is claimed lane by lane by one clock, taken up by one worker, and found again when that was lost."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from server.core.delivery import BULK, LANES, REMINDER, TRANSACTIONAL, State
from server.core.links import new_id
from server.services import Services
from server.store import doubts, identities, invitations, lanes, planned, stories, surveys
from server.store.db import Database, Session
from server.store.scope import SiteScope
from server.store.steps import those_that_find
from server.store.tables import Invitation, Site
from tests.parts import NOON
from tests.store.plans import plan_of

pytestmark = pytest.mark.both_databases

SECOND = timedelta(seconds=1)
PATIENCE = 10 * SECOND


def add(scope: SiteScope, state: State = "planned", **said: Any) -> str:
    """The id of one more invitation by mail, due at noon."""
    survey = surveys.named(scope, None)
    assert survey
    person = identities.find_or_make(scope, [], "Ann", NOON)
    about = {"survey_id": survey.id, "version_id": survey.version_id, "person_id": person.id, "channel": "email"}
    usual = {"due_at": NOON, "created_at": NOON, "state_at": NOON, "properties": {}}
    return scope.add(Invitation(id=new_id(), state=state, **{**about, **usual, **said})).id


def ids_of(claimed: Sequence[lanes.Claimed]) -> list[str]:
    return [each.id for each in claimed]


def row(db: Database, id: str) -> Invitation:
    with db.reading() as session:
        return session.get_one(Invitation, id)


def test_what_is_due_is_claimed_by_one_of_several_clocks(services: Services, site: Site) -> None:
    with services.db.writing() as db:
        scope = SiteScope(db, site.id)
        ids = sorted(add(scope) for _ in range(60))
        later, never = add(scope, due_at=NOON + SECOND), add(scope, due_at=None)
        others = [add(scope, channel="sms"), add(scope, lane=BULK)]

    def claim(_: int) -> list[str]:
        with services.db.writing() as db:
            return ids_of(lanes.due(db, "email", TRANSACTIONAL, NOON, limit=10))

    with ThreadPoolExecutor(8) as clocks:
        claimed = [id for some in clocks.map(claim, range(24)) for id in some]

    assert sorted(claimed) == ids
    assert row(services.db, ids[0]).state == "queued"
    assert {row(services.db, id).state for id in (later, never, *others)} == {"planned"}


def test_the_oldest_of_a_moment_goes_first(scope: SiteScope) -> None:
    young, old = (add(scope, created_at=NOON - n * SECOND) for n in (1, 2))
    first = add(scope, due_at=NOON - SECOND)

    assert ids_of(lanes.due(scope.db, "email", TRANSACTIONAL, NOON, 9)) == [first, old, young]


def test_what_was_forgotten_is_found_by_one_of_several_clocks(services: Services, site: Site) -> None:
    with services.db.writing() as db:
        scope = SiteScope(db, site.id)
        lost = sorted(add(scope, "queued", state_at=NOON - PATIENCE) for _ in range(20))
        add(scope, "queued", state_at=NOON - PATIENCE + timedelta(milliseconds=1))
        add(scope, "planned", state_at=NOON - PATIENCE)
        add(scope, "queued", state_at=NOON - PATIENCE, lane=REMINDER)
        held = add(scope, "queued", state_at=NOON - PATIENCE, lease="somebody's")

    def find(taken: bool) -> list[str]:
        with services.db.writing() as db:
            return ids_of(lanes.forgotten(db, "email", TRANSACTIONAL, NOON, PATIENCE, 5, taken))

    with ThreadPoolExecutor(8) as clocks:
        assert sorted(id for ids in clocks.map(find, [False] * 16) for id in ids) == lost
        assert [id for ids in clocks.map(find, [True] * 4) for id in ids] == [held]
    assert row(services.db, held).lease is None


def test_a_look_counts_no_further_than_needed(scope: SiteScope) -> None:
    for _ in range(5):
        add(scope, "queued")
    add(scope, lane=BULK)
    add(scope, "calling", lane=REMINDER)
    add(scope, lane=REMINDER, due_at=NOON + SECOND)

    assert lanes.look(scope.db, ("email", "sms"), NOON, 3) == {
        ("email", TRANSACTIONAL): (3, False), ("email", REMINDER): (0, False), ("email", BULK): (0, True),
        **{("sms", lane): (0, False) for lane in LANES},
    }  # fmt: skip
    assert lanes.look(scope.db, ("email",), NOON, 99)["email", TRANSACTIONAL].handed == 5


def test_what_one_worker_took_nobody_else_takes(services: Services, site: Site) -> None:
    with services.db.writing() as db:
        scope = SiteScope(db, site.id)
        ids = [add(scope, "queued") for _ in range(20)]
        none = [add(scope, "calling"), add(scope, due_at=NOON + SECOND), add(scope, "held")]

    def take(n: int) -> dict[str, int]:
        with services.db.writing() as db:
            return lanes.take(db, [*ids, *none], f"worker {n}", NOON)

    with ThreadPoolExecutor(4) as workers:
        taken = [id for some in workers.map(take, range(8)) for id in some]

    assert sorted(taken) == sorted(ids)
    assert {row(services.db, id).runs for id in ids} == {1}


def test_what_is_put_back_was_not_a_run_and_what_is_given_up_was(scope: SiteScope) -> None:
    one, other = add(scope, "queued"), add(scope)
    assert lanes.take(scope.db, [one, other], "mine", NOON) == {one: 1, other: 1}

    lanes.put_back(scope.db, [one, other], "another's", NOON)
    assert lanes.take(scope.db, [one, other], "again", NOON) == {}
    lanes.put_back(scope.db, [one], "mine", NOON)
    lanes.give_up(scope.db, other, "mine", "no template", NOON + SECOND, NOON)

    assert lanes.take(scope.db, [one, other], "again", NOON) == {one: 1}
    assert lanes.take(scope.db, [other], "again", NOON + SECOND) == {other: 2}


def test_what_is_put_off_is_due_then_at_the_earliest(scope: SiteScope) -> None:
    soon, late, taken = add(scope, "queued"), add(scope, due_at=NOON + 9 * SECOND), add(scope, lease="somebody's")

    lanes.put_off(scope.db, [soon, late, taken], NOON, until=NOON + 5 * SECOND)
    scope.db.expire_all()

    rows = [scope.db.get_one(Invitation, id) for id in (soon, late, taken)]
    assert [(r.state, r.due_at) for r in rows] == [
        ("planned", NOON + 5 * SECOND), ("planned", NOON + 9 * SECOND), ("planned", NOON),
    ]  # fmt: skip


def test_a_call_that_is_still_mine_lasts_anew(scope: SiteScope) -> None:
    id = add(scope, "calling", lease="a")
    add(scope, "unconfirmed", lease="b")

    assert lanes.still_mine(scope.db, ["a", "b", "c"], NOON + PATIENCE) == {"a"}
    assert lanes.abandoned(scope.db, NOON + PATIENCE, PATIENCE, 9) == []
    assert lanes.abandoned(scope.db, NOON + 2 * PATIENCE, PATIENCE, 9) == [(id, "a")]


def test_what_is_over_is_found_among_what_waits_longest(scope: SiteScope) -> None:
    over = add(scope, expires_at=NOON)
    add(scope, expires_at=NOON + SECOND)
    add(scope, expires_at=None)

    assert lanes.outdated(scope.db, "email", TRANSACTIONAL, NOON, 9) == [over]


def test_each_doubt_is_looked_into_by_one_at_a_time(scope: SiteScope) -> None:
    id = add(scope, "unconfirmed", lane=BULK, look_at=NOON)
    add(scope, "unconfirmed")
    add(scope, "unconfirmed", look_at=NOON + SECOND)
    add(scope, "accepted", look_at=NOON)

    assert scope.db.scalar(doubts.due(NOON)) == id
    assert doubts.to_look_at(scope.db, NOON, PATIENCE, 9) == {id: 1}
    assert doubts.to_look_at(scope.db, NOON, PATIENCE, 9) == {}
    assert scope.db.scalar(doubts.due(NOON)) is None
    assert doubts.to_look_at(scope.db, NOON + PATIENCE, PATIENCE, 1) != {}
    assert doubts.look_again(scope.db, id, NOON)
    assert doubts.to_look_at(scope.db, NOON, PATIENCE, 9) == {id: 1}


def test_a_second_call_is_made_once(scope: SiteScope) -> None:
    id, sure = add(scope, "unconfirmed"), add(scope, "accepted")

    assert [doubts.call_again(scope.db, each, NOON, lease="new") for each in (id, sure, id)] == [True, False, False]
    assert invitations.move_held(scope.db, id, "new", "unconfirmed", NOON)
    assert not doubts.call_again(scope.db, id, NOON)


@pytest.fixture
def backlog(services: Services, site: Site) -> Database:
    """Some thousand that wait in each lane, all since the same moment, and as many that are done with."""
    with services.db.writing() as db:
        one = db.get_one(Invitation, add(SiteScope(db, site.id)))
        said = {column.key: getattr(one, column.key) for column in Invitation.__table__.columns}
        kinds = [
            {"state": state, "lane": lane} for state in ("planned", "accepted", "accepted", "bounced") for lane in LANES
        ]
        rows = [{**said, "id": new_id(), **kinds[n % len(kinds)]} for n in range(12_000)]
        rows += [{**said, "id": new_id(), "state": "unconfirmed", "look_at": NOON} for _ in range(50)]
        db.execute(insert(Invitation), rows)
    if not services.db.is_sqlite:
        with services.db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("analyze invitation")
    return services.db


def claims(db: Session) -> list[Any]:
    return [
        lambda: lanes.due(db, "email", BULK, NOON, 100),
        lambda: lanes.look(db, ("email", "sms"), NOON, 1000),
        lambda: lanes.forgotten(db, "email", BULK, NOON, PATIENCE, 100),
        lambda: lanes.abandoned(db, NOON, PATIENCE, 100),
        lambda: lanes.outdated(db, "email", BULK, NOON, 100),
        lambda: doubts.to_look_at(db, NOON, PATIENCE, 100),
        lambda: those_that_find(db, {1: (lanes.dead(NOON, PATIENCE),), 2: (doubts.due(NOON),)}),
    ]


@pytest.mark.parametrize("which", range(7))
def test_a_long_backlog_is_never_read_as_a_whole(which: int, backlog: Database) -> None:
    with backlog.writing() as db:
        with plan_of(db, "invitation") as plan:
            claims(db)[which]()

        assert plan.uses_an_index(), plan.lines
        assert not plan.sorts, plan.lines


@pytest.mark.sqlite_only
@pytest.mark.parametrize("which", range(5))
def test_those_that_are_named_are_found_by_their_names(which: int, backlog: Database) -> None:
    with backlog.writing() as db:
        ids = list(db.scalars(select(Invitation.id).where(Invitation.state == "planned").limit(15)))
        scope = SiteScope(db, db.get_one(Invitation, ids[0]).site_id)
        asked: list[Any] = [
            lambda: lanes.waiting(db, ids, NOON),
            lambda: lanes.take(db, ids, "mine", NOON),
            lambda: lanes.put_back(db, ids, "mine", NOON),
            lambda: lanes.put_off(db, ids, NOON),
            lambda: planned.cancel(scope, ids, "called off", NOON),
        ]
        with plan_of(db, "invitation") as plan:
            asked[which]()

        assert plan.lines
        assert all("sqlite_autoindex_invitation_1" in line for line in plan.lines), plan.lines


def test_a_story_is_found_in_a_long_backlog(backlog: Database) -> None:
    with backlog.writing() as db:
        some = db.scalars(select(Invitation).limit(2)).all()
        some[1].follows, some[1].step = some[0].id, "reminder:1"
        db.flush()
        with plan_of(db, "invitation") as plan:
            found = stories.of(SiteScope(db, some[0].site_id), some[0].id)

        assert [row.id for row in found] == [row.id for row in some]
        assert plan.uses_an_index(), plan.lines


def test_claiming_goes_forward_from_moment_to_moment(backlog: Database) -> None:
    seen: set[str] = set()
    for _ in range(2):
        with backlog.writing() as db:
            found = ids_of(lanes.due(db, "email", BULK, NOON + SECOND, 500))
        assert len(found) == 500
        assert not seen & set(found)
        seen |= set(found)


def test_nothing_is_due_before_its_time(scope: SiteScope) -> None:
    def due(at: datetime) -> list[str]:
        return ids_of(lanes.due(scope.db, "email", TRANSACTIONAL, at, 9))

    id = add(scope)
    assert due(NOON - timedelta(milliseconds=1)) == []
    assert due(NOON) == [id]
