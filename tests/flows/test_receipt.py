"""A receipt moves an invitation forward only, in whatever order receipts come."""

from __future__ import annotations

import json
from itertools import permutations

import pytest

from channels.channel import BadSignature, RawRequest, Unknown
from server.core.links import BadLink, seal
from server.flows.deliver import deliver
from server.flows.receipt import receipt
from tests.flows.conftest import Town

pytestmark = pytest.mark.both_databases

ORDERS = [*permutations(("accepted", "delivered", "bounced")), *permutations(("accepted", "unknown", "delivered"))]


def told(*kinds: str, signed: str = "yes", ref: str = "r-9") -> RawRequest:
    body = json.dumps([{"kind": kind, "id": "", "ref": ref, "reason": "because"} for kind in kinds]).encode()
    return RawRequest("http://127.0.0.1/receipts", {"signed": signed}, body)


def sent(town: Town, email: str = "ann@example.com") -> str:
    deliver(town.services, id := town.invite(email))
    return id


def token(town: Town, id: str) -> str:
    return seal(town.services.secret, "receipt", id)


def test_in_every_order_it_ends_at_the_furthest(town: Town) -> None:
    for n, order in enumerate(ORDERS):
        id = sent(town, f"cy{n}@example.com")
        for kind in (*order, *order):
            receipt(town.services, town.post, told(kind), token(town, id))

        assert town.row(id).state == ("bounced" if "bounced" in order else "delivered")
        assert town.row(id).provider_ref == "r-9"


def test_what_is_over_stays_over(town: Town) -> None:
    for first, then in (("delivered", "failed"), ("failed", "delivered"), ("bounced", "accepted")):
        id = sent(town, f"{first}@example.com")

        receipt(town.services, town.post, told(first, then), token(town, id))

        assert town.row(id).state == first


def test_a_receipt_proves_what_was_unconfirmed(town: Town) -> None:
    town.post.script.append(Unknown("cut line"))
    id = sent(town)

    receipt(town.services, town.post, told("accepted"), token(town, id))

    assert town.row(id).state == "accepted"


def test_a_receipt_may_be_faster_than_the_worker(town: Town) -> None:
    id = town.invite()
    with town.services.db.writing() as db:
        db.merge(town.row(id)).state = "calling"

    receipt(town.services, town.post, told("delivered"), token(town, id))
    assert town.row(id).state == "delivered"


def test_a_forged_receipt_changes_nothing(town: Town) -> None:
    id = sent(town)
    before = town.row(id).state_at
    town.clock.forward(minutes=1)

    for forged in (id + "A" * 20, seal(town.services.secret, "survey", id)):
        with pytest.raises(BadLink):
            receipt(town.services, town.post, told("bounced"), forged)
    with pytest.raises(BadSignature):
        receipt(town.services, town.post, told("bounced", signed="no"), token(town, id))
    assert (town.row(id).state, town.row(id).state_at) == ("accepted", before)


def test_a_person_who_tells_the_provider_to_stop_is_not_asked_there_again(town: Town) -> None:
    id = sent(town)

    for _ in range(2):
        receipt(town.services, town.post, told("optout"), token(town, id))
    deliver(town.services, again := town.invite())

    assert (town.row(id).state, town.row(again).state) == ("failed", "suppressed")
    assert town.rows()["consent"] == 1


def test_a_receipt_for_what_is_not_there_is_no_error(town: Town) -> None:
    before = town.rows()

    receipt(town.services, town.post, told("delivered"), token(town, "nobody"))

    assert town.rows() == before
