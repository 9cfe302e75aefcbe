"""A dry run is carried out a slice at a time, by whichever worker; it ends the same however it is cut."""

from __future__ import annotations

import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from server.core.policy import BadPolicy
from server.core.policy_document import policy_from
from server.core.rehearsal import tale_from
from server.flows import dry_run
from server.flows.dry_run import Seen, begin, carry_out, seen
from server.flows.rehearse import chances_in, rehearse
from server.queue import RedisQueue
from server.services import Services
from server.store import identities, people_lists, rehearsals, surveys
from server.store.scope import SiteScope
from server.store.tables import HeldRow, Invitation, Person, RehearsalRow, TouchRow
from tests.flows.conftest import Town

pytestmark = pytest.mark.both_databases

POLICY = {"rest_days": 7}
DAY = timedelta(days=1)


def crowd(town: Town, count: int, each: int = 3) -> None:
    """So many people, of whom each was asked so often, ten days apart, and held once by a rest."""
    now = town.clock()
    with town.services.db.writing() as db:
        scope = SiteScope(db, town.site.id)
        survey = surveys.named(scope, None)
        assert survey
        made = [{"site_id": town.site.id, "created_at": now} for _ in range(count)]
        ids = sorted(db.scalars(insert(Person).returning(Person.id), made))
        about = {"site_id": town.site.id, "survey_id": survey.id}
        sent: list[dict[str, Any]] = [
            {
                **about, "id": f"i{id}.{n}", "person_id": id, "version_id": survey.version_id, "channel": "email",
                "state": "accepted", "properties": {}, "attempts": 1,
                "created_at": now - (10 * n + 5) * DAY, "state_at": now,
            }
            for id in ids for n in range(each)
        ]  # fmt: skip
        db.execute(insert(Invitation), sent)
        shared = ("site_id", "survey_id", "person_id", "channel")
        touches = [
            {**{k: r[k] for k in shared}, "ticket": r["id"], "kind": "ask", "outcome": "", "at": r["created_at"]}
            for r in sent
        ]
        db.execute(insert(TouchRow), touches)
        day = now - 2 * DAY
        held = {**about, "channel": "widget", "rule": "rest", "day": f"{day:%Y-%m-%d}", "times": 1, "at": day}
        db.execute(insert(HeldRow), [{**held, "person_id": id} for id in ids])


def look(town: Town, id: int) -> Seen:
    found = seen(town.services, town.site.id, id)
    assert found
    return found


