"""At the desk: who became one, who was kept apart, and the button that takes it back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from server.core.people import claims_of
from server.flows.invite import Wish, invite
from server.services import Services
from server.store.tables import Merge, Response, Site
from tests.parts import Waiting
from tests.web.parts import Asked, Form, ask, basic, rows

OWN = {"Sec-Fetch-Site": "same-origin"}


def call(services: Services, site: Site, **said: str) -> int:
    return invite(services, site.id, Wish(claims_of(**said), "", "email", timedelta(0), False, {}, None)).person_id


def listed(client: FlaskClient, key: str, address: str) -> list[dict[str, Any]]:
    reply = client.get(address, headers=basic(key))
    assert reply.status_code == 200
    return list(reply.get_json())


def section(page: str) -> str:
    found = page.partition('<section aria-labelledby="merges">')[2].partition("</section>")[0]
    assert found
    return found


@pytest.fixture
def joined(services: Services, client: FlaskClient, site: Site, ann: Asked) -> tuple[int, int]:
    """Ann, who was asked by mail and answered, and the user that she turned out to be."""
    client.post(ann.survey, data={"asked": "score", "a.score": "9"})
    user, address = call(services, site, user="u-17"), call(services, site, email="ann@example.org")
    assert call(services, site, user="u-17", email="ann@example.org") == address
    return address, user


@pytest.mark.both_databases
def test_a_merge_is_shown_and_taken_back_by_a_button(
    desk: FlaskClient, services: Services, joined: tuple[int, int]
) -> None:
    _, user = joined
    for id in joined:  # the absorbed record leads to her page, too
        page = desk.get(f"/desk/people/{id}").text
        for told in ("ann@example.org", "u-17", "Became one person", "An api call named both", "Answered"):
            assert told.lower() in page.lower(), told

    form = Form(section(page))
    assert desk.post(form.action).status_code == 403
    pressed = desk.post(form.action, headers=OWN)
    assert pressed.status_code == 303

    assert rows(services, Merge)[0].undone_at is not None
    apart = desk.get(pressed.location).text
    assert "Taken apart again" in section(apart)
    assert f"/desk/people/{user}" in section(apart)
    assert "<form" not in section(apart)
    assert "Taken apart again" in section(desk.get(f"/desk/people/{user}").text)


def test_a_merge_of_another_site_is_not_there(
    desk: FlaskClient, services: Services, other: Site, joined: tuple[int, int]
) -> None:
    address, _ = joined
    made = rows(services, Merge)[0]
    for site, id in ((other.key, made.id), (other.key, 99)):
        gone = desk.post(f"/desk/people/{address}/merges/{id}/undo?site={site}", headers=OWN)
        assert gone.status_code == 404
    assert rows(services, Merge)[0].undone_at is None


def test_who_was_kept_apart_is_shown_on_both_pages(desk: FlaskClient, services: Services, site: Site) -> None:
    one, two = call(services, site, user="u1"), call(services, site, user="u2", email="bea@example.org")
    call(services, site, user="u1", email="bea@example.org")

    for id, other in ((one, two), (two, one)):
        told = section(desk.get(f"/desk/people/{id}").text)
        assert "kept apart" in told
        assert "a user id of its own" in told
        assert f"/desk/people/{other}" in told


def test_the_api_lists_one_person_and_her_answers(client: FlaskClient, key: str, joined: tuple[int, int]) -> None:
    address, user = joined
    [row] = listed(client, key, "/v1/people")
    assert row["id"] == str(address)
    assert row["last_responded_at"]
    for query in (f"person_id={user}", f"person_id={address}", "person_email=ann@example.org", "expand[]=person"):
        [answer] = listed(client, key, f"/v1/survey_responses?{query}")
        person = answer["person"]
        assert (person["id"] if isinstance(person, dict) else person) == str(address)


def test_an_answer_of_an_absorbed_record_is_hers(
    client: FlaskClient, services: Services, site: Site, key: str, queue: Waiting
) -> None:
    first = call(services, site, user="u-17")
    asked = ask(services, client, key, queue)
    assert call(services, site, user="u-17", email="ann@example.org") == first
    client.post(asked.survey, data={"asked": "score", "a.score": "9"})

    assert rows(services, Response)[0].person_id != first
    [answer] = listed(client, key, "/v1/survey_responses")
    assert answer["person"] == str(first)
