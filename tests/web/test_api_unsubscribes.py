"""Delighted's lists of who wants no mail, and whose mail came back."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from server.core.consent import Said
from server.core.people import claims_of
from server.flows.set_up import create_key
from server.flows.state_consent import state_consent
from server.services import Services
from server.store import consents, identities
from server.store.scope import SiteScope
from server.store.tables import Consent, Site
from tests.parts import NOON, Clock
from tests.web.parts import basic, rows

pytestmark = pytest.mark.both_databases

AT = int(NOON.timestamp())


def listed(client: FlaskClient, key: str, address: str) -> Any:
    reply = client.get(address, headers=basic(key))
    assert reply.status_code == 200
    return reply.json


def stop(client: FlaskClient, key: str, email: str) -> None:
    made = client.post("/v1/unsubscribes.json", json={"person_email": email}, headers=basic(key))
    assert (made.status_code, made.json) == (201, {"ok": True, "person_email": email.lower()})


def tell(services: Services, site: Site, words: str, **who: str) -> None:
    channel, word = words.split()
    state_consent(services, site.id, claims_of(**who), Said(channel, word == "yes", "api"))


def test_whoever_is_unsubscribed_gets_no_mail_and_is_listed(
    client: FlaskClient, key: str, services: Services, clock: Clock
) -> None:
    for email in ("Ann@example.org", "bo@example.org", "ann@example.org"):
        stop(client, key, email)
        clock.forward(minutes=1)

    assert [(row.scope, row.given, row.source) for row in rows(services, Consent)] == [("email", False, "api")] * 2
    ann = {"person_id": "1", "email": "ann@example.org", "name": None, "unsubscribed_at": AT}
    bo = {**ann, "person_id": "2", "email": "bo@example.org", "unsubscribed_at": AT + 60}
    assert listed(client, key, "/v1/unsubscribes.json") == [ann, bo]
    assert listed(client, key, "/v1/unsubscribes?per_page=1&page=2") == [bo]
    assert listed(client, key, f"/v1/unsubscribes?since={AT + 1}") == [bo]
    assert listed(client, key, f"/v1/unsubscribes?until={AT + 1}") == [ann]
    assert listed(client, key, "/v1/unsubscribes?page=3") == []


def test_only_a_no_that_stands_is_listed_once_for_each_person(
    client: FlaskClient, key: str, services: Services, site: Site, clock: Clock
) -> None:
    tell(services, site, "all no", email="ann@example.org")
    tell(services, site, "email no", user="u1")
    tell(services, site, "sms no", email="cy@example.org")
    tell(services, site, "all no", user="u2")  # nobody knows an address
    for words in ("all no", "email yes"):
        tell(services, site, words, email="bo@example.org")
        clock.forward(minutes=1)
    tell(services, site, "all yes", email="ann@example.org")
    tell(services, site, "email no", email="ann@example.org")
    with services.db.writing() as db:
        identities.find_or_make(SiteScope(db, site.id), claims_of(user="u1", email="ann@example.org"), "", clock())

    found = listed(client, key, "/v1/unsubscribes")
    assert [(row["email"], row["unsubscribed_at"]) for row in found] == [("ann@example.org", AT + 120)]


@pytest.mark.parametrize("wrong", [{}, {"person_email": ""}, {"person_email": "nobody"}, {"person_email": ["a@b.c"]}])
def test_without_an_address_nobody_is_unsubscribed(client: FlaskClient, key: str, wrong: dict[str, Any]) -> None:
    refused = client.post("/v1/unsubscribes", json=wrong, headers=basic(key))
    assert refused.status_code == 422
    assert refused.json
    assert list(refused.json["errors"]) == ["person_email"]


def test_whose_mail_came_back_is_listed(
    client: FlaskClient, key: str, services: Services, site: Site, clock: Clock
) -> None:
    client.post("/v1/people", json={"email": "ann@example.org", "name": "Ann", "send": False}, headers=basic(key))
    with services.db.writing() as db:
        scope = SiteScope(db, site.id)
        for address, reason in (("ann@example.org", "bounced"), ("bo@example.org", "bounced")):
            consents.suppress(scope, "email", address, reason, "smtp", "", clock())

    ann = {"person_id": "1", "email": "ann@example.org", "name": "Ann", "bounced_at": AT}
    assert listed(client, key, "/v1/bounces.json") == [ann]
    assert listed(client, key, f"/v1/bounces?since={AT + 1}") == []
    assert listed(client, key, f"/v1/bounces?until={AT}") == [ann]


def test_another_site_lists_its_own(client: FlaskClient, key: str, services: Services, other: Site) -> None:
    stop(client, key, "ann@example.org")
    with services.db.writing() as db:
        consents.suppress(SiteScope(db, 1), "email", "ann@example.org", "bounced", "smtp", "", NOON)
    stranger = create_key(services, other.id)
    for path in ("/v1/unsubscribes", "/v1/bounces"):
        assert len(listed(client, key, path)) == 1
        assert listed(client, stranger, path) == []