@pytest.fixture
def in_crumbs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each slice is over after one word about it, and there is a word about each person."""
    monkeypatch.setattr(dry_run, "SLICE", 0.0)
    monkeypatch.setattr(dry_run, "EVERY", 0.0)


@pytest.mark.usefixtures("in_crumbs")
def test_cut_into_slices_it_tells_what_it_tells_in_one_piece(town: Town) -> None:
    crowd(town, 12)
    id = begin(town.services, town.site.id, POLICY, 90, "desk")
    assert look(town, id).running
    assert town.queue.rehearse(town.services) == 13

    told = look(town, id)
    whole = rehearse(town.services, town.site.id, policy_from(POLICY), 90)
    assert told.tale == whole
    assert (told.row.state, told.row.done, told.row.total) == ("done", 48, 48)
    assert chances_in(town.services, town.site.id, 90) == whole.chances == 48
    assert tale_from(whole.as_json()) == whole


@pytest.mark.usefixtures("in_crumbs")
def test_how_far_it_is_is_seen_between_two_slices(town: Town) -> None:
    crowd(town, 4)
    id = begin(town.services, town.site.id, POLICY, 90, "desk")
    seen_done = []
    for _ in range(4):
        carry_out(town.services, id)
        seen_done.append((look(town, id).row.done, look(town, id).row.total))
    assert seen_done == [(4, 16), (8, 16), (12, 16), (16, 16)]
    assert look(town, id).running
    carry_out(town.services, id)
    assert look(town, id).row.state == "done"


@pytest.mark.usefixtures("in_crumbs")
def test_a_slice_that_is_carried_out_twice_at_once_counts_once(town: Town) -> None:
    crowd(town, 20)
    id = begin(town.services, town.site.id, POLICY, 90, "desk")
    with ThreadPoolExecutor(4) as workers:
        list(workers.map(lambda _: carry_out(town.services, id), range(8)))
    town.queue.rehearse(town.services)

    assert look(town, id).tale == rehearse(town.services, town.site.id, policy_from(POLICY), 90)


def test_what_is_done_is_not_done_again(town: Town) -> None:
    id = begin(town.services, town.site.id, POLICY, 90, "desk")
    town.queue.rehearse(town.services)
    before = look(town, id)
    town.clock.forward(days=1)
    for job in (id, 99):
        carry_out(town.services, job)
    assert look(town, id).row.told_at == before.row.told_at


def test_two_who_begin_at_once_get_one_dry_run(town: Town) -> None:
    with ThreadPoolExecutor(4) as crowd:
        ids = list(crowd.map(lambda n: begin(town.services, town.site.id, {"rest_days": n + 1}, 90, "desk"), range(8)))
    assert len(set(ids)) == 1
    assert len(town.queue.rehearsals) == 1


def test_a_lost_one_keeps_nobody_from_beginning_again(town: Town) -> None:
    lost = begin(town.services, town.site.id, POLICY, 90, "desk")
    town.clock.forward(seconds=61)
    assert look(town, lost).lost
    again = begin(town.services, town.site.id, POLICY, 90, "desk")
    assert again != lost
    assert not look(town, again).lost


def test_only_the_last_ones_are_kept(town: Town) -> None:
    for _ in range(rehearsals.KEPT + 3):
        last = begin(town.services, town.site.id, POLICY, 90, "desk")
        town.queue.rehearse(town.services)
    with town.services.db.reading() as db:
        ids = list(db.scalars(select(RehearsalRow.id).order_by(RehearsalRow.id)))
    assert (len(ids), ids[-1]) == (rehearsals.KEPT, last)
    assert seen(town.services, town.site.id, 1) is None


def test_a_policy_that_makes_no_sense_is_not_begun(town: Town) -> None:
    with pytest.raises(BadPolicy):
        begin(town.services, town.site.id, {"rest_days": -1}, 90, "desk")
    assert town.rows()["rehearsal"] == 0


def test_a_policy_that_cannot_be_read_any_more_ends_it_with_a_word(town: Town) -> None:
    with town.services.db.writing() as db:
        row, _ = rehearsals.begin(SiteScope(db, town.site.id), {"rest_days": -1}, 90, "desk", town.clock())
    carry_out(town.services, row.id)
    found = look(town, row.id).row
    assert found.state == "failed"
    assert "rest_days must be a number" in (found.note or "")


def test_what_breaks_is_said_and_rises(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    id = begin(town.services, town.site.id, POLICY, 90, "desk")

    def broken(*_: Any) -> None:
        raise RuntimeError("out of paper")

    monkeypatch.setattr(dry_run, "tell", broken)
    with pytest.raises(RuntimeError):
        carry_out(town.services, id)
    assert (look(town, id).row.state, look(town, id).row.note) == ("failed", dry_run.BROKEN)


@pytest.mark.usefixtures("in_crumbs")
def test_a_queue_that_goes_away_in_the_middle_stops_nothing(town: Town) -> None:
    crowd(town, 5)
    id = begin(town.services, town.site.id, POLICY, 90, "desk")
    cut_off: Services = replace(town.services, queue=RedisQueue("unix:///nowhere/valkey.sock"))
    carry_out(cut_off, id)
    assert look(town, id).row.state == "done"


def test_a_merged_person_is_one_also_across_slices(town: Town) -> None:
    crowd(town, 6)
    with town.services.db.writing() as db:
        scope = SiteScope(db, town.site.id)
        first, last = people_lists.search(scope, "", 9)[0].id, people_lists.search(scope, "", 9)[-1].id
        identities.merge(scope, first, last, "desk", town.clock())
    whole = rehearse(town.services, town.site.id, policy_from(POLICY), 90)
    assert (whole.people, whole.chances) == (5, 24)


def test_memory_does_not_grow_with_the_past(town: Town) -> None:
    peaks = []
    for count in (1000, 3000):
        crowd(town, count)
        tracemalloc.start()
        rehearse(town.services, town.site.id, policy_from(POLICY), 90)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0] + 500_000, peaks
