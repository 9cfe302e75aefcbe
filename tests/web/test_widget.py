"""The script tag's requests: may this page ask, is there anything to ask, was it seen."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from server.core.identity import identity_secret, sign
from server.services import Services
from server.store.tables import Invitation, Origin, Response, Site, TouchRow
from tests.parts import Clock
from tests.web.parts import SHOP, basic, everything, frame_token, offer, rows

LOOK_ALIKES = [
    "null",
    "",
    "https://shop.example.evil.example",
    "https://evilshop.example",
    "https://shop.example.",
    "https://a.shop.example",
    "https://shop.exampl",
    "https://shop.example:443",
    "https://shop.example:8443",
    "https://shop.example/",
    "https://shop.example#",
    "https://SHOP.example",
    "HTTPS://shop.example",
    "http://shop.example",
    "https://shop.example@evil.example",
    "https://shop.example https://evil.example",
    "https://shop.example, https://evil.example",
    "https://evil.example?https://shop.example",
    "https://shop.example%00",
    "https://sh\xf6p.example",
    "//shop.example",
    "shop.example",
    "https://",
    "file://",
    "*",
    "chrome-extension://shop.example",
]


def test_a_page_of_the_shop_may_ask(client: FlaskClient, shop: Site) -> None:
    made = offer(client, shop)
    assert made.status_code == 200
    assert made.json
    assert made.json["show"] is True
    assert made.json["visitor"].startswith("v_")
    assert made.json["rest"] == 30 * 86400 - 12 * 3600  # thirty days, with the slack of whole days
    cors = {name: value for name, value in made.headers if name.startswith("Access-Control-")}
    assert cors == {"Access-Control-Allow-Origin": SHOP}
    assert made.headers["Vary"] == "Origin"


def test_an_offer_writes_nothing(client: FlaskClient, services: Services, shop: Site) -> None:
    before = everything(services)
    for _ in range(3):
        offer(client, shop)
    assert everything(services) == before


def test_a_page_that_only_looks_like_the_shop_may_not_ask(client: FlaskClient, shop: Site) -> None:
    for origin in LOOK_ALIKES:
        made = offer(client, shop, origin=origin)
        assert made.status_code == 403, origin
        assert made.json
        assert made.json["show"] is False
        assert "frame" not in made.json
        assert not [name for name, _ in made.headers if name.startswith("Access-Control-")]


def test_a_page_that_may_not_ask_stands_in_the_desk_to_be_allowed(
    client: FlaskClient, desk: FlaskClient, shop: Site
) -> None:
    made = offer(client, shop, origin="https://new.example")
    assert made.json
    assert "allow https://new.example in the desk" in made.json["message"]
    assert "https://new.example" in desk.get("/desk/set-up").text
    headers = {"Sec-Fetch-Site": "same-origin"}
    assert desk.post("/desk/set-up/origins", data={"origin": "https://new.example"}, headers=headers).status_code == 303
    assert offer(client, shop, origin="https://new.example").status_code == 200


def test_only_what_a_browser_would_say_is_written_down(client: FlaskClient, services: Services, shop: Site) -> None:
    for origin in [*LOOK_ALIKES, "https://evil.example; script-src data:", "https://a b", "https://" + "a" * 300]:
        offer(client, shop, origin=origin)
    kept = {row.origin for row in rows(services, Origin)} - {SHOP}
    assert all(not set(origin) & set(" ;,'\"<>@?#%") and len(origin) <= 255 for origin in kept)
    assert "http://shop.example" in kept
    assert "null" not in kept


def test_strangers_cannot_fill_the_desk_with_origins(client: FlaskClient, services: Services, shop: Site) -> None:
    for n in range(60):
        offer(client, shop, origin=f"https://made-up-{n}.example")
    assert len(rows(services, Origin)) == 51


def test_one_site_s_pages_may_not_ask_for_another(client: FlaskClient, shop: Site, other: Site) -> None:
    assert offer(client, other).status_code == 403


GARBAGE = [b"", b"{", b"[]", b'"text"', b"null", b"12", b"\xff\xfe", b"[" * 60_000, b'{"a":' * 12_000, b"NaN"]


@pytest.mark.parametrize("path", ["/w/offer", "/w/back"])
def test_what_is_no_object_is_refused(client: FlaskClient, path: str) -> None:
    for body in GARBAGE:
        assert client.post(path, data=body, content_type="text/plain").status_code == 400, body[:20]


@pytest.mark.parametrize("said", [None, "", "pk_made_up", 7, [], {}, True, "x" * 5000, "' or 1=1 --"])
def test_a_site_that_is_not_there_gets_no_offer(client: FlaskClient, shop: Site, said: object) -> None:
    made = client.post("/w/offer", json={"site": said}, content_type="text/plain", headers={"Origin": SHOP})
    assert made.status_code == 404


@pytest.mark.parametrize("said", [{"identity": [1]}, {"visitor": {}}, {"identity": 0.5}, {"visitor": "v_\x00"}])
def test_odd_values_are_taken_for_a_new_visitor_or_refused(
    client: FlaskClient, shop: Site, said: dict[str, Any]
) -> None:
    made = offer(client, shop, **said)
    assert made.status_code == 200


@pytest.mark.parametrize("field", ["site", "identity", "visitor"])
def test_half_a_character_is_refused_and_is_no_fault_of_ours(client: FlaskClient, shop: Site, field: str) -> None:
    body = f'{{"site": "{shop.key}", "{field}": "\\ud800"}}'
    made = client.post("/w/offer", data=body, content_type="text/plain", headers={"Origin": SHOP})
    assert made.status_code in (200, 400, 404)


def test_shown_is_said_twice_and_kept_once(client: FlaskClient, services: Services, shop: Site) -> None:
    token = frame_token(offer(client, shop))
    for _ in range(2):
        shown = client.post("/w/shown", data={"token": token})
        assert (shown.status_code, shown.json) == (200, {"shown": True})
    assert [row.state for row in rows(services, Invitation)] == ["shown"]
    assert [row.kind for row in rows(services, TouchRow)] == ["ask"]


def test_what_was_given_back_must_not_be_shown_any_more(client: FlaskClient, shop: Site) -> None:
    made = offer(client, shop)
    assert made.json
    back = client.post("/w/back", json={"frame": made.json["frame"]}, content_type="text/plain")
    assert back.status_code == 204
    shown = client.post("/w/shown", data={"token": frame_token(made)})
    assert (shown.status_code, shown.json) == (409, {"reason": "withdrawn"})


def test_what_was_given_back_can_be_asked_again(client: FlaskClient, shop: Site) -> None:
    made = offer(client, shop)
    assert made.json
    visitor = made.json["visitor"]
    client.post("/w/shown", data={"token": frame_token(made)})
    held = offer(client, shop, visitor=visitor)
    client.post("/w/back", json={"frame": made.json["frame"]}, content_type="text/plain")
    again = offer(client, shop, visitor=visitor)
    assert held.json
    assert again.json
    assert (held.json["show"], held.json["reason"]) == (False, "rest")
    assert again.json["show"] is True


def test_who_was_asked_by_mail_meanwhile_is_not_shown_it(
    client: FlaskClient, services: Services, shop: Site, key: str, clock: Clock
) -> None:
    secret = identity_secret(services.secret, shop.key)
    made = offer(client, shop, identity=sign(secret, now=clock(), email="ann@example.org"))
    said = {"email": "ann@example.org", "send": False, "last_sent_at": int(clock().timestamp())}
    assert client.post("/v1/people", json=said, headers=basic(key)).status_code == 201
    shown = client.post("/w/shown", data={"token": frame_token(made)})
    assert (shown.status_code, shown.json) == (409, {"reason": "rest"})


def test_who_was_asked_in_one_browser_is_not_asked_in_another(
    client: FlaskClient, services: Services, shop: Site, clock: Clock
) -> None:
    identity = sign(identity_secret(services.secret, shop.key), now=clock(), sub="u1")
    client.post("/w/shown", data={"token": frame_token(offer(client, shop, identity=identity))})
    again = offer(client, shop, identity=identity)
    assert again.json
    assert again.json["show"] is False
    assert 0 < again.json["again"] <= 30 * 86400


def test_an_identity_that_nobody_signed_is_refused(client: FlaskClient, services: Services, shop: Site) -> None:
    for identity in ("ann@example.org", "a.b.c", sign("x" * 43, now=services.now(), email="ann@example.org")):
        made = offer(client, shop, identity=identity)
        assert made.json
        assert (made.json["show"], made.json["reason"]) == (False, "identity")


def test_an_offer_runs_out(client: FlaskClient, shop: Site, clock: Clock) -> None:
    token = frame_token(offer(client, shop))
    clock.forward(hours=25)
    assert client.post("/w/shown", data={"token": token}).status_code == 404
    assert client.post(f"/s/{token}", data={"asked": "score", "a.score": "9"}).status_code == 404


def test_closing_without_an_answer_is_noted(client: FlaskClient, services: Services, shop: Site) -> None:
    token = frame_token(offer(client, shop))
    client.post("/w/shown", data={"token": token})
    assert client.post("/w/close", data={"token": token}).status_code == 204
    assert [row.outcome for row in rows(services, Invitation)] == ["dismissed"]


def test_an_isolated_page_may_tell_us(client: FlaskClient, shop: Site) -> None:
    made = offer(client, shop)
    assert made.json
    back = client.post("/w/back", json={"frame": made.json["frame"]}, content_type="text/plain")
    closed = client.post("/w/close", data={"token": frame_token(made)})
    assert {told.headers["Cross-Origin-Resource-Policy"] for told in (back, closed)} == {"cross-origin"}


def test_closing_takes_no_answer_back(client: FlaskClient, services: Services, shop: Site) -> None:
    token = frame_token(offer(client, shop))
    client.post("/w/shown", data={"token": token})
    client.post(f"/s/{token}", data={"asked": "score", "a.score": "9"})
    assert client.post("/w/close", data={"token": token}).status_code == 204
    assert [row.outcome for row in rows(services, Invitation)] == ["answered"]
    assert [row.score for row in rows(services, Response)] == [9]


def test_an_answer_is_kept_even_if_shown_was_never_told(client: FlaskClient, services: Services, shop: Site) -> None:
    token = frame_token(offer(client, shop))
    assert client.post(f"/s/{token}", data={"asked": "score", "a.score": "4"}).status_code == 200
    assert [row.score for row in rows(services, Response)] == [4]


@pytest.mark.parametrize("path", ["/w/shown", "/w/close"])
@pytest.mark.parametrize("token", ["", "x", "a.b", "x" * 5000])
def test_a_token_that_is_none_is_not_found(client: FlaskClient, path: str, token: str) -> None:
    told = client.post(path, data={"token": token})
    assert told.status_code == 404
    assert told.json


def test_the_frame_waits_until_the_ledger_agrees(client: FlaskClient, shop: Site) -> None:
    made = offer(client, shop)
    page = client.get(f"/s/{frame_token(made)}")
    assert 'data-mode="widget"' in page.text
    assert 'data-shown="/w/shown"' in page.text
    assert f'data-origin="{SHOP}"' in page.text


def test_the_loader_is_served_to_every_page(client: FlaskClient) -> None:
    loader = client.get("/askonce.js")
    assert loader.status_code == 200
    assert loader.mimetype == "text/javascript"
    assert loader.headers["Access-Control-Allow-Origin"] == "*"
    again = client.get("/askonce.js", headers={"If-None-Match": loader.headers["ETag"]})
    assert again.status_code == 304


def test_a_page_of_the_shop_may_open_an_empty_frame_that_sends_what_was_kept(client: FlaskClient, shop: Site) -> None:
    page = client.get(f"/w/kept/{shop.key}", query_string={"origin": SHOP})
    assert page.status_code == 200
    assert 'data-mode="widget"' in page.text
    assert f'data-origin="{SHOP}"' in page.text
    assert 'data-result="closed" data-reason="kept"' in page.text
    assert f"frame-ancestors {SHOP}" in page.headers["Content-Security-Policy"]
    foreign = client.get(f"/w/kept/{shop.key}", query_string={"origin": "https://evil.example"})
    assert 'data-origin=""' in foreign.text
    assert client.get("/w/kept/pk_made_up").status_code == 404


def test_an_app_says_which_theme_and_language_its_view_has(client: FlaskClient, shop: Site) -> None:
    page = client.get(f"/view/{shop.key}", query_string={"theme": "dark", "lang": "en"})
    assert 'data-theme="dark"' in page.text
    held = client.get("/view/" + shop.key, query_string={"theme": "light", "identity": "nobody's"})
    assert 'data-theme="light"' in held.text
    assert 'data-result="closed"' in held.text
