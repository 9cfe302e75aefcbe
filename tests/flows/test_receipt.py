"""A receipt moves an invitation forward only, in whatever order receipts come."""

from __future__ import annotations

import json
from itertools import permutations

import pytest

from channels.channel import BadSignature, RawRequest, Unknown
from server.core.links import BadLink, seal
from server.flows.answer import answer
from server.flows.deliver import deliver
from server.flows.explain import explain
from server.flows.keep_time import tick
from server.flows.receipt import receipt
from tests.flows.conftest import Town

pytestmark = pytest.mark.both_databases

ORDERS = [
    *permutations(("accepted", "delivered", "bounced")), *permutations(("accepted", "unknown", "delivered")),
    *permutations(("deferred", "failed", "delivered")), *permutations(("failed", "autoreply", "deferred")),
]  # fmt: skip


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

        furthest = next(kind for kind in ("bounced", "delivered", "failed") if kind in order)
        assert town.row(id).state == furthest
        assert town.row(id).provider_ref == "r-9"


def test_what_arrived_did_not_fail_and_what_came_back_did_not_arrive(town: Town) -> None:
    for n, (weaker, stronger) in enumerate((("failed", "delivered"), ("delivered", "bounced"), ("failed", "bounced"))):
        for order in ((weaker, stronger), (stronger, weaker)):
            id = sent(town, f"cy{n}{order[0]}@example.com")

            receipt(town.services, town.post, told(*order), token(town, id))

            assert town.row(id).state == stronger


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


def test_what_nobody_knows_anything_about_is_kept_for_a_week_and_changes_nothing(town: Town) -> None:
    before = town.rows()

    receipt(town.services, town.post, told("delivered"), token(town, "nobody"))

    assert town.rows() == {**before, "receipt": 1}
    for days, kept in ((6, 1), (2, 0)):
        town.clock.forward(days=days)
        tick(town.services)
        assert town.rows()["receipt"] == kept


def test_what_was_told_is_forgotten_after_a_month(town: Town) -> None:
    receipt(town.services, town.post, told("delivered"), token(town, id := sent(town)))

    for days, kept in ((29, 1), (2, 0)):
        town.clock.forward(days=days)
        tick(town.services)
        assert town.rows()["receipt"] == kept
    receipt(town.services, town.post, told("delivered", "failed"), token(town, id))
    assert town.row(id).state == "delivered"


def test_a_receipt_that_names_the_message_as_its_provider_does_finds_it_when_we_know_that_name(town: Town) -> None:
    id = town.invite()
    request = told("delivered", ref="ref-1")
    receipt(town.services, town.post, request)
    assert town.row(id).state == "queued"

    deliver(town.services, id)
    assert (town.row(id).state, town.row(id).provider_ref) == ("accepted", "ref-1")
    town.clock.forward(seconds=2)
    tick(town.services)

    assert town.row(id).state == "delivered"


def test_what_failed_in_another_try_says_nothing_of_this_one(town: Town) -> None:
    failed, arrived = (json.dumps([{"kind": kind, "id": "", "ref": "r", "attempt": "an earlier one"}]).encode()
                       for kind in ("failed", "delivered"))  # fmt: skip
    id = sent(town)

    receipt(town.services, town.post, RawRequest("", {"signed": "yes"}, failed), token(town, id))
    assert town.row(id).state == "accepted"
    receipt(town.services, town.post, RawRequest("", {"signed": "yes"}, arrived), token(town, id))

    assert (town.row(id).state, town.row(id).provider_ref) == ("delivered", "ref-1")


def test_her_last_word_to_a_provider_stands_in_whatever_order_it_is_told(town: Town) -> None:
    noon = int(town.clock().timestamp())
    for n, order in enumerate(permutations((("optout", noon), ("optin", noon + 60)))):
        town.clock.forward(hours=1)
        id = sent(town, email := f"cy{n}@example.com")

        for kind, at in order:
            body = json.dumps([{"kind": kind, "id": "", "ref": "r", "at": at}]).encode()
            receipt(town.services, town.post, RawRequest("", {"signed": "yes"}, body), token(town, id))

        why = explain(town.services, town.site.id, email, None).verdict
        assert next(f for f in why.findings if f.rule == "consent").passed


def test_a_late_answer_to_what_came_back_counts(town: Town) -> None:
    id = sent(town)
    receipt(town.services, town.post, told("bounced"), token(town, id))

    answer(town.services, seal(town.services.secret, "survey", id), {"score": 9})

    assert (town.row(id).state, town.row(id).outcome) == ("bounced", "answered")
    assert [response.score for response in town.responses()] == [9]
