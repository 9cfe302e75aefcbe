"""What the team sees in the desk."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from server.flows.kiosk import opens
from server.services import Services
from server.store.tables import ApiKey, Origin, Person, Site, Source
from tests.parts import Clock, Waiting
from tests.web.parts import Asked, ask, basic, rows, signed_in

OWN = {"Sec-Fetch-Site": "same-origin"}


def mark(page: str) -> str:
    found = re.search(r"mark=([0-9a-f]{16})", page)
    assert found
    return found[1]


def test_an_answer_is_in_the_list_at_once(desk: FlaskClient, client: FlaskClient, ann: Asked) -> None:
    client.post(ann.survey, data={"asked": "score", "a.score": "9"})
    client.post(ann.survey, data={"asked": "comment", "a.comment": "The glaze"})
    page = desk.get("/desk").text
    assert "Ann" in page
    assert "The glaze" in page


def test_while_nothing_is_new_nothing_is_sent(desk: FlaskClient, client: FlaskClient, ann: Asked) -> None:
    client.post(ann.survey, data={"asked": "score", "a.score": "9"})
    seen = mark(desk.get("/desk").text)
    news = desk.get(f"/desk/latest?mark={seen}")
    assert (news.status_code, news.data) == (204, b"")


def test_what_is_new_comes_with_a_new_mark(desk: FlaskClient, client: FlaskClient, ann: Asked, clock: Clock) -> None:
    marks = [mark(desk.get("/desk").text)]
    for data in ({"asked": "score", "a.score": "9"}, {"asked": "comment", "a.comment": "The tea"}, {"a.score": "2"}):
        clock.forward(seconds=1)
        client.post(ann.survey, data=data)
        news = desk.get(f"/desk/latest?mark={marks[-1]}")
        assert news.status_code == 200
        assert "<html" not in news.text
        marks.append(mark(news.text))
        assert desk.get(f"/desk/latest?mark={marks[-1]}").status_code == 204
    assert len(set(marks)) == 4


def test_what_another_system_told_is_one_line_of_her_story(desk: FlaskClient, client: FlaskClient, key: str) -> None:
    client.post("/v1/people", json={"email": "bo@example.org", "send": False}, headers=basic(key))
    her = client.get("/v1/people", headers=basic(key)).json[0]["id"]  # type: ignore[index]
    told = {"person": her, "score": 4, "comment": "The bill"}
    assert client.post("/v1/survey_responses", json=told, headers=basic(key)).status_code == 201
    story = desk.get(f"/desk/people/{her}").text.split('<ol class="story">')[1]
    assert "The bill" in story
    assert story.count("<li") == 1


def test_a_person_s_page_tells_her_whole_story(
    desk: FlaskClient, client: FlaskClient, key: str, queue: Waiting, services: Services, ann: Asked
) -> None:
    client.post(ann.survey, data={"asked": "score", "a.score": "3"})
    client.post("/v1/people", json={"email": "ann@example.org"}, headers=basic(key))
    queue.carry_out(services)
    client.post(ann.stop)
    page = desk.get(f"/desk/people/{rows(services, Person)[0].id}").text
    for told in ("ann@example.org", "held", "rest", "unsubscribed"):
        assert told.lower() in page.lower(), told


@pytest.mark.parametrize("id", ["0", "99", "-1", "x", "1.5", str(2**63 - 1), str(2**63), "9" * 100, "%00"])
def test_a_person_who_is_not_there_is_not_found(desk: FlaskClient, ann: Asked, id: str) -> None:
    assert desk.get(f"/desk/people/{id}").status_code in (400, 404)


@pytest.mark.both_databases
def test_a_search_takes_letters_for_letters(desk: FlaskClient, ann: Asked) -> None:
    assert "ann@example.org" in desk.get("/desk/people?q=ann").text
    for typed in ("%", "_", "'", "\\", "\x00", "ann'; drop table person; --", "🌊" * 500):
        page = desk.get("/desk/people", query_string={"q": typed})
        assert page.status_code in (200, 400)
        assert "ann@example.org" not in page.text


def test_people_are_found_by_how_they_begin(
    desk: FlaskClient, client: FlaskClient, services: Services, key: str, queue: Waiting, ann: Asked
) -> None:
    ask(services, client, key, queue, "bea@example.org")
    page = desk.get("/desk/people?q=BEA").text
    assert "bea@example.org" in page
    assert "ann@example.org" not in page


def test_a_new_key_is_seen_once_and_opens_the_api(
    desk: FlaskClient, client: FlaskClient, services: Services, site: Site
) -> None:
    page = desk.post("/desk/set-up/keys", headers=OWN)
    fresh = re.search(r"\b[A-HJ-NP-Za-km-z2-9]{32}\b", page.text)
    assert fresh
    assert client.get("/v1/people", headers=basic(fresh[0])).status_code == 200
    assert fresh[0] not in desk.get("/desk/set-up").text
    assert len(rows(services, ApiKey)) == 1


def test_a_new_source_shows_its_address_and_its_secret(desk: FlaskClient, services: Services, site: Site) -> None:
    assert desk.post("/desk/set-up/sources", data={"name": "<Zen>desk"}, headers=OWN).status_code == 303
    page = desk.get("/desk/set-up").text
    source = rows(services, Source)[0]
    assert f"http://127.0.0.1:8000/hooks/{source.key}" in page
    assert "whsec_" in page
    assert "&lt;Zen&gt;desk" in page


def test_the_pin_of_a_stand_is_set_changed_and_taken_away(desk: FlaskClient, services: Services, site: Site) -> None:
    def kept() -> Site:
        [found] = rows(services, Site)
        assert isinstance(found, Site)
        return found

    for pin in ("123", "1" * 41):
        refused = desk.post("/desk/set-up/pin", data={"pin": pin}, headers=OWN)
        assert (refused.status_code, "Give a PIN of 4 to 40 characters." in refused.text) == (422, True)
    assert kept().kiosk_pin is None
    assert "There is a PIN." not in desk.get("/desk/set-up").text
    for pin in (" 2468 ", "8642"):
        assert desk.post("/desk/set-up/pin", data={"pin": pin}, headers=OWN).status_code == 303
        assert opens(kept(), pin.strip())
    assert not opens(kept(), "2468")
    assert "There is a PIN." in desk.get("/desk/set-up").text
    assert desk.post("/desk/set-up/pin", headers=OWN).status_code == 303
    assert kept().kiosk_pin is None


@pytest.mark.parametrize(
    "typed",
    ["", "shop", "ftp://shop.example", "https://", "https://*.shop.example", "javascript:alert(1)", "https://a:b"],
)
def test_what_is_no_origin_is_refused_with_a_word(
    desk: FlaskClient, services: Services, site: Site, typed: str
) -> None:
    page = desk.post("/desk/set-up/origins", data={"origin": typed}, headers=OWN)
    assert page.status_code == 422
    assert rows(services, Origin) == []


def test_an_origin_is_kept_as_browsers_write_it(desk: FlaskClient, services: Services, site: Site) -> None:
    for typed in ("HTTPS://Shop.Example:443/path?x#y", " https://shop.example "):
        assert desk.post("/desk/set-up/origins", data={"origin": typed}, headers=OWN).status_code == 303
    assert [row.origin for row in rows(services, Origin)] == ["https://shop.example"]


def test_a_desk_without_a_site_says_so(client: FlaskClient, services: Services) -> None:
    assert signed_in(services, client).get("/desk").status_code == 404
