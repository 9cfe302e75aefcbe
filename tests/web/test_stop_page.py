"""The page to say no for good, and the one click of mail programs."""

from __future__ import annotations

from flask.testing import FlaskClient

from server.core.links import Purpose, seal
from server.services import Services
from server.store.tables import Consent, Invitation, Site
from tests.parts import Waiting
from tests.web.parts import Asked, Form, basic, everything, frame_token, offer, path, rows


def said_no(services: Services) -> list[tuple[str, str]]:
    return [(row.scope, row.source) for row in rows(services, Consent)]


def test_the_page_asks_before_it_acts(client: FlaskClient, services: Services, ann: Asked) -> None:
    before = everything(services)
    page = client.get(ann.stop)
    assert "Stop survey requests?" in page.text
    assert "Harbour will not ask you" in page.text
    assert everything(services) == before


def test_by_default_it_stops_everything(client: FlaskClient, services: Services, ann: Asked) -> None:
    page = Form(client.get(ann.stop).text).send(client)
    assert page.status_code == 200
    assert "You will not be asked again" in page.text
    assert said_no(services) == [("all", "page")]


def test_one_channel_can_be_stopped_alone(client: FlaskClient, services: Services, ann: Asked) -> None:
    Form(client.get(ann.stop).text).send(client, scope="channel")
    assert said_no(services) == [("email", "page")]


def test_after_that_everything_can_still_be_stopped(client: FlaskClient, services: Services, ann: Asked) -> None:
    client.post(ann.stop, data={"scope": "channel"})
    client.post(ann.stop, data={"scope": "everything"})
    assert said_no(services) == [("email", "page"), ("all", "page")]


def test_mail_programs_need_one_click(client: FlaskClient, services: Services, ann: Asked) -> None:
    headers = ann.mail["headers"]
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = path(services, headers["List-Unsubscribe"].strip("<>"))
    assert len(address) < 60
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data"):  # told twice it is answered alike
        one = client.post(address, data={"List-Unsubscribe": "One-Click"}, content_type=kind)
        assert one.status_code == 200
        assert "Set-Cookie" not in one.headers
        assert "Location" not in one.headers
        assert said_no(services) == [("all", "one-click")]


def test_one_click_is_taken_at_the_address_in_the_header_alone(
    client: FlaskClient, services: Services, ann: Asked
) -> None:
    before = everything(services)
    assert ann.stop in ann.mail["html"]
    page = client.post(ann.stop, data={"List-Unsubscribe": "One-Click"})
    assert page.status_code == 200
    assert "Stop survey requests?" in page.text
    assert everything(services) == before


def test_the_address_in_the_header_is_a_page_for_who_opens_it(
    client: FlaskClient, services: Services, ann: Asked
) -> None:
    address = path(services, ann.mail["headers"]["List-Unsubscribe"].strip("<>"))
    assert address != ann.stop
    before = everything(services)
    for headers in ({}, {"Sec-Purpose": "prefetch"}, {"User-Agent": "Slackbot-LinkExpanding 1.0"}):
        for method in ("HEAD", "OPTIONS", "GET"):
            assert client.open(address, method=method, headers=headers).status_code == 200
    assert everything(services) == before
    Form(client.get(address).text).send(client, scope="channel")
    assert said_no(services) == [("email", "page")]


def test_a_no_told_twice_holds_once(client: FlaskClient, services: Services, ann: Asked) -> None:
    for _ in range(3):
        assert client.post(ann.stop).status_code == 200
    assert said_no(services) == [("all", "page")]
    assert "You will not be asked again" in client.get(ann.stop).text


def test_what_was_planned_is_not_sent(
    client: FlaskClient, services: Services, key: str, queue: Waiting, ann: Asked
) -> None:
    client.post("/v1/people", json={"email": "ann@example.org", "delay": 9000}, headers=basic(key))
    client.post(ann.stop)
    states = sorted(row.state for row in rows(services, Invitation))
    assert states == ["accepted", "suppressed"]


def test_a_program_gets_the_step_alone(client: FlaskClient, ann: Asked) -> None:
    page = client.post(ann.stop, headers={"HX-Request": "true"})
    assert page.text.lstrip().startswith('<main id="survey"')


def test_a_visitor_says_no_from_the_frame(client: FlaskClient, services: Services, shop: Site) -> None:
    made = offer(client, shop)
    assert made.json
    assert client.post(f"/u/{frame_token(made)}").status_code == 200
    again = offer(client, shop, visitor=made.json["visitor"])
    assert again.json
    assert (again.json["show"], again.json["reason"]) == (False, "consent")


def test_nobody_is_unsubscribed_by_a_token_for_something_else(
    client: FlaskClient, services: Services, ann: Asked
) -> None:
    others: tuple[Purpose, ...] = ("survey", "receipt", "page")
    made_up = [seal(services.secret, purpose, ann.invitation) for purpose in others]
    for token in [*made_up, ann.stop.removeprefix("/u/")[:-1] + "!", "x"]:
        assert client.get(f"/u/{token}").status_code == 404
        assert client.post(f"/u/{token}").status_code == 404
    assert said_no(services) == []
