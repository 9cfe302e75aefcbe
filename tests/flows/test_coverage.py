"""A score is read beside its coverage: who was asked, and who was not and why."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.core.consent import Said
from server.core.delivery import EXPIRES_AFTER
from server.core.people import Claim
from server.flows.answer import answer
from server.flows.compose import answer_link
from server.flows.invite import Wish, invite
from server.flows.note_held import note_held
from server.flows.open_link import open_link
from server.flows.show import show
from server.flows.state_consent import state
from server.gate.tally import HeldAsk
from server.store import identities, surveys
from server.store.coverage import Coverage, coverage
from server.store.scope import SiteScope
from tests.flows.conftest import Town

pytestmark = pytest.mark.both_databases

DAY = timedelta(days=1)


def covered(town: Town, days_ago: int = 0) -> Coverage:
    """Of the site's survey, today or so many days ago."""
    now = town.clock()
    with town.services.db.reading() as db:
        found = coverage(SiteScope(db, town.site.id), now - days_ago * DAY, now - days_ago * DAY + timedelta(hours=1))
    return found.get(1, Coverage())


def send(town: Town, email: str) -> str:
    id = town.invite(email)
    town.queue.carry_out(town.services)
    return id


def test_asked_and_unasked_are_counted_with_their_reasons(town: Town) -> None:
    for email in ("ann@example.com", "ann@example.com", "bo@example.com"):
        send(town, email)
    for _ in range(2):
        town.services.tally.add(HeldAsk(town.site.id, 1, "widget", "rest"))
    note_held(town.services)

    found = covered(town)
    assert (found.all.asked, found.all.chances, dict(found.all.unasked)) == (2, 5, {"rest": 3})
    assert {name: (c.asked, dict(c.unasked)) for name, c in found.channels.items()} == {
        "email": (2, {"rest": 1}),
        "widget": (0, {"rest": 2}),
    }


def test_a_day_has_only_what_was_of_that_day(town: Town) -> None:
    send(town, "ann@example.com")
    send(town, "ann@example.com")
    town.clock.forward(days=1)
    send(town, "bo@example.com")

    assert (covered(town).all.asked, covered(town).all.chances) == (1, 1)
    assert (covered(town, 1).all.asked, covered(town, 1).all.chances) == (1, 2)
    assert covered(town, 2).all.chances == 0


def test_what_still_waits_is_no_chance_yet(town: Town) -> None:
    town.invite("cy@example.com", delay=3600)
    assert covered(town).all.chances == 0


def test_whoever_answered_is_counted_among_those_asked(town: Town) -> None:
    id = send(town, "ann@example.com")
    send(town, "bo@example.com")
    answer(town.services, answer_link(town.services, id).rsplit("/", 1)[-1], {"score": "9"})

    assert (covered(town).all.answered, covered(town).all.response_rate) == (1, 0.5)
    assert Coverage().all.response_rate is None


def test_who_said_no_and_who_came_too_late_are_named(town: Town) -> None:
    told_no, late = town.invite("ann@example.com"), town.invite("bo@example.com")
    assert told_no != late
    unsubscribe_ann(town)
    town.clock.time += EXPIRES_AFTER
    town.queue.carry_out(town.services)

    assert dict(covered(town, EXPIRES_AFTER.days).all.unasked) == {"consent": 1, "expired": 1}


def unsubscribe_ann(town: Town) -> None:
    with town.services.db.writing() as db:
        scope = SiteScope(db, town.site.id)
        ann = identities.find(scope, [Claim("email", "ann@example.com")])
        assert ann
        state(scope, ann.id, Said("all", False, "page"), town.clock())


def test_a_visitor_who_was_shown_it_was_asked_and_one_who_was_held_was_not(town: Town) -> None:
    show(town.services, town.offered().token)
    for _ in range(3):
        town.ask()
    note_held(town.services)

    widget = covered(town).channels["widget"]
    assert (widget.asked, dict(widget.unasked)) == (1, {"rest": 3})


def test_a_link_that_anybody_may_open_asks_nobody(town: Town) -> None:
    with town.services.db.reading() as db:
        survey = surveys.named(SiteScope(db, town.site.id), None)
    assert survey
    answer(town.services, open_link(town.services, survey.key), {"score": "9"})

    assert covered(town).all.chances == 0


def test_a_link_that_was_handed_out_is_an_ask_and_one_refused_is_none(town: Town) -> None:
    for _ in range(2):
        invite(town.services, town.site.id, link(town))

    handed = covered(town).channels["link"]
    assert (handed.asked, dict(handed.unasked)) == (1, {"rest": 1})


def link(town: Town) -> Wish:
    return Wish((Claim("email", "ann@example.com"),), "", "link", timedelta(0), True, {}, None)
