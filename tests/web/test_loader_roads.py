"""What the loader is told, and the scripts that it is told of."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from server.core.links import new_id
from server.core.surveys import template
from server.services import Services
from server.store import surveys
from server.store.scope import SiteScope
from server.store.tables import Invitation, Response, Site, SurveyRow, TouchRow
from tests.web.parts import SHOP, everything, frame_token, offer, rows


def add(services: Services, site: Site, slug: str, **more: Any) -> None:
    with services.db.writing() as db:
        scope = SiteScope(db, site.id)
        surveys.add_survey(scope, new_id(), slug, {**template("nps", "Harbour"), **more}, services.now())


@pytest.fixture
def bare(services: Services, shop: Site) -> Site:
    """The shop, with no survey running."""
    with services.db.writing() as db:
        for survey in surveys.live(SiteScope(db, shop.id)):
            row = db.get_one(SurveyRow, survey.id)
            row.state = "paused"
    return shop


def told(client: FlaskClient, site: Site, **said: Any) -> dict[str, Any]:
    made = offer(client, site, **said)
    assert made.status_code == 200
    assert isinstance(made.json, dict)
    return made.json


def test_a_yes_says_how_to_show_it_and_nothing_of_what_is_asked(client: FlaskClient, shop: Site) -> None:
    said = told(client, shop)
    assert set(said) == {"show", "frame", "visitor", "rest", "survey", "stage", "look"}
    assert (said["survey"], said["look"]) == ("nps", {"shape": "card", "position": "bottom-end", "theme": "auto"})
    assert re.fullmatch(r"/assets/stage\.[0-9a-f]{16}\.js", said["stage"])
    assert "recommend" not in str(said)


def test_what_waits_says_only_what_to_look_out_for(client: FlaskClient, services: Services, bare: Site) -> None:
    add(services, bare, "bought", targeting={"start": {"events": ["purchase"]}})
    page = SHOP + "/pricing"
    assert told(client, bare, page=page) == {
        "show": False, "reason": "waiting", "again": 86400, "watch": {"events": ["purchase"]},
    }  # fmt: skip
    more = {"pages": ["/pricing"], "start": {"dwell": 8, "scroll": 50, "exit": True, "elements": ["#plans"]}}
    add(services, bare, "stayed", targeting=more)
    said = told(client, bare, page=page)
    assert re.fullmatch(r"/assets/watch\.[0-9a-f]{16}\.js", said.pop("watcher"))
    assert said["watch"] == {
        "events": ["purchase"], "dwell": [8], "scroll": [50], "elements": ["#plans"], "exit": True,
    }  # fmt: skip
    elsewhere = told(client, bare, page=SHOP + "/")
    assert (elsewhere["watch"], elsewhere["elsewhere"]) == ({"events": ["purchase"]}, True)
    assert told(client, bare, page=page, dwell=8)["survey"] == "stayed"
    assert told(client, bare, page=page, event=["x", "purchase"])["survey"] == "bought"


def test_a_phone_is_told_by_its_name(client: FlaskClient, services: Services, bare: Site) -> None:
    add(services, bare, "phones", targeting={"devices": ["phone"]})
    body = {"json": {"site": bare.key, "page": SHOP}, "content_type": "text/plain"}
    headers = {"Origin": SHOP, "User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Mobile"}
    assert client.post("/w/offer", headers=headers, **body).json["show"] is True  # type: ignore[index]
    assert told(client, bare)["reason"] == "targeting"


def test_the_tab_of_a_page_has_the_site_s_colour(client: FlaskClient, services: Services, bare: Site) -> None:
    add(services, bare, "feedback", look={"shape": "tab", "label": "Tell us"})
    tab = told(client, bare)["tab"]
    assert re.fullmatch(r"/assets/tab\.[0-9a-f]{16}\.js", tab.pop("script"))
    assert tab == {
        "survey": "feedback", "label": "Tell us", "position": "end", "stays": True,
        "accent": bare.accent, "ink": "#ffffff",
    }  # fmt: skip


def test_what_she_opens_herself_is_shown_while_she_rests(client: FlaskClient, services: Services, shop: Site) -> None:
    first = offer(client, shop)
    client.post("/w/shown", data={"token": frame_token(first)})
    visitor = (first.json or {})["visitor"]
    assert told(client, shop, visitor=visitor)["reason"] == "rest"
    made = offer(client, shop, visitor=visitor, open="nps")
    token = frame_token(made)
    assert client.post("/w/shown", data={"token": token}).status_code == 200
    assert 'data-mode="widget"' in client.get(f"/s/{token}").text
    assert client.post(f"/s/{token}", data={"asked": "score", "a.score": "9"}).status_code == 200
    assert sorted(touch.kind for touch in rows(services, TouchRow)) == ["answered", "ask"]


def test_a_preview_goes_to_its_end_and_leaves_nothing(client: FlaskClient, services: Services, shop: Site) -> None:
    before = everything(services)
    made = offer(client, shop, preview="")
    said = made.json or {}
    assert (said["show"], said["visitor"], said["rest"]) == (True, "", 0)
    token = frame_token(made)
    assert client.post("/w/shown", data={"token": token}).status_code == 200
    page = client.post(f"/s/{token}", data={"asked": "score", "a.score": "9"}).text
    onward = re.search(r'action="(/s/[^"]+)"', page)
    assert onward
    assert 'data-step="thanks"' in client.post(onward[1], data={"asked": "comment", "a.comment": "Fine"}).text
    assert client.post("/w/close", data={"token": token}).status_code == 204
    assert client.post("/w/back", json={"frame": said["frame"]}, content_type="text/plain").status_code == 204
    assert everything(services) == before
    assert rows(services, Response) == rows(services, Invitation) == []


@pytest.mark.parametrize("said", [{"preview": ""}, {"open": ""}, {"preview": "nps"}, {"open": "nps"}])
def test_a_page_that_may_not_ask_may_neither_preview_nor_open(
    client: FlaskClient, shop: Site, said: dict[str, str]
) -> None:
    made = offer(client, shop, origin="https://evil.example", **said)
    assert made.status_code == 403
    assert "frame" not in (made.json or {})


@pytest.mark.parametrize("said", [{"preview": 7}, {"open": []}, {"preview": "nobody"}, {"open": "x" * 4000}])
def test_what_names_no_survey_is_no_fault(client: FlaskClient, shop: Site, said: dict[str, Any]) -> None:
    assert offer(client, shop, **said).status_code == 200


def test_the_pinned_loader_is_the_loader_for_ever(client: FlaskClient, desk: FlaskClient, shop: Site) -> None:
    page = desk.get("/desk/set-up").text
    found = re.search(r"/askonce\.[0-9a-f]{16}\.js", page)
    integrity = re.search(r"sha384-([A-Za-z0-9+/=]{64})", page)
    assert found
    assert integrity
    assert "crossorigin=" in page
    pinned, evergreen = client.get(found[0]), client.get("/askonce.js")
    assert pinned.data == evergreen.data
    assert base64.b64encode(hashlib.sha384(pinned.data).digest()).decode() == integrity[1]
    assert "immutable" in pinned.headers["Cache-Control"]
    assert pinned.headers["Access-Control-Allow-Origin"] == "*"
    assert client.get("/askonce.0000000000000000.js").status_code == 404


def test_scripts_may_be_fetched_by_pages_that_are_isolated(client: FlaskClient, services: Services, shop: Site) -> None:
    stage = told(client, shop)["stage"]
    for address in ("/askonce.js", "/askonce-debug.js", stage):
        reply = client.get(address)
        assert reply.status_code == 200
        assert reply.mimetype == "text/javascript"
        assert reply.headers["Access-Control-Allow-Origin"] == "*"
        assert reply.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    frame = client.get("/s/" + frame_token(offer(client, shop)))
    assert frame.headers["Cross-Origin-Embedder-Policy"] == "require-corp"
    assert frame.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_nobody_hears_more_by_saying_that_she_looks_for_faults(client: FlaskClient, shop: Site) -> None:
    plain, odd = told(client, shop), told(client, shop, debug=True)
    assert set(plain) == set(odd)
