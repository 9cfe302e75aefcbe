"""Each change of an invitation is one guarded step forward, taken by one caller."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import product
from typing import get_args

import pytest

from server.core.delivery import State, may_move
from server.core.links import new_id
from server.services import Services
from server.store import identities, invitations, surveys
from server.store.db import Database
from server.store.scope import SiteScope
from server.store.tables import Invitation, Site
from tests.parts import NOON

pytestmark = pytest.mark.both_databases

STATES: tuple[State, ...] = get_args(State)
PATIENCE = timedelta(seconds=10)


def add(scope: SiteScope, state: State = "planned", due_at: datetime | None = NOON, at: datetime = NOON) -> str:
    survey = surveys.named(scope, None)
    assert survey
    person = identities.find_or_make(scope, [], "Ann", NOON)
    about = {"survey_id": survey.id, "version_id": survey.version_id, "person_id": person.id, "channel": "email"}
    times = {"due_at": due_at, "created_at": NOON, "state_at": at}
    return scope.add(Invitation(id=new_id(), state=state, properties={}, lease="mine", **about, **times)).id


def state_of(db: Database, id: str) -> str:
    with db.reading() as session:
        return session.get_one(Invitation, id).state


def test_a_move_is_made_when_it_goes_forward_and_never_back(scope: SiteScope) -> None:
    for now, then in product(STATES, STATES):
        id = add(scope, now)

        assert invitations.move(scope.db, id, then, NOON) is may_move(now, then)
        scope.db.expire_all()
        assert scope.db.get_one(Invitation, id).state == (then if may_move(now, then) else now)


def test_nobody_looks_again_at_what_was_in_doubt_and_is_known(scope: SiteScope) -> None:
    id = add(scope, "calling")
    invitations.move(scope.db, id, "unconfirmed", NOON, look_at=NOON + PATIENCE)
    assert scope.db.get_one(Invitation, id, populate_existing=True).look_at == NOON + PATIENCE

    invitations.move(scope.db, id, "delivered", NOON)
    assert scope.db.get_one(Invitation, id, populate_existing=True).look_at is None


@pytest.mark.parametrize(("lease", "recorded"), [("mine", True), ("theirs", False), ("", False)])
def test_a_worker_given_up_for_dead_records_nothing(lease: str, recorded: bool, services: Services, site: Site) -> None:
    with services.db.writing() as db:
        id = add(SiteScope(db, site.id), "calling")
        assert invitations.move_held(db, id, lease, "accepted", NOON) is recorded


def test_only_what_waits_is_postponed(scope: SiteScope) -> None:
    waiting, called = add(scope, "queued"), add(scope, "calling")

    for id in (waiting, called):
        invitations.postpone(scope.db, id, NOON + PATIENCE, NOON)
    scope.db.expire_all()

    rows = [scope.db.get_one(Invitation, id) for id in (waiting, called)]
    assert [(r.state, r.due_at) for r in rows] == [("planned", NOON + PATIENCE), ("calling", NOON)]


def test_an_answer_says_more_than_a_dismissal(scope: SiteScope) -> None:
    id = add(scope, "shown")
    scope.db.get_one(Invitation, id).outcome = "answered"

    invitations.dismiss(scope.db, id)
    scope.db.expire_all()

    assert scope.db.get_one(Invitation, id).outcome == "answered"
