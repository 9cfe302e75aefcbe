"""Who a page says it is, without a signature: it uses up nothing, reads nothing, and hears nothing of anybody."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from server.core.identity import identity_secret, sign
from server.services import Services
from server.store import sites
from server.store.scope import SiteScope
from server.store.tables import Identifier, Invitation, Response, Site, TouchRow
from tests.parts import Clock, Waiting
from tests.web.parts import ask, basic, everything, frame_token, offer, outbox, rows

CLAIMS = 1000
ANN, NOBODY = "ann@example.org", "nob@example.org"


def plain(reply: bytes) -> bytes:
    """Without what is drawn at random in every reply; as long as it was."""
    return re.sub(rb"/s/[\w.-]+|v_[\w-]{16}", lambda found: b"?" * len(found[0]), reply)


def test_a_thousand_claims_to_be_ann_neither_keep_a_mail_from_her_nor_tell_of_her(
    client: FlaskClient, services: Services, shop: Site, key: str, queue: Waiting, clock: Clock
) -> None:
    known = {"email": ANN, "name": "Ann", "send": "false"}
    assert client.post("/v1/people", json=known, headers=basic(key)).status_code == 201
    before = everything(services)

    said = [offer(client, shop, email=address) for _ in range(CLAIMS) for address in (ANN, NOBODY)]

    assert {r.status_code for r in said} == {200}
    assert len({plain(r.data) for r in said}) == 1
    assert everything(services) == before
    mine = ask(services, client, key, queue, ANN)
    assert outbox(services).read(1)[0]["to"] == ANN
    assert [t.ticket for t in rows(services, TouchRow)] == [mine.invitation]


def test_nothing_changes_for_her_when_strangers_are_shown_and_answer_in_her_name(
    client: FlaskClient, services: Services, shop: Site, key: str, queue: Waiting
) -> None:
    for _ in range(20):
        token = frame_token(offer(client, shop, email=ANN, user="42", phone="+14155552671"))
        assert client.post("/w/shown", data={"token": token}).status_code == 200
        assert client.post(f"/s/{token}", data={"asked": "score", "a.score": "0"}).status_code == 200
        client.post(f"/u/{token}")

    assert {row.kind for row in rows(services, Identifier)} == {"visitor"}
    assert {row.properties["unproven"]["email"] for row in rows(services, Invitation)} == {ANN}
    ask(services, client, key, queue, ANN)
    assert outbox(services).read(1)[0]["to"] == ANN


@pytest.mark.parametrize("rests", [True, False])
def test_a_browser_hears_the_same_whoever_it_says_it_is(
    rests: bool, client: FlaskClient, services: Services, shop: Site, key: str, queue: Waiting
) -> None:
    ask(services, client, key, queue, ANN)
    visitor = ""
    if rests:
        made = offer(client, shop)
        client.post("/w/shown", data={"token": frame_token(made)})
        visitor = (made.json or {})["visitor"]

    replies = [offer(client, shop, visitor=visitor, email=address).data for address in (ANN, NOBODY)]

    assert plain(replies[0]) == plain(replies[1])
    assert (b'"show": false' in replies[0]) == rests


@pytest.fixture
def trusting(services: Services, shop: Site, clock: Clock) -> Site:
    with services.db.writing() as db:
        sites.set_policy(SiteScope(db, shop.id), {"identity": "trusting"}, "desk", clock())
    return shop


def test_a_trusting_site_believes_the_page(
    client: FlaskClient, services: Services, trusting: Site, key: str, queue: Waiting
) -> None:
    ask(services, client, key, queue, ANN)

    assert (offer(client, trusting, email=ANN).json or {})["reason"] == "rest"
    assert (offer(client, trusting, email=NOBODY).json or {})["show"] is True


def test_on_a_trusting_site_a_signature_says_more(client: FlaskClient, services: Services, trusting: Site) -> None:
    secret = identity_secret(services.secret, trusting.key)
    identity = sign(secret, now=services.now(), sub="42")

    token = frame_token(offer(client, trusting, identity=identity, email=ANN))
    assert client.post("/w/shown", data={"token": token}).status_code == 200

    assert {(row.kind, row.value) for row in rows(services, Identifier) if row.kind != "visitor"} == {("user", "42")}
    assert rows(services, Response) == []


def test_what_is_no_address_is_nobody(client: FlaskClient, services: Services, shop: Site) -> None:
    for odd in ("ann", "", 42, None, ["ann@example.org"], {"a": 1}, "x" * 4000):
        assert offer(client, shop, email=odd).status_code == 200
