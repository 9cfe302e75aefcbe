"""The clock hands over what is due, finds what was lost, and sends by itself when the queue is away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import select

from channels.channel import Accepted, Outcome, Outgoing
from server.core.delivery import QUEUE_PATIENCE, TRANSACTIONAL
from server.flows.keep_time import tick, turn
from server.queue import QueueAway
from server.store.db import Database
from server.store.tables import Invitation
from tests.flows.conftest import Town

pytestmark = pytest.mark.both_databases


@dataclass
class Away:
    """A queue that nobody reaches."""

    def later(self, job: str, ids: Sequence[str], lane: int = TRANSACTIONAL) -> None:
        raise QueueAway("gone")

    def waiting(self, lane: int) -> int:
        raise QueueAway("gone")


def test_what_is_due_is_handed_over_once(town: Town) -> None:
    id = town.invite(delay=60)
    tick(town.services)
    assert (town.queue.ids, town.row(id).state) == ([], "planned")

    town.clock.forward(seconds=60)
    tick(town.services)
    tick(town.services)

    assert (town.queue.ids, town.row(id).state) == ([id], "queued")


def test_a_job_that_was_lost_is_handed_over_again_after_a_while(town: Town) -> None:
    id = town.invite()
    town.queue.ids.clear()

    town.clock.forward(seconds=QUEUE_PATIENCE.total_seconds() - 1)
    tick(town.services)
    assert town.queue.ids == []
    town.clock.forward(seconds=1)
    tick(town.services)
    tick(town.services)
    assert town.queue.ids == [id]

    town.queue.carry_out(town.services)
    town.clock.forward(days=1)
    tick(town.services)
    assert (town.queue.ids, town.row(id).state) == ([], "accepted")


def test_the_clock_sends_by_itself_when_the_queue_is_away(town: Town) -> None:
    alone = replace(town, services=replace(town.services, queue=Away()))
    ids = [alone.invite(f"cy{n}@example.com") for n in range(3)]
    assert {town.row(id).state for id in ids} == {"planned"}

    tick(alone.services)

    assert {town.row(id).state for id in ids} == {"accepted"}
    assert len(town.post.sent) == 3
    tick(alone.services)
    assert len(town.post.sent) == 3


def test_what_it_has_no_time_for_when_it_sends_by_itself_is_due_again_at_once(town: Town) -> None:
    alone = replace(town, services=replace(town.services, queue=Away()))
    ids = [alone.invite(f"cy{n}@example.com") for n in range(3)]
    with town.services.db.writing() as db:
        for row in db.scalars(select(Invitation)):  # each goes by itself: three workers came to no end with it
            row.state, row.lease, row.runs = "queued", "of one that is dead", 3
    town.clock.forward(seconds=11)

    def slow(item: Outgoing) -> Outcome:
        town.clock.forward(seconds=1.5)
        return Accepted(item.id)

    town.post._say = slow  # type: ignore[method-assign]
    tick(alone.services)
    assert sorted(town.row(id).state for id in ids) == ["accepted", "accepted", "planned"]
    tick(alone.services)
    assert {town.row(id).state for id in ids} == {"accepted"}


def test_a_database_that_is_away_does_not_end_the_clock(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    id = town.invite(delay=60)
    town.clock.forward(seconds=60)

    turn(replace(town.services, db=Database("sqlite:////nowhere/askonce.db")))
    assert "unable to open database file" in caplog.text
    turn(town.services)

    assert town.queue.ids == [id]
