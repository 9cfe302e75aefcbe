"""Whoever was held in a browser is counted, also a stranger; and nothing counted is lost while the database is away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from server.core.people import Claim
from server.flows.deliver import deliver
from server.flows.keep_time import tick
from server.flows.note_held import note_held
from server.flows.offer import NotNow, Visitor, offer
from server.flows.show import show
from server.gate.tally import HeldAsk
from server.services import Services
from server.store import held, identities, surveys
from server.store.db import Database
from server.store.scope import SiteScope
from server.store.tables import HeldRow
from tests.flows.conftest import Town

pytestmark = pytest.mark.both_databases

ANN = (Claim("user", "ann"), Claim("email", "ann@example.com"))


def counts(town: Town) -> dict[tuple[str, str], int]:
    today = town.clock().date()
    with town.services.db.reading() as db:
        return {(c.channel, c.rule): c.times for c in held.counted(SiteScope(db, town.site.id), today, today)}


def kept(town: Town) -> list[HeldRow]:
    """What is kept of Ann."""
    with town.services.db.reading() as db:
        scope = SiteScope(db, town.site.id)
        ann = identities.find(scope, ANN)
        return held.of_person(scope, ann.id, 9) if ann else []


def test_a_person_who_is_known_is_counted_and_kept(town: Town) -> None:
    show(town.services, town.offered().token)
    assert isinstance(town.ask(), NotNow)
    note_held(town.services)

    assert counts(town) == {("widget", "rest"): 1}
    assert [(row.rule, row.times) for row in kept(town)] == [("rest", 1)]


def test_a_stranger_is_counted_and_nobody_is_made_of_her(town: Town) -> None:
    with town.services.db.writing() as db:
        surveys.named(SiteScope(db, town.site.id), None)
    before = town.rows()["person"]
    browser = town.services
    shown = offer(browser, town.site, "widget", Visitor())
    assert not isinstance(shown, NotNow)
    again = offer(browser, town.site, "widget", Visitor(browser=shown.visitor))
    assert isinstance(again, NotNow)
    note_held(town.services)

    assert counts(town) == {("widget", again.reason): 1}
    assert (town.rows()["person"], town.rows()["held"]) == (before, 0)


def test_claims_that_nobody_has_are_only_counted(town: Town) -> None:
    town.services.tally.add(HeldAsk(town.site.id, 1, "view", "rest", (Claim("user", "nobody"),)))
    note_held(town.services)

    assert counts(town) == {("view", "rest"): 1}
    assert town.rows()["held"] == 0


def test_two_browsers_of_one_person_are_kept_as_one(town: Town) -> None:
    show(town.services, town.offered().token)
    for browser in "ab":
        claims = (*ANN, Claim("visitor", f"v_{browser * 16}"))
        town.services.tally.add(HeldAsk(town.site.id, 1, "widget", "rest", claims))
    note_held(town.services)

    assert [row.times for row in kept(town)] == [2]
    assert counts(town) == {("widget", "rest"): 2}


def test_what_is_held_by_the_gate_or_by_the_ledger_is_counted_once(town: Town) -> None:
    for _ in range(3):
        id = town.invite()
        town.queue.carry_out(town.services)
        deliver(town.services, id)
    assert counts(town) == {("email", "rest"): 2}


def test_nothing_is_lost_while_the_database_is_away(town: Town, tmp_path: Path) -> None:
    nowhere = replace(town.services, db=Database(f"sqlite:///{tmp_path / 'gone' / 'x.db'}"))
    ask = HeldAsk(town.site.id, 1, "widget", "rest")
    for _ in range(2):
        nowhere.tally.add(ask)
        with pytest.raises(DBAPIError):
            note_held(nowhere)
    note_held(town.services)
    note_held(town.services)

    assert counts(town) == {("widget", "rest"): 2}


def test_one_site_that_cannot_be_written_keeps_its_counts_and_the_earlier_ones_are_not_written_twice(
    town: Town,
) -> None:
    town.services.tally.add(HeldAsk(town.site.id, 1, "widget", "rest"))
    town.services.tally.add(HeldAsk(99, 1, "widget", "rest"))
    for _ in range(2):
        with pytest.raises(DBAPIError):
            note_held(town.services)

    assert counts(town) == {("widget", "rest"): 1}
    assert town.services.tally.take() == {HeldAsk(99, 1, "widget", "rest"): 1}


def test_the_clock_forgets_what_is_long_past(town: Town, make_services: Callable[..., Services]) -> None:
    show(town.services, town.offered().token)
    town.ask()
    note_held(town.services)
    town.clock.forward(days=399)
    tick(town.services)
    assert len(kept(town)) == 1
    town.clock.time += timedelta(days=2)
    tick(town.services)

    assert kept(town) == []
