"""Whichever of her names she is met by, she has one clock and one word; and a mistake can be taken back."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from channels.channel import Retry
from server.core.identity import identity_secret, sign
from server.core.links import hook_secret, hook_signature, seal
from server.core.people import claims_of
from server.flows.answer import answer
from server.flows.compose import unsubscribe_link
from server.flows.consent import consent
from server.flows.invite import Wish, invite
from server.flows.keep_time import tick
from server.flows.merge import NoSuchMerge, NoSuchPerson, merge, undo
from server.flows.offer import NotNow, Offered, Visitor, offer
from server.flows.set_up import create_source
from server.flows.show import NotShown, show
from server.flows.trigger import Hook, trigger
from server.flows.unsubscribe import unsubscribe
from server.services import Services
from server.store import identities, merges
from server.store.scope import SiteScope
from server.store.tables import Conflict, Merge
from tests.flows.conftest import Town
from tests.parts import NOON

pytestmark = pytest.mark.both_databases

ANN, BO = "ann@example.com", "bo@example.com"


def visit(town: Town, browser: str = "", **signed: Any) -> Offered | NotNow:
    secret = identity_secret(town.services.secret, town.site.key)
    identity = sign(secret, now=town.clock(), **signed) if signed else ""
    return offer(town.services, town.site, "widget", Visitor(identity, browser))


def shown(town: Town, browser: str = "", **signed: Any) -> Offered:
    made = visit(town, browser, **signed)
    assert isinstance(made, Offered)
    show(town.services, made.token)
    return made


def call(town: Town, send: bool = True, **said: Any) -> int:
    """An API call that names somebody; her id."""
    wish = Wish(claims_of(**said), "", "email", timedelta(0), send, {}, None)
    return invite(town.services, town.site.id, wish).person_id


def find(town: Town, **said: str) -> int | None:
    with town.services.db.reading() as db:
        person = identities.find(SiteScope(db, town.site.id), claims_of(**said))
        return person.id if person else None


def hook(town: Town, said: dict[str, Any]) -> dict[str, Any]:
    """The help desk tells of an interaction."""
    source = create_source(town.services, town.site.id, "helpdesk")
    body, at = json.dumps(said).encode(), str(int(town.clock().timestamp()))
    secret = hook_secret(town.services.secret, source.key)
    return trigger(town.services, source.key, Hook("m1", at, hook_signature(secret, "m1", at, body), body))


def may_be_asked(town: Town, email: str) -> bool:
    id = find(town, email=email)
    assert id
    with town.services.db.reading() as db:
        return consent(SiteScope(db, town.site.id), id, "widget", needed=False).passed


def of(town: Town, id: int) -> list[Merge]:
    with town.services.db.reading() as db:
        return merges.of_person(SiteScope(db, town.site.id), id)


def states(town: Town) -> list[tuple[str, str | None]]:
    return sorted((row.state, row.reason) for row in map(town.row, town.ids()))


def test_whom_the_widget_asked_unknown_is_held_by_mail_once_she_signs_in(town: Town) -> None:
    before = shown(town)
    answer(town.services, before.token, {"score": 9})
    town.clock.forward(days=1)
    assert call(town, False, email=ANN)
    made = visit(town, before.visitor, email=ANN)
    if isinstance(made, Offered):  # the offer looks at her alone; the ledger at both
        with pytest.raises(NotShown, match="rest"):
            show(town.services, made.token)

    call(town, email=ANN)
    town.queue.carry_out(town.services)

    assert town.post.sent == []
    assert len(town.touches()) == 1
    assert states(town)[0][0] == "held"
    assert isinstance(visit(town, before.visitor), NotNow)
    assert isinstance(visit(town, "", email=ANN), NotNow)


def test_whom_we_wrote_to_is_not_asked_in_the_browser_that_was_nobody_s(town: Town) -> None:
    call(town, email=ANN)
    town.queue.carry_out(town.services)
    assert len(town.post.sent) == 1
    browser = shown(town).visitor
    town.clock.forward(days=31)
    assert isinstance(visit(town, browser), Offered)

    town.clock.forward(days=1)
    call(town, email=ANN)
    town.queue.carry_out(town.services)
    held = visit(town, browser, email=ANN)

    assert isinstance(held, NotNow)
    assert held.reason == "rest"


def test_whom_nobody_knows_yet_is_held_in_the_browser_that_was_asked_and_nowhere_else(town: Town) -> None:
    browser = shown(town).visitor
    for _ in range(2):
        held = visit(town, browser, email=BO)
        assert isinstance(held, NotNow)
        assert held.reason == "rest"

    assert isinstance(visit(town, "", email=BO), Offered)
    assert isinstance(visit(town, browser, email=BO), NotNow)


def test_whom_nobody_knew_is_asked_once_she_is_known(town: Town) -> None:
    browser = shown(town).visitor
    assert isinstance(visit(town, browser, email=BO), NotNow)
    call(town, False, email=BO)
    assert isinstance(visit(town, browser, email=BO), Offered), "the ledger says that these are two"
    town.clock.forward(minutes=10)

    call(town, email=BO)
    town.queue.carry_out(town.services)

    assert [item.to for item in town.post.sent] == [BO]


def test_whose_address_turned_out_to_be_another_s_is_held_by_her_no_more(town: Town) -> None:
    call(town, email=ANN)
    town.queue.carry_out(town.services)
    assert isinstance(visit(town, "", sub="42", email=ANN), NotNow)

    call(town, False, user="43", email=ANN)

    assert isinstance(visit(town, "", sub="43", email=ANN), NotNow)
    assert isinstance(visit(town, "", sub="42", email=ANN), Offered)


def test_an_offer_made_to_one_is_refused_once_she_is_both(town: Town) -> None:
    browser = shown(town).visitor
    town.clock.forward(days=1)
    ann = call(town, False, email=ANN)
    made = visit(town, "", email=ANN)
    assert isinstance(made, Offered)
    unknown = find(town, visitor=browser)
    assert unknown
    merge(town.services, town.site.id, unknown, ann, "desk")

    with pytest.raises(NotShown, match="rest"):
        show(town.services, made.token)
    assert len(town.touches()) == 1


def test_her_no_holds_for_all_that_she_is(town: Town) -> None:
    call(town, email=ANN)
    call(town, email="ann@new.example")
    town.queue.carry_out(town.services)
    row = next(town.row(id) for id in town.ids() if town.row(id).address == ANN)
    unsubscribe(town.services, unsubscribe_link(town.services, row.id).rsplit("/", 1)[-1], "all", "page")
    one, other = find(town, email=ANN), find(town, email="ann@new.example")
    assert one
    assert other
    merge(town.services, town.site.id, other, one, "desk")

    town.clock.forward(days=99)
    call(town, email="ann@new.example")
    town.queue.carry_out(town.services)

    assert len(town.post.sent) == 2
    assert ("suppressed",) in [state[:1] for state in states(town)]
    held = visit(town, "", email="ann@new.example")
    assert isinstance(held, NotNow)
    assert held.reason == "consent"


def test_a_hook_that_names_both_makes_them_one(town: Town) -> None:
    ann, user = call(town, False, email=ANN), call(town, False, user="u1")
    hook(town, {"person": {"email": ANN, "user_id": "u1"}})

    [made] = of(town, ann)
    assert (made.root_id, made.absorbed_id, made.because) == (ann, user, "hook")


def test_what_the_gate_knew_of_either_is_read_again(town: Town) -> None:
    gate, site = town.services.gate, town.site.id
    ann = call(town, False, email=ANN)
    call(town, email="ann@new.example")
    town.queue.carry_out(town.services)
    made = visit(town, "", email=ANN)
    assert isinstance(made, Offered)  # the gate has learned that she was never asked
    gate.give_back(made.offer.ticket, made.offer.gate_name)

    new = find(town, email="ann@new.example")
    assert new
    joined = merge(town.services, site, new, ann, "desk")
    held = visit(town, "", email=ANN)
    assert isinstance(held, NotNow)
    assert held.reason == "rest"

    assert isinstance(joined, Merge)
    undo(town.services, site, joined.id)
    assert isinstance(visit(town, "", email=ANN), Offered)
    assert isinstance(visit(town, "", email="ann@new.example"), NotNow)


def test_who_was_asked_while_they_were_one_rests_on_both_sides(town: Town) -> None:
    ann, bea = call(town, False, email=ANN), call(town, False, email="bea@example.com")
    made = merge(town.services, town.site.id, ann, bea, "desk")
    assert isinstance(made, Merge)
    call(town, email="bea@example.com")
    town.queue.carry_out(town.services)
    undo(town.services, town.site.id, made.id)

    for email in (ANN, "bea@example.com"):
        call(town, email=email)
    town.queue.carry_out(town.services)
    assert len(town.post.sent) == 1


def test_what_could_not_leave_while_they_were_one_is_an_ask_of_whom_it_reaches_later(town: Town) -> None:
    ann, bea = call(town, False, email=ANN), call(town, False, email="bea@example.com")
    made = merge(town.services, town.site.id, ann, bea, "desk")
    assert isinstance(made, Merge)
    town.post.script = [Retry("busy", timedelta(seconds=30))]
    call(town, email="bea@example.com")
    town.queue.carry_out(town.services)
    undo(town.services, town.site.id, made.id)
    town.clock.forward(minutes=5)
    tick(town.services)
    town.queue.carry_out(town.services)

    [touch] = town.touches()
    assert (town.row(touch.ticket).person_id, touch.person_id) == (bea, bea)
    assert not isinstance(visit(town, sub="a", email=ANN), NotNow)
    assert isinstance(visit(town, sub="b", email="bea@example.com"), NotNow)


def test_what_came_with_one_of_her_names_goes_with_it_when_they_are_taken_apart(town: Town) -> None:
    ann, cy = call(town, False, email=ANN), call(town, False, email="cy@example.com")
    joined = merge(town.services, town.site.id, ann, cy, "the team")
    assert isinstance(joined, Merge)
    call(town, False, email="cy@example.com", phone="+14155552673")
    call(town, False, email=ANN, phone="+14155552671")

    undo(town.services, town.site.id, joined.id)

    assert (find(town, phone="+14155552673"), find(town, phone="+14155552671")) == (cy, ann)


def test_a_link_that_was_made_for_one_stays_hers_when_they_are_taken_apart(town: Town) -> None:
    ann, cy = call(town, False, email=ANN), call(town, False, email="cy@example.com")
    joined = merge(town.services, town.site.id, ann, cy, "the team")
    assert isinstance(joined, Merge)
    told = hook(town, {"person": {"email": "cy@example.com"}, "channel": "link"})
    undo(town.services, town.site.id, joined.id)

    unsubscribe(town.services, seal(town.services.secret, "unsubscribe", told["invitation"]), "all", "page")

    assert [may_be_asked(town, email) for email in (ANN, "cy@example.com")] == [True, False]


def test_what_came_of_it_later_is_said_of_both_sides(town: Town) -> None:
    ann, bea = call(town, False, email=ANN), call(town, False, email="bea@example.com")
    made = merge(town.services, town.site.id, ann, bea, "desk")
    assert isinstance(made, Merge)
    asked = shown(town, email="bea@example.com")
    undo(town.services, town.site.id, made.id)

    answer(town.services, asked.token, {"score": 9})

    town.clock.forward(days=31)
    for email in (ANN, "bea@example.com"):
        held = visit(town, "", email=email)
        assert isinstance(held, NotNow)
        assert held.reason == "rest_after_answer"


def test_what_she_was_asked_before_she_joined_is_not_said_of_who_leaves(town: Town) -> None:
    ann, bea, cy = (call(town, False, email=email) for email in (ANN, "bea@example.com", "cy@example.com"))
    first = merge(town.services, town.site.id, ann, bea, "desk")
    assert isinstance(first, Merge)
    shown(town, email="cy@example.com")
    merge(town.services, town.site.id, ann, cy, "desk")

    undo(town.services, town.site.id, first.id)

    assert isinstance(visit(town, "", email=ANN), NotNow), "she and cy are one"
    shown(town, email="bea@example.com")


def test_a_no_of_before_she_joined_is_not_said_of_who_leaves(town: Town) -> None:
    ann, bea, cy = (call(town, False, email=email) for email in (ANN, "bea@example.com", "cy@example.com"))
    first = merge(town.services, town.site.id, ann, bea, "desk")
    assert isinstance(first, Merge)
    told = hook(town, {"person": {"email": "cy@example.com"}, "channel": "link"})
    unsubscribe(town.services, seal(town.services.secret, "unsubscribe", told["invitation"]), "all", "page")
    town.clock.forward(seconds=1)
    merge(town.services, town.site.id, ann, cy, "desk")

    undo(town.services, town.site.id, first.id)

    assert [may_be_asked(town, email) for email in (ANN, "bea@example.com")] == [False, True]


def test_undoing_twice_is_undoing_once(town: Town) -> None:
    ann, bea = call(town, False, email=ANN), call(town, False, email="bea@example.com")
    made = merge(town.services, town.site.id, ann, bea, "desk")
    assert isinstance(made, Merge)
    assert merge(town.services, town.site.id, bea, ann, "desk") is None
    first = undo(town.services, town.site.id, made.id)
    town.clock.forward(hours=1)

    assert undo(town.services, town.site.id, made.id).undone_at == first.undone_at == NOON
    assert find(town, email="bea@example.com") == bea


def test_what_is_not_there_is_neither_merged_nor_undone(town: Town) -> None:
    ann = call(town, False, email=ANN)
    with pytest.raises(NoSuchPerson):
        merge(town.services, town.site.id, ann, 99, "desk")
    with pytest.raises(NoSuchMerge):
        undo(town.services, town.site.id, 99)


def test_two_user_ids_are_a_conflict_that_is_kept(town: Town) -> None:
    ann, bea = call(town, False, user="u1"), call(town, False, user="u2")

    assert isinstance(merge(town.services, town.site.id, ann, bea, "desk"), Conflict)
    with town.services.db.reading() as db:
        assert len(merges.conflicts_of(SiteScope(db, town.site.id), bea)) == 1


def test_while_redis_is_away_the_ledger_alone_holds_her(make_services: Callable[..., Services], town: Town) -> None:
    away = make_services(REDIS_URL="unix:///nowhere/valkey.sock")
    browser = shown(town).visitor
    ann = call(town, False, email=ANN)
    unknown = find(town, visitor=browser)
    assert unknown
    merge(away, town.site.id, ann, unknown, "desk")
    assert find(town, visitor=browser) == ann

    made = visit(town, "", email=ANN)  # Redis, back, believes what it knew; the ledger does not
    if isinstance(made, Offered):
        with pytest.raises(NotShown, match="rest"):
            show(town.services, made.token)


def test_of_twenty_who_ask_her_by_all_her_names_at_once_one_does(town: Town) -> None:
    browsers = [f"v_{n:016d}" for n in range(4)]
    names: list[dict[str, Any]] = [{"email": ANN}, {"email": ANN, "sub": "u1"}]
    offers = [visit(town, browser, **names[turn % 2]) for turn, browser in enumerate(browsers * 2)]
    tokens = [made.token for made in offers if isinstance(made, Offered)]
    call(town, False, user="u1")
    call(town, False, phone="+14155552671")

    def one(turn: int) -> bool:
        if turn % 2:
            other: dict[str, Any] = {"user": "u1"} if turn % 4 == 1 else {"phone": "+14155552671"}
            call(town, email=ANN, **other)
            return False
        try:
            show(town.services, tokens[turn % len(tokens)])
        except NotShown:
            return False
        return True

    with ThreadPoolExecutor(10) as crowd:
        list(crowd.map(one, range(20)))
    town.queue.carry_out(town.services)

    assert len([t for t in town.touches() if t.kind == "ask"]) == 1
