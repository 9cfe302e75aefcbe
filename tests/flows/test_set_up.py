"""A first start leaves a site to try; the team's keys and links are good for what they are for."""

from __future__ import annotations

from typing import Any

import pytest

from server.core.links import fingerprint
from server.flows.set_up import LINK_LASTS, allow_origin, create_key, desk_link, note_refused, sign_in, sign_out
from server.flows.welcome import DEMO, welcome
from server.services import Services
from server.store import desk, sites
from server.store.scope import SiteScope
from tests.flows.conftest import Town

pytestmark = pytest.mark.both_databases


def test_the_first_start_makes_the_demo_and_the_second_finds_it(services: Services) -> None:
    first, second = welcome(services), welcome(services)

    with services.db.reading() as db:
        [site] = sites.all_sites(db)
        assert len(sites.keys(SiteScope(db, site.id))) == 1
        origins = {o.origin for o in sites.origins(SiteScope(db, site.id)) if o.allowed}
        [key] = [line.removeprefix("API key: ") for line in first if line.startswith("API key: ")]
        assert sites.site_of_key(db, fingerprint(key)) is not None
    assert site.name == DEMO
    assert origins == {"http://127.0.0.1:8000", "http://localhost:8000"}
    assert not any(key in line for line in second)
    assert [line.partition(":")[0] for line in first] == [line.partition(":")[0] for line in second]


def test_a_server_that_is_no_trial_opens_no_demo(make_services: Any) -> None:
    lines = welcome(make_services(HOST="0.0.0.0", PUBLIC_URL="https://ask.example.com"))

    assert not any("/demo" in line or "/outbox" in line for line in lines)
    assert any('src="https://ask.example.com/askonce.js"' in line for line in lines)


def test_a_link_to_the_desk_opens_one_session_in_time(town: Town) -> None:
    once, late = (desk_link(town.services).rsplit("/", 1)[1] for _ in range(2))

    session = sign_in(town.services, once)
    assert session
    assert sign_in(town.services, once) is None
    town.clock.forward(seconds=LINK_LASTS.total_seconds())
    assert sign_in(town.services, late) is None
    assert sign_in(town.services, "made-up") is None

    sign_out(town.services, session)
    with town.services.db.reading() as db:
        assert desk.session(db, fingerprint(session), town.clock()) is None


def test_a_key_opens_its_own_site(town: Town) -> None:
    key = create_key(town.services, town.site.id)

    with town.services.db.reading() as db:
        found = sites.site_of_key(db, fingerprint(key))
        assert found is not None
        assert found.id == town.site.id
        assert sites.site_of_key(db, key) is None
        assert sites.keys(SiteScope(db, found.id))[0].ending == key[-4:]


def test_an_origin_that_was_refused_is_allowed_later(town: Town) -> None:
    note_refused(town.services, town.site.id, "https://shop.example")
    allow_origin(town.services, town.site.id, "https://Shop.example/page?x=1")

    with town.services.db.reading() as db:
        [origin] = sites.origins(SiteScope(db, town.site.id))
    assert (origin.origin, origin.allowed) == ("https://shop.example", True)
