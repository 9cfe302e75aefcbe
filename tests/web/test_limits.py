"""Strangers who guess are slowed down; whoever has a real link or key is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from limits import parse

from server.app import create_app
from server.services import Services
from server.store.tables import Site, SurveyRow
from server.web import limits
from tests.parts import PATIENCE
from tests.web.parts import SHOP, Asked, basic, offer, rows

GUESSES: list[tuple[str, str]] = [
    ("GET", "/s/made-up"),
    ("POST", "/s/made-up"),
    ("GET", "/u/made-up"),
    ("GET", "/l/made-up"),
    ("GET", "/view/made-up"),
    ("POST", "/w/shown"),
    ("POST", "/w/close"),
    ("GET", "/v1/people"),
    ("GET", "/v1/survey_responses"),
    ("POST", "/hooks/made-up"),
    ("POST", "/receipts/twilio_sms/made-up"),
    ("GET", "/desk/sign-in/made-up"),
]


@pytest.fixture
def strict(make_services: Callable[..., Services]) -> FlaskClient:
    """A server that lets each network guess three times a minute."""
    return create_app(make_services(LIMIT_STRANGERS="3 per minute", TRUSTED_PROXY_HOPS="1"), PATIENCE).test_client()


@pytest.mark.parametrize(("method", "path"), [g for g in GUESSES if "receipts" not in g[1]])
def test_guesses_are_counted(strict: FlaskClient, site: Site, method: str, path: str) -> None:
    said = [strict.open(path, method=method) for _ in range(5)]
    statuses = [r.status_code for r in said]
    assert 429 not in statuses[:3]
    assert statuses[3:] == [429, 429]
    assert int(said[-1].headers["Retry-After"]) > 0


def test_guesses_of_every_kind_add_up(strict: FlaskClient, site: Site) -> None:
    statuses = [strict.open(path, method=method).status_code for method, path in GUESSES]
    assert statuses.count(429) == len(GUESSES) - 3 - 1  # a provider that is not in use is no guess


def test_a_real_link_and_a_real_key_still_work_from_there(strict: FlaskClient, ann: Asked, key: str) -> None:
    for _ in range(5):
        strict.get("/s/made-up")
    assert strict.get("/s/made-up").status_code == 429
    assert strict.get(ann.survey).status_code == 200
    assert strict.post(ann.survey, data={"asked": "score", "a.score": "9"}).status_code == 200
    assert strict.post(ann.stop).status_code == 200
    assert strict.get("/v1/people", headers=basic(key)).status_code == 200


def test_another_network_is_not_slowed_down(strict: FlaskClient, site: Site) -> None:
    for _ in range(5):
        strict.get("/s/made-up", headers={"X-Forwarded-For": "198.51.100.7"})
    assert strict.get("/s/made-up", headers={"X-Forwarded-For": "198.51.100.8"}).status_code == 404
    assert strict.get("/s/made-up", headers={"X-Forwarded-For": "198.51.100.7"}).status_code == 429


def test_a_guesser_cannot_make_himself_new_networks(strict: FlaskClient, site: Site) -> None:
    said = [
        strict.get("/s/made-up", headers={"X-Forwarded-For": f"6.6.6.{n}, 198.51.100.7"}).status_code for n in range(50)
    ]
    assert said.count(429) == 47
    theirs = [strict.get("/s/made-up", headers={"X-Forwarded-For": f"2001:db8::{n:x}"}).status_code for n in range(50)]
    assert theirs.count(429) == 47


def test_guesses_are_counted_over_all_processes(
    make_services: Callable[..., Services], strict: FlaskClient, site: Site
) -> None:
    for _ in range(3):
        strict.get("/s/made-up")
    second = create_app(make_services(LIMIT_STRANGERS="3 per minute"), PATIENCE).test_client()
    assert second.get("/s/made-up").status_code == 429


def test_the_api_says_it_as_delighted_s_clients_know_it(strict: FlaskClient, site: Site) -> None:
    for _ in range(3):
        strict.get("/v1/people")
    refused = strict.get("/v1/people")
    assert refused.json == {"status": 429, "message": "Too Many Requests"}
    assert int(refused.headers["Retry-After"]) > 0


@pytest.mark.parametrize("path", ["/w/offer", "/view/{key}", "/l/{survey}"])
def test_offers_are_bounded_for_each_network(
    make_services: Callable[..., Services], shop: Site, path: str, services: Services
) -> None:
    client = create_app(make_services(LIMIT_OFFERS="2 per minute")).test_client()
    where = path.format(key=shop.key, survey=rows(services, SurveyRow)[0].key)
    asked = [offer(client, shop) if path == "/w/offer" else client.get(where) for _ in range(4)]
    assert [reply.status_code for reply in asked] == [200, 200, 429, 429]


def test_a_flood_of_networks_shares_one_count_when_there_is_no_more_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "NETWORKS", 2)
    offers = limits.Offers(parse("2 per minute"))

    assert [offers.take(network) for network in ("a", "a", "a", "b", "c", "d", "e", "b")] == [
        True, True, False, True, True, True, False, True,
    ]  # fmt: skip


def test_answers_are_never_bounded(make_services: Callable[..., Services], shop: Site, ann: Asked) -> None:
    services = make_services(LIMIT_OFFERS="1 per minute", LIMIT_STRANGERS="1 per minute")
    client = create_app(services).test_client()
    for score in range(11):
        assert client.post(ann.survey, data={"asked": "score", "a.score": str(score)}).status_code == 200
    assert client.post("/w/offer", headers={"Origin": SHOP}, data="{}").status_code == 404
