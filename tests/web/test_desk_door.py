"""The door of the desk: who comes in, and whose changes count."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.app import create_app
from server.flows.set_up import desk_link
from server.services import Services
from server.store.tables import Site
from tests.parts import Clock
from tests.web.parts import everything, path, signed_in

PAGES = ["/desk", "/desk/", "/desk/latest", "/desk/people", "/desk/people/1", "/desk/set-up"]
CHANGES = [
    "/desk/set-up/origins",
    "/desk/set-up/keys",
    "/desk/set-up/sources",
    "/desk/set-up/pin",
    "/desk/policy",
    "/desk/sign-out",
]
ELSEWHERE = {
    "/desk/policy/try",  # changes nothing: tests/web/test_desk_policy.py
    "/desk/people/<int:id>/merges/<int:merge_id>/undo",  # needs a merge: tests/web/test_desk_merges.py
    "/desk/people/<int:id>/consents",  # needs a person: tests/web/test_desk_consents.py
    "/desk/people/<int:id>/addresses/lift",  # as above
    "/desk/preview/<token>",  # changes nothing: tests/web/test_desk_surveys.py
    "/desk/surveys/<int:id>/preview",  # as above
    "/desk/surveys/new",  # these need a survey, in the same file
    "/desk/surveys/<int:id>",
    "/desk/surveys/<int:id>/state",
    "/desk/surveys/<int:id>/restore",
    "/desk/surveys/<int:id>/links",
    "/desk/surveys/<int:id>/links/<int:link>/end",
    "/desk/mail",  # these have more to them: tests/web/test_desk_mail.py
    "/desk/mail/logo",
    "/desk/lanes/<channel>/pause",  # these need a channel: tests/web/test_desk_lanes.py
    "/desk/lanes/<channel>/resume",
}
OURS = "http://127.0.0.1:8000"


@pytest.mark.parametrize("page", PAGES)
def test_without_a_session_every_page_leads_to_the_door(client: FlaskClient, site: Site, page: str) -> None:
    for cookie in ("", "askonce=made-up", "askonce=", "askonce=" + "x" * 5000):
        sent = client.get(page, headers={"Cookie": cookie} if cookie else {})
        assert (sent.status_code, sent.location) == (303, "/desk/door")


@pytest.mark.parametrize("change", CHANGES)
def test_without_a_session_nothing_is_changed(client: FlaskClient, services: Services, site: Site, change: str) -> None:
    before = everything(services)
    assert client.post(change, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 401
    assert everything(services) == before


def test_a_part_of_a_page_sends_the_whole_page_to_the_door(client: FlaskClient, site: Site) -> None:
    refused = client.get("/desk/latest", headers={"HX-Request": "true"})
    assert (refused.status_code, refused.headers["HX-Redirect"]) == (401, "/desk/door")


def test_the_door_is_open_and_says_how_to_come_in(client: FlaskClient) -> None:
    page = client.get("/desk/door")
    assert page.status_code == 200
    assert "<form" not in page.text


def test_a_sign_in_link_is_good_once(client: FlaskClient, services: Services, site: Site) -> None:
    link = path(services, desk_link(services))
    used = client.get(link)
    assert (used.status_code, used.location) == (303, "/desk")
    assert client.get("/desk").status_code == 200
    again = create_app(services).test_client().get(link)
    assert again.status_code == 403
    assert "Set-Cookie" not in again.headers


def test_programs_that_look_at_links_do_not_use_it_up(client: FlaskClient, services: Services, site: Site) -> None:
    link = path(services, desk_link(services))
    for _ in range(3):
        looked = client.head(link)
        assert (looked.status_code, "Set-Cookie" in looked.headers) == (200, False)
    assert client.get(link).status_code == 303


def test_a_sign_in_link_runs_out_after_a_day(client: FlaskClient, services: Services, site: Site, clock: Clock) -> None:
    link = path(services, desk_link(services))
    clock.forward(hours=24)
    assert client.get(link).status_code == 403


@pytest.mark.parametrize("token", ["made-up", "x" * 3000, "%00", "é"])
def test_a_sign_in_link_cannot_be_made_up(client: FlaskClient, site: Site, token: str) -> None:
    refused = client.get(f"/desk/sign-in/{token}")
    assert (refused.status_code, "Set-Cookie" in refused.headers) == (403, False)


def test_the_cookie_is_out_of_reach_of_scripts_and_foreign_pages(
    client: FlaskClient, services: Services, site: Site
) -> None:
    said = client.get(path(services, desk_link(services))).headers["Set-Cookie"]
    assert said.startswith("askonce=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(said.split("; "))


def test_over_tls_the_cookie_is_bound_to_this_host(make_services: Callable[..., Services], site: Site) -> None:
    services = make_services(PUBLIC_URL="https://ask.example")
    client = create_app(services).test_client()
    said = client.get(path(services, desk_link(services)), base_url="https://ask.example").headers["Set-Cookie"]
    assert said.startswith("__Host-askonce=")
    assert "Secure" in said.split("; ")
    assert "Domain=" not in said
    headers = {"Sec-Fetch-Site": "same-origin"}
    out = client.post("/desk/sign-out", base_url="https://ask.example", headers=headers)
    gone = out.headers["Set-Cookie"].split("; ")
    assert {"__Host-askonce=", "Secure", "Path=/", "Max-Age=0"} <= set(gone)  # browsers drop one without Secure


def test_no_table_holds_a_session_or_a_link(client: FlaskClient, services: Services, site: Site) -> None:
    link = path(services, desk_link(services))
    session = client.get(link).headers["Set-Cookie"].split(";")[0].partition("=")[2]
    kept = str(everything(services))
    assert session not in kept
    assert link.rsplit("/", 1)[-1] not in kept


def test_a_session_ends_after_two_weeks(desk: FlaskClient, clock: Clock) -> None:
    clock.forward(days=14)
    assert desk.get("/desk").status_code == 303


def test_who_signs_out_is_out_on_the_server_too(desk: FlaskClient, services: Services) -> None:
    cookie = desk.get_cookie("askonce")
    assert cookie
    assert desk.post("/desk/sign-out", headers={"Sec-Fetch-Site": "same-origin"}).location == "/desk/door"
    thief = create_app(services).test_client()
    thief.set_cookie("askonce", cookie.value)
    assert thief.get("/desk").status_code == 303


@pytest.mark.parametrize(
    ("said", "ours"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"}, True),
        ({"Origin": OURS}, True),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": ""}, False),
        ({"Sec-Fetch-Site": "Same-Origin "}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": OURS}, False),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": ""}, False),
        ({"Origin": OURS + ".evil.example"}, False),
        ({"Origin": "http://127.0.0.1"}, False),
        ({"Origin": "https://127.0.0.1:8000"}, False),
        ({"Referer": OURS + "/desk"}, False),
        ({}, False),
    ],
)
def test_only_the_desk_s_own_pages_may_change_anything(
    desk: FlaskClient, services: Services, said: dict[str, str], ours: bool
) -> None:
    for change in CHANGES:
        before = everything(services)
        typed = {"origin": "https://new.example", "name": "x", "rest_days": "5", "pin": "2468"}
        done = desk.post(change, data=typed, headers=said)
        assert (done.status_code == 403) is not ours, change
        assert (everything(services) != before) is ours, change


def test_every_change_in_the_desk_stands_in_this_matrix(services: Services) -> None:
    app: Flask = create_app(services)
    rules = [r for r in app.url_map.iter_rules() if r.endpoint.startswith("desk.")]
    assert {r.rule for r in rules if r.methods and "POST" in r.methods} == {*CHANGES, *ELSEWHERE}
    assert {m for r in rules for m in r.methods or ()} == {"GET", "HEAD", "OPTIONS", "POST"}


def test_a_sign_in_replaces_the_session_that_somebody_planted(services: Services, site: Site) -> None:
    client = create_app(services).test_client()
    client.set_cookie("askonce", "planted")
    signed_in(services, client)
    cookie = client.get_cookie("askonce")
    assert cookie
    assert cookie.value != "planted"
