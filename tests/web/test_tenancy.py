"""One site sees nothing of another: not by key, not by page, not by widget."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from server.core.identity import identity_secret, sign
from server.core.links import hook_signature
from server.flows.set_up import allow_origin, create_key
from server.services import Services
from server.store.tables import Origin, Person, Site
from tests.parts import Clock, Waiting
from tests.web.parts import Asked, basic, everything, frame_token, offer, rows, source_of

NAMES = ("ann@example.org", "The glaze", "https://harbour.example")


@pytest.fixture
def stranger(services: Services, other: Site) -> str:
    """A key of the other site."""
    return create_key(services, other.id)


@pytest.fixture
def answered(client: FlaskClient, services: Services, site: Site, ann: Asked) -> Asked:
    """The first site has a person, an answer and an origin."""
    allow_origin(services, site.id, NAMES[2])
    client.post(ann.survey, data={"asked": "score", "a.score": "9"})
    client.post(ann.survey, data={"asked": "comment", "a.comment": "The glaze"})
    return ann


@pytest.mark.parametrize(
    "path",
    [
        "/v1/people",
        "/v1/people.json?email=ann@example.org",
        "/v1/people?since=0&per_page=100",
        "/v1/survey_responses",
        "/v1/survey_responses.json?person_id=1&expand[]=person",
        "/v1/survey_responses?person_email=ann@example.org",
        "/v1/survey_responses?updated_since=0&order=desc:updated_at",
    ],
)
def test_a_key_opens_its_own_site_alone(
    client: FlaskClient, key: str, stranger: str, answered: Asked, path: str
) -> None:
    assert client.get(path, headers=basic(key)).json
    assert client.get(path, headers=basic(stranger)).json == []


def test_a_cursor_of_one_site_opens_nothing_of_it_for_another(
    client: FlaskClient, key: str, stranger: str, answered: Asked
) -> None:
    client.post("/v1/people", json={"email": "bea@example.org", "send": False}, headers=basic(key))
    link = client.get("/v1/people?per_page=1", headers=basic(key)).headers["Link"]
    more = link.split("8000")[1].split(">")[0]
    assert client.get(more, headers=basic(key)).json
    assert client.get(more, headers=basic(stranger)).json == []


def test_the_same_address_is_somebody_else_on_another_site(
    client: FlaskClient, services: Services, stranger: str, answered: Asked, queue: Waiting
) -> None:
    made = client.post("/v1/people", json={"email": "ann@example.org", "name": "Other"}, headers=basic(stranger))
    assert made.json
    assert made.json["id"] == "2"
    queue.carry_out(services)
    assert [(p.site_id, p.name) for p in rows(services, Person)] == [(1, "Ann"), (2, "Other")]
    listed = client.get("/v1/people", headers=basic(stranger)).json
    assert [row["last_sent_at"] is not None for row in listed or []] == [True]  # her rest elsewhere held nothing


@pytest.mark.parametrize(
    "page", ["/desk", "/desk/", "/desk/latest", "/desk/people", "/desk/people?q=ann", "/desk/set-up"]
)
def test_a_page_of_the_desk_shows_the_site_that_it_names(
    desk: FlaskClient, site: Site, other: Site, answered: Asked, page: str
) -> None:
    more = "&" if "?" in page else "?"
    mine, theirs = (desk.get(f"{page}{more}site={s.key}") for s in (site, other))
    assert mine.status_code == theirs.status_code == 200
    shown = [name for name in NAMES if name in mine.text]
    assert shown
    assert not [name for name in NAMES if name in theirs.text]


def test_a_person_of_another_site_is_not_found(desk: FlaskClient, site: Site, other: Site, answered: Asked) -> None:
    assert desk.get(f"/desk/people/1?site={site.key}").status_code == 200
    assert desk.get(f"/desk/people/1?site={other.key}").status_code == 404


@pytest.mark.parametrize("wrong", ["pk_nobody", "1", "' or 1=1 --", "%00"])
def test_a_site_that_is_not_there_is_not_found(desk: FlaskClient, site: Site, wrong: str) -> None:
    assert desk.get(f"/desk?site={wrong}").status_code == 404


def test_a_change_in_the_desk_is_made_on_the_site_that_it_names(
    desk: FlaskClient, services: Services, site: Site, other: Site
) -> None:
    own = {"Sec-Fetch-Site": "same-origin"}
    desk.post(f"/desk/set-up/origins?site={other.key}", data={"origin": "https://b.example"}, headers=own)
    assert [(row.site_id, row.origin) for row in rows(services, Origin)] == [(other.id, "https://b.example")]
    made = desk.post(f"/desk/set-up/origins?site={other.key}x", data={"origin": "https://c.example"}, headers=own)
    assert made.status_code == 404


def test_an_identity_signed_for_one_site_says_nothing_to_another(
    client: FlaskClient, services: Services, shop: Site, other: Site, clock: Clock
) -> None:
    allow_origin(services, other.id, "https://shop.example")
    identity = sign(identity_secret(services.secret, shop.key), now=clock(), sub="u1")
    mine, theirs = offer(client, shop, identity=identity), offer(client, other, identity=identity)
    assert mine.json
    assert theirs.json
    assert (mine.json["show"], theirs.json["show"], theirs.json["reason"]) == (True, False, "identity")


def test_a_source_s_secret_signs_for_no_other_source(
    client: FlaskClient, services: Services, site: Site, other: Site, clock: Clock
) -> None:
    (_, secret), (theirs, _) = source_of(services, site), source_of(services, other)
    before = everything(services)
    body, at = b'{"person": {"email": "x@y.example"}}', str(int(clock().timestamp()))
    headers = {
        "webhook-id": "m", "webhook-timestamp": at, "webhook-signature": hook_signature(secret, "m", at, body),
    }  # fmt: skip
    assert client.post(f"/hooks/{theirs.key}", data=body, headers=headers).status_code == 401
    assert everything(services) == before


def test_a_visitor_s_no_on_one_site_is_no_no_on_another(
    client: FlaskClient, services: Services, shop: Site, other: Site
) -> None:
    allow_origin(services, other.id, "https://shop.example")
    made = offer(client, shop)
    assert made.json
    client.post(f"/u/{frame_token(made)}")
    there = offer(client, other, visitor=made.json["visitor"])
    assert there.json
    assert there.json["show"] is True
