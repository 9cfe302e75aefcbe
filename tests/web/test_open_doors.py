"""Surveys that open without an invitation: the open link, and the web view of an app."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from server.core.identity import identity_secret, sign
from server.services import Services
from server.store.tables import Person, Response, Site, SurveyRow
from tests.parts import Clock
from tests.web.parts import Form, everything, rows


@pytest.fixture
def open_link(services: Services, site: Site) -> str:
    return f"/l/{rows(services, SurveyRow)[0].key}"


def token_in(page: str) -> str:
    found = re.search(r'data-token="([^"]+)"', page)
    assert found
    return found[1]


def test_an_open_link_asks_and_stores_nothing(client: FlaskClient, services: Services, open_link: str) -> None:
    before = everything(services)
    page = client.get(open_link)
    assert page.status_code == client.head(open_link).status_code == 200
    assert 'type="submit" class="choice" name="a.score"' in page.text
    assert everything(services) == before


def test_an_open_link_takes_answers_without_scripts(client: FlaskClient, services: Services, open_link: str) -> None:
    page = Form(client.get(open_link).text).send(client, button=10)
    page = Form(page.text).send(client, fields={"a.comment": "Found it on the receipt."})
    assert 'data-step="thanks"' in page.text
    assert [(r.score, r.comment, r.channel) for r in rows(services, Response)] == [
        (10, "Found it on the receipt.", "link")
    ]


def test_everybody_who_opens_it_is_somebody_else(client: FlaskClient, services: Services, open_link: str) -> None:
    for button in (1, 2):
        Form(client.get(open_link).text).send(client, button=button)
    assert sorted(r.score for r in rows(services, Response)) == [1, 2]
    assert len(rows(services, Person)) == 2


def test_an_open_link_preselects_too(client: FlaskClient, open_link: str) -> None:
    assert 'value="6" checked' in client.get(open_link + "?score=6").text


@pytest.mark.parametrize("key", ["", "nobody", "1", "x" * 500, "%00"])
def test_a_survey_that_is_not_there_is_not_found(client: FlaskClient, site: Site, key: str) -> None:
    assert client.get(f"/l/{key}").status_code == 404


def test_a_survey_that_does_not_run_is_not_open(client: FlaskClient, services: Services, open_link: str) -> None:
    with services.db.writing() as db:
        row = db.get(SurveyRow, rows(services, SurveyRow)[0].id)
        assert row
        row.state = "paused"
    page = client.get(open_link)
    assert page.status_code == 410
    assert "This survey is closed" in page.text


def test_a_web_view_asks(client: FlaskClient, site: Site) -> None:
    page = client.get(f"/view/{site.key}")
    assert page.status_code == 200
    assert 'data-mode="view"' in page.text
    assert "data-result" not in page.text


def test_a_web_view_asks_each_person_once(client: FlaskClient, services: Services, site: Site, clock: Clock) -> None:
    identity = sign(identity_secret(services.secret, site.key), now=clock(), sub="u1")
    first = client.get(f"/view/{site.key}", query_string={"identity": identity})
    assert client.post("/w/shown", data={"token": token_in(first.text)}).status_code == 200
    again = client.get(f"/view/{site.key}", query_string={"identity": identity})
    assert again.status_code == 200
    assert 'data-result="closed"' in again.text
    assert 'data-reason="rest"' in again.text
    assert "<form" not in again.text


def test_a_web_view_without_a_good_identity_closes(client: FlaskClient, site: Site) -> None:
    page = client.get(f"/view/{site.key}?identity=made.up.one")
    assert page.status_code == 200
    assert 'data-reason="identity"' in page.text


def test_a_web_view_of_nobody_s_site_is_not_found(client: FlaskClient, site: Site) -> None:
    assert client.get("/view/pk_nobody").status_code == 404
