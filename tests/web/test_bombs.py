"""Bodies and addresses that are made to break a server."""

from __future__ import annotations

from contextlib import suppress
from itertools import product

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import TimeoutError as NoneFree

from server.app import BODY_MAX, create_app
from server.services import Services
from server.store.tables import Site
from server.web.assets import theme_url
from tests.web.parts import Asked, basic, everything, source_of

BIG = b"x" * (BODY_MAX + 1)
FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("kind", ["text/plain", "application/json", FORM, "multipart/form-data; boundary=x", ""])
def test_too_big_a_body_is_refused_at_every_door(
    client: FlaskClient, services: Services, site: Site, key: str, ann: Asked, kind: str
) -> None:
    source, _ = source_of(services, site)
    before = everything(services)
    doors = ["/w/offer", "/w/shown", "/w/back", "/w/close", ann.survey, ann.stop, f"/hooks/{source.key}", "/v1/people"]
    for door in doors:
        refused = client.post(door, data=BIG, content_type=kind, headers=basic(key))
        assert refused.status_code == 413, door
        assert refused.json
    assert everything(services) == before


def test_a_form_of_very_many_parts_is_refused(client: FlaskClient, services: Services, ann: Asked) -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
    body = part * 300 + b"--x--\r\n"
    assert len(body) < BODY_MAX
    refused = client.post(ann.survey, data=body, content_type="multipart/form-data; boundary=x")
    assert refused.status_code == 413


def test_a_form_of_very_many_fields_is_read_quickly(client: FlaskClient, ann: Asked) -> None:
    body = "&".join(f"{n:x}" for n in range(12_000)) + "&a.score=9"
    assert len(body) < BODY_MAX
    assert client.post(ann.survey, data=body, content_type=FORM).status_code == 200


@pytest.mark.parametrize(
    "body", ["[" * 60_000, '{"a":' * 12_000, "[" * 30_000 + "]" * 30_000, "9" * 60_000, "-" * 60_000]
)
@pytest.mark.parametrize("door", ["/w/offer", "/w/back", "/v1/people"])
def test_deep_json_and_huge_numbers_are_refused(client: FlaskClient, key: str, body: str, door: str) -> None:
    refused = client.post(door, data=body, content_type="application/json", headers=basic(key))
    assert refused.status_code in (400, 422)


NUMBERS = ["9" * 18, str(2**63), "9" * 300, "-1", "0", "1e9", "٣"]
LISTS = [
    "/v1/people?per_page={}",
    "/v1/people?since={}",
    "/v1/survey_responses?page={}",
    "/v1/survey_responses?person_id={}",
    "/v1/survey_responses?updated_until={}",
]


@pytest.mark.both_databases
def test_a_huge_number_in_an_address_is_no_fault_of_ours(client: FlaskClient, key: str, ann: Asked) -> None:
    for path, number in product(LISTS, NUMBERS):
        assert client.get(path.format(number), headers=basic(key)).status_code in (200, 422), (path, number)


def test_an_accent_is_a_colour_and_nothing_else(client: FlaskClient) -> None:
    assert client.get(theme_url("#3b5bdb")).status_code == 200
    for accent in ("#+12345", "# 12345", "#12345\t", "#0x1234"):
        with suppress(ValueError):  # no style can be made of some
            assert client.get(theme_url(accent)).status_code == 404, accent


@pytest.mark.parametrize(
    "path", ["/assets/../server/app.py", "/assets/%2e%2e/app.py", "/assets/..%2f..%2fapp.py", "/assets/"]
)
def test_nothing_but_what_is_shipped_is_served(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_all_connections_taken_is_a_reason_to_come_again(services: Services) -> None:
    app: Flask = create_app(services)

    @app.get("/busy")
    def busy() -> str:
        raise NoneFree

    said = app.test_client().get("/busy")
    assert said.status_code == 503
    assert int(said.headers["Retry-After"]) > 0


def test_a_fault_of_ours_tells_nothing_of_the_inside(services: Services) -> None:
    app: Flask = create_app(services)

    @app.get("/broken")
    def broken() -> str:
        raise KeyError("a secret")

    said = app.test_client().get("/broken")
    assert said.status_code == 500
    assert "secret" not in said.text
    assert said.headers["Content-Security-Policy"]
