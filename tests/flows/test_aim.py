"""Only surveys that are for this page and this visitor are asked, and what waits is asked when its moment comes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from server.core.identity import identity_secret, sign
from server.core.links import new_id
from server.core.scene import scene_from
from server.core.surveys import template
from server.core.targeting import BadTargeting
from server.flows.note_held import note_held
from server.flows.offer import NotNow, Offered, Visitor, offer
from server.flows.show import show
from server.gate.redis import RedisGate
from server.store import held, sites, surveys
from server.store.scope import SiteScope
from server.store.tables import SurveyRow
from tests.flows.conftest import Town
from tests.parts import listening

SHOP = "https://shop.example"
DAY = timedelta(days=1)


@pytest.fixture
def quiet(town: Town) -> Town:
    """The town before any survey runs."""
    with town.services.db.writing() as db:
        db.execute(update(SurveyRow).values(state="paused"))
    return town


def add(town: Town, slug: str, **more: Any) -> None:
    """A live survey; `targeting` and `look` may be said."""
    with town.services.db.writing() as db:
        scope = SiteScope(db, town.site.id)
        surveys.add_survey(scope, new_id(), slug, {**template("nps", "Harbour"), **more}, town.clock())


def at(path: str, **said: Any) -> Visitor:
    """A stranger on a page of the shop."""
    return Visitor(scene=lambda: scene_from({"page": SHOP + path, **said}, "", ""))


def ask(town: Town, who: Visitor, channel: str = "widget") -> Offered | NotNow:
    return offer(town.services, town.site, channel, who)


def asked(town: Town, who: Visitor, channel: str = "widget") -> str:
    """The survey that is offered; empty for none."""
    made = ask(town, who, channel)
    return made.survey.slug if isinstance(made, Offered) else ""


def ann(town: Town, path: str, **said: Any) -> Visitor:
    return replace(at(path, **said), identity=town.identity())


def counts(town: Town) -> dict[str, int]:
    note_held(town.services)
    today = town.clock().date()
    with town.services.db.reading() as db:
        found = held.counted(SiteScope(db, town.site.id), today, today)
    return {f"{line.rule}": line.times for line in found}


@pytest.fixture
def scripts(town: Town) -> Iterator[list[str]]:
    """What is asked of Redis and of the database, a word each."""
    gate = town.services.gate
    assert isinstance(gate, RedisGate)
    seen: list[str] = []
    claim = gate._claim

    def counted(keys: list[Any], args: list[Any]) -> Any:
        seen.append("redis")
        return claim(keys=keys, args=args)

    def statement(*_: Any) -> None:
        seen.append("sql")

    gate._claim = counted  # type: ignore[assignment]
    with listening(town.services.db, "before_cursor_execute", statement):
        yield seen


def test_each_page_has_its_survey(quiet: Town) -> None:
    add(quiet, "prices", targeting={"pages": ["/pricing"]})
    add(quiet, "blog", targeting={"pages": ["/blog/*"]})
    assert [asked(quiet, at(path)) for path in ("/pricing", "/blog/one", "/about")] == ["prices", "blog", ""]


def test_a_page_without_a_survey_is_told_that_there_may_be_one_elsewhere(quiet: Town) -> None:
    add(quiet, "prices", targeting={"pages": ["/pricing"]})
    assert ask(quiet, at("/about")) == NotNow("targeting", elsewhere=True)


def test_who_is_not_meant_at_all_is_told_that_there_is_nothing(quiet: Town) -> None:
    add(quiet, "prices", targeting={"devices": ["phone"]})
    assert ask(quiet, at("/about")) == NotNow("targeting")
    assert asked(quiet, at("/about", width=390)) == "prices"


def test_a_survey_that_does_not_fit_is_no_held_ask(quiet: Town) -> None:
    add(quiet, "prices", targeting={"pages": ["/pricing"]})
    add(quiet, "all")
    show(quiet.services, ask(quiet, ann(quiet, "/")).token)  # type: ignore[union-attr]
    assert isinstance(ask(quiet, ann(quiet, "/about")), NotNow)
    assert counts(quiet) == {"rest": 1}


def test_what_waits_says_what_to_look_out_for_and_is_asked_when_it_came(quiet: Town) -> None:
    add(quiet, "bought", targeting={"start": {"events": ["purchase"], "dwell": 8}})
    made = ask(quiet, at("/"))
    assert made == NotNow("waiting", watch={"events": ["purchase"], "dwell": [8]})
    assert asked(quiet, at("/", event="purchase")) == "bought"
    assert asked(quiet, at("/", dwell=8)) == "bought"
    assert counts(quiet) == {}


def test_only_what_fits_the_page_is_looked_out_for(quiet: Town) -> None:
    add(quiet, "one", targeting={"pages": ["/one"], "start": {"scroll": 50}})
    add(quiet, "two", targeting={"pages": ["/two"], "start": {"elements": ["#secret-plan"]}})
    made = ask(quiet, at("/one"))
    assert made == NotNow("waiting", elsewhere=True, watch={"scroll": [50]})


def test_who_rests_looks_out_for_nothing(quiet: Town) -> None:
    add(quiet, "bought", targeting={"start": {"events": ["purchase"]}})
    add(quiet, "prices", targeting={"pages": ["/pricing"], "start": {"exit": True}})
    show(quiet.services, ask(quiet, ann(quiet, "/", event="purchase")).token)  # type: ignore[union-attr]
    made = ask(quiet, ann(quiet, "/"))
    assert isinstance(made, NotNow)
    assert (made.reason, made.watch, made.elsewhere) == ("rest", {}, False)
    assert made.again > 29 * DAY
    assert counts(quiet) == {}  # nothing happened for which she might have been asked


def test_what_waits_beside_what_is_held_is_looked_out_for_if_it_may_be_asked(quiet: Town) -> None:
    with quiet.services.db.writing() as db:
        policy = {"rest_days": "none", "load": "none", "surveys": {"once": {"repeat": "once"}}}
        sites.set_policy(SiteScope(db, quiet.site.id), policy, "desk", quiet.clock())
    add(quiet, "once")
    add(quiet, "bought", targeting={"start": {"events": ["purchase"]}})
    show(quiet.services, ask(quiet, ann(quiet, "/")).token)  # type: ignore[union-attr]
    quiet.clock.forward(minutes=5)
    made = ask(quiet, ann(quiet, "/"))
    assert isinstance(made, NotNow)
    assert (made.reason, made.watch) == ("repeat", {"events": ["purchase"]})
    assert counts(quiet) == {"repeat": 1}


def test_what_is_signed_of_her_says_more_than_what_the_page_says(quiet: Town) -> None:
    add(quiet, "pros", targeting={"properties": {"plan": ["pro"]}})
    secret = identity_secret(quiet.services.secret, quiet.site.key)
    signed = sign(secret, now=quiet.clock(), sub="ann", properties={"plan": "free"})  # type: ignore[arg-type]
    said = at("/", properties={"plan": "pro"})
    assert asked(quiet, said) == "pros"
    assert asked(quiet, replace(said, identity=signed)) == ""


def test_a_browser_that_was_shown_a_survey_returns(quiet: Town) -> None:
    add(quiet, "first", targeting={"visitors": "new"})
    add(quiet, "again", targeting={"visitors": "returning"})
    made = ask(quiet, at("/"))
    assert isinstance(made, Offered)
    assert made.survey.slug == "first"
    show(quiet.services, made.token)
    quiet.clock.forward(days=40)
    assert asked(quiet, replace(at("/"), browser=made.visitor)) == "again"


def test_the_days_are_the_site_s(quiet: Town) -> None:
    with quiet.services.db.writing() as db:
        sites.set_policy(SiteScope(db, quiet.site.id), {"zone": "Pacific/Auckland"}, "desk", quiet.clock())
    add(quiet, "tomorrow", targeting={"from": "2026-11-24"})
    assert quiet.clock().date().isoformat() == "2026-11-23"
    assert asked(quiet, at("/")) == "tomorrow"  # it is night there already


def test_a_place_in_the_page_is_filled_where_there_is_one(quiet: Town) -> None:
    add(quiet, "here", look={"shape": "inline"})
    assert ask(quiet, at("/")) == NotNow("targeting", elsewhere=True)
    assert [asked(quiet, at("/", inline=each)) for each in ([""], ["here"], ["other"])] == ["here", "here", ""]


def test_a_tab_stands_at_the_edge_and_does_not_ask(quiet: Town) -> None:
    add(quiet, "feedback", look={"shape": "tab"}, targeting={"not_pages": ["/cart"]})
    made, cart = ask(quiet, at("/")), ask(quiet, at("/cart"))
    assert (made.tab and made.tab.slug, cart.tab) == ("feedback", None)
    assert isinstance(made, NotNow)


def test_a_view_has_no_page(quiet: Town) -> None:
    add(quiet, "prices", targeting={"pages": ["/pricing"]})
    add(quiet, "tab", look={"shape": "tab"})
    assert asked(quiet, at("/pricing"), "view") == ""
    add(quiet, "app", look={"shape": "inline"}, targeting={"start": {"events": ["purchase"]}})
    assert asked(quiet, Visitor(), "view") == ""
    assert asked(quiet, at("", event="purchase"), "view") == "app"


def test_a_site_without_targeting_does_not_even_look_at_the_page(town: Town) -> None:
    def never() -> Any:
        raise AssertionError("looked")

    assert isinstance(offer(town.services, town.site, "widget", Visitor(scene=never)), Offered)


def test_twenty_surveys_cost_one_look_or_none(quiet: Town, scripts: list[str]) -> None:
    for n in range(20):
        add(quiet, f"s{n}", targeting={"pages": [f"/{n}/*"], "start": {"dwell": n + 1}})
    quiet.services.sheets.patience = 60
    ask(quiet, ann(quiet, "/1/x", dwell=9))  # what is new is read, once
    for who, expected in (
        (ann(quiet, "/1/x", dwell=9), ["redis"]),
        (ann(quiet, "/1/x"), ["redis"]),
        (ann(quiet, "/elsewhere"), []),
        (at("/1/x", dwell=9), ["redis"]),
        (at("/1/x"), []),
    ):
        scripts.clear()
        ask(quiet, who)
        assert scripts == expected


def test_a_definition_that_cannot_be_is_refused_with_its_reasons(town: Town) -> None:
    with pytest.raises(BadTargeting, match="must begin with /"):
        add(town, "odd", targeting={"pages": ["pricing"]})
