"""A score is read beside its coverage: who was asked, and who was not and why."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.core.people import Claim
from server.flows.invite import Wish, invite
from server.flows.note_held import note_held
from server.gate.tally import HeldAsk
from server.services import Services
from server.store import reports
from server.store.scope import SiteScope
from server.store.tables import Site
from tests.parts import Clock, Waiting

pytestmark = pytest.mark.both_databases


def ask(services: Services, site: Site, queue: Waiting, email: str) -> int:
    wish = Wish((Claim("email", email),), "", "email", timedelta(0), True, {}, None)
    person = invite(services, site.id, wish).person_id
    queue.carry_out(services)
    return person


def test_asked_and_unasked_are_counted_with_their_reasons(
    services: Services, site: Site, queue: Waiting, clock: Clock
) -> None:
    began = clock()
    ann = ask(services, site, queue, "ann@example.com")
    ask(services, site, queue, "ann@example.com")
    ask(services, site, queue, "bo@example.com")
    services.tally.add(HeldAsk(site.id, ann, 1, "widget", "rest"))
    services.tally.add(HeldAsk(site.id, ann, 1, "widget", "rest"))
    note_held(services)

    with services.db.reading() as db:
        covered = reports.coverage(SiteScope(db, site.id), began)[1]
        none_later = reports.coverage(SiteScope(db, site.id), began + timedelta(days=1))

    assert (covered.asked, covered.chances, dict(covered.unasked)) == (2, 5, {"rest": 3})
    assert none_later == {}


def test_what_still_waits_is_no_chance_yet(services: Services, site: Site, clock: Clock) -> None:
    wish = Wish((Claim("email", "cy@example.com"),), "", "email", timedelta(hours=1), True, {}, None)
    invite(services, site.id, wish)
    with services.db.reading() as db:
        assert reports.coverage(SiteScope(db, site.id), clock())[1].chances == 0
