"""Two records that turn out to be one person become one; two persons stay two; and all of it can be undone."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import select

from server.core.consent import SCOPES, Said, standing
from server.core.people import Claim, claims_of
from server.core.throttle import Touch
from server.services import Services
from server.store import (
    answers,
    consents,
    held,
    identities,
    invitations,
    merges,
    people,
    people_lists,
    reports,
    responses,
    surveys,
    touches,
)
from server.store.scope import SiteScope
from server.store.tables import Conflict, Consent, Identifier, Invitation, Merge, Person, Site, TouchRow
from tests.parts import NOON
from tests.store.conftest import Sites

pytestmark = pytest.mark.both_databases

V1, V2 = "v_AbCdEfGhIjKlMnOp", "v_BbCdEfGhIjKlMnOp"
P1, P2 = "+14155552671", "+14155552672"
A, B = "a@example.com", "b@example.com"


def meet(scope: SiteScope, because: str = "", **said: str) -> int:
    return identities.find_or_make(scope, claims_of(**said), "", NOON, because).id


def conflicts(scope: SiteScope) -> list[tuple[int, int, str]]:
    return [(c.person_id, c.other_id, c.kind) for c in scope.db.scalars(scope.select(Conflict).order_by(Conflict.id))]


def merged(scope: SiteScope) -> list[Merge]:
    return list(scope.db.scalars(scope.select(Merge).order_by(Merge.id)))


def undo(scope: SiteScope, merge: Merge) -> None:
    merges.one_at_a_time(scope)
    merges.lock_all(scope, [merge.absorbed_id])
    merges.undo(scope, merge, NOON)


def say(scope: SiteScope, record: int, channel: str, at: datetime, given: bool = False) -> None:
    consents.say(scope, people.family(scope, record), record, Said(channel, given, "page"), at)


def noes(scope: SiteScope, record: int) -> list[str]:
    """The channels on which a no stands, of all of this person."""
    said = consents.latest(scope, people.family(scope, record))
    found = ((channel, standing(said, channel)) for channel in SCOPES)
    return [channel for channel, stands in found if stands and not stands.given]


BECOME_ONE: dict[str, tuple[Sequence[dict[str, str]], dict[str, str], int]] = {
    # name: who is there, what is said of one person, whose record leads
    "user and address": ([{"user": "u1"}, {"email": A}], {"user": "u1", "email": A}, 0),
    "address and user": ([{"email": A}, {"user": "u1"}], {"user": "u1", "email": A}, 0),
    "user and number": ([{"user": "u1"}, {"phone": P1}], {"user": "u1", "phone": P1}, 0),
    "address and number": ([{"phone": P1}, {"email": A}], {"email": A, "phone": P1}, 0),
    "her new address was somebody's": ([{"user": "u1", "email": B}, {"email": A}], {"user": "u1", "email": A}, 0),
    "numbers may differ": ([{"email": A, "phone": P1}, {"user": "u1", "phone": P2}], {"user": "u1", "email": A}, 0),
    "three": ([{"email": A}, {"phone": P1}, {"user": "u1"}], {"user": "u1", "email": A, "phone": P1}, 0),
    "a browser signs in": ([{"user": "u1"}, {"visitor": V1}], {"user": "u1", "visitor": V1}, 0),
    "the known lead the unknown": ([{"visitor": V1}, {"user": "u1"}], {"user": "u1", "visitor": V1}, 1),
    "on a second browser": ([{"email": A, "visitor": V1}, {"visitor": V2}], {"email": A, "visitor": V2}, 0),
    "all at once": ([{"visitor": V1}, {"phone": P1}, {"user": "u1"}], {"user": "u1", "phone": P1, "visitor": V1}, 1),
}

STAY_TWO: dict[str, tuple[Sequence[dict[str, str]], dict[str, str], int, str]] = {
    # name: who is there, what is said of one person, who is meant, what is recorded
    "two user ids": ([{"user": "u1"}, {"user": "u2", "email": A}], {"user": "u1", "email": A}, 0, "user"),
    "an office line": ([{"email": A}, {"email": B, "phone": P1}], {"email": A, "phone": P1}, 0, "email"),
    "a user at that line": (
        [{"user": "u1", "email": B}, {"email": A, "phone": P1}],
        {"user": "u1", "phone": P1},
        0,
        "email",
    ),
    "a line and two users": ([{"user": "u1"}, {"user": "u2", "phone": P1}], {"user": "u1", "phone": P1}, 0, "user"),
    "somebody's browser": ([{"user": "u1"}, {"user": "u2", "visitor": V1}], {"user": "u1", "visitor": V1}, 0, ""),
    "a browser with an address": ([{"user": "u1"}, {"email": A, "visitor": V1}], {"user": "u1", "visitor": V1}, 0, ""),
}


@pytest.mark.parametrize("case", BECOME_ONE)
def test_whom_one_set_of_claims_names_is_one(case: str, scope: SiteScope) -> None:
    there, said, leads = BECOME_ONE[case]
    ids = [meet(scope, **who) for who in there]

    assert meet(scope, "hook", **said) == ids[leads]
    assert meet(scope, "hook", **said) == ids[leads]
    assert {meet(scope, **{kind: value}) for who in there for kind, value in who.items()} == {ids[leads]}
    assert sorted(people.family(scope, ids[-1])) == sorted(ids)
    assert people.family(scope, ids[0])[0] == ids[leads]
    assert [p.id for p in people_lists.search(scope, "", 10)] == [ids[leads]]
    assert [p.id for p in people_lists.listed(scope, 0, 10, (None, None), None)] == [ids[leads]]
    assert [(m.root_id, m.because) for m in merged(scope)] == [(ids[leads], "hook")] * (len(ids) - 1)
    assert set(identities.renamed_now(scope)) >= {c for who in there for c in claims_of(**who)}
    assert conflicts(scope) == []


@pytest.mark.parametrize("case", STAY_TWO)
def test_who_differs_in_what_is_stronger_stays_two(case: str, scope: SiteScope) -> None:
    there, said, meant, kind = STAY_TWO[case]
    ids = [meet(scope, **who) for who in there]

    for _ in range(2):
        assert meet(scope, **said) == ids[meant]
    for id, who in zip(ids, there, strict=True):
        assert {meet(scope, **{kind: value}) for kind, value in who.items()} == {id}
    assert merged(scope) == []
    assert conflicts(scope) == ([(*sorted(ids), kind)] if kind else [])
    assert [len(merges.conflicts_of(scope, id)) for id in ids] == [1 if kind else 0] * 2


def test_somebody_new_who_shares_an_address_is_a_conflict_once(scope: SiteScope) -> None:
    first = meet(scope, user="u1", email=A)
    second = meet(scope, user="u2", email=A)

    assert meet(scope, user="u2", email=A) == second
    assert conflicts(scope) == [(first, second, "user")]


def test_a_conflict_ends_when_somebody_says_that_they_are_one(scope: SiteScope) -> None:
    first, second = meet(scope, email=A), meet(scope, email=B, phone=P1)
    meet(scope, email=A, phone=P1)
    assert merges.conflicts_of(scope, first)

    made = identities.merge(scope, second, first, "desk", NOON)
    assert isinstance(made, Merge)
    assert (made.root_id, made.absorbed_id) == (first, second)
    assert merges.conflicts_of(scope, first) == []
    assert identities.merge(scope, second, first, "desk", NOON) is None


def test_two_user_ids_are_two_whoever_says_otherwise(scope: SiteScope) -> None:
    first, second = meet(scope, user="u1"), meet(scope, user="u2")

    assert isinstance(identities.merge(scope, second, first, "desk", NOON), Conflict)
    assert merged(scope) == []


def test_a_browser_of_somebody_else_is_seen_to_be(scope: SiteScope) -> None:
    ann, bo = meet(scope, user="u1", visitor=V1), meet(scope, user="u2", visitor=V1)

    assert bo != ann
    assert identities.owners(scope, [Claim("visitor", V1)]) == {Claim("visitor", V1): ann}
    assert identities.owners(scope, [Claim("visitor", V2)]) == {}


def tree(scope: SiteScope) -> dict[int, int | None]:
    scope.db.flush()
    scope.db.expire_all()
    return {p.id: p.merged_into for p in scope.db.scalars(scope.select(Person))}


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_chains_point_at_the_root_and_come_apart_in_any_order(order: tuple[int, ...], scope: SiteScope) -> None:
    a, b, c, d = (meet(scope, email=f"{name}@example.com") for name in "abcd")
    for one, other in ((c, d), (b, c), (a, b)):  # each root becomes part of the next
        identities.merge(scope, one, other, "desk", NOON)
    assert tree(scope) == {a: None, b: a, c: a, d: a}

    standing = {0: (c, d), 1: (b, c), 2: (a, b)}
    made = merged(scope)
    for which in order:
        undo(scope, made[which])
        del standing[which]
        above = {child: parent for parent, child in standing.values()}

        def root(id: int, above: dict[int, int] = above) -> int:
            return root(above[id]) if id in above else id

        assert tree(scope) == {id: None if root(id) == id else root(id) for id in (a, b, c, d)}


def test_undoing_brings_back_exactly_what_was(scope: SiteScope) -> None:
    ann = identities.find_or_make(scope, claims_of(user="u1"), "", NOON).id
    bea = identities.find_or_make(scope, claims_of(email=A, visitor=V1), "Bea", NOON).id
    furnish(scope, bea, "t1")
    say(scope, bea, "sms", NOON - timedelta(days=1))
    before = everything(scope)

    assert meet(scope, "api", user="u1", email=A) == ann
    assert people.root(scope, bea).name == "Bea"
    [made] = merged(scope)
    undo(scope, made)

    assert everything(scope) == before
    assert made.undone_at == NOON


def test_what_was_taken_apart_is_not_put_together_by_the_same_claims(scope: SiteScope) -> None:
    ann, bea = meet(scope, user="u1"), meet(scope, email=A)
    for _ in range(2):
        meet(scope, user="u1", email=A)
    undo(scope, merged(scope)[0])

    assert meet(scope, user="u1", email=A) == ann
    assert meet(scope, email=A) == bea
    # Nor by way of a third who is one of them by now.
    meet(scope, phone=P1)
    assert meet(scope, email=A, phone=P1) == bea
    assert meet(scope, user="u1", phone=P1) == ann
    assert people.family(scope, ann) == [ann]
    assert isinstance(identities.merge(scope, ann, bea, "desk", NOON), Merge)
    assert meet(scope, email=A) == ann


def test_what_happened_while_they_were_one_holds_for_both_after_it(scope: SiteScope) -> None:
    ann, bea = meet(scope, user="u1"), meet(scope, email=A)
    furnish(scope, ann, "before", NOON - timedelta(hours=1))
    meet(scope, user="u1", email=A)
    furnish(scope, ann, "since", NOON + timedelta(hours=1))
    furnish(scope, ann, "voided", NOON + timedelta(hours=2))
    touches.void(scope, "voided", NOON)
    say(scope, ann, "email", NOON + timedelta(hours=1))
    undo(scope, merged(scope)[0])

    assert noes(scope, bea) == ["email"]
    rows = scope.db.scalars(scope.select(TouchRow).where(TouchRow.person_id == bea)).all()
    assert [(t.kind, t.channel, t.at) for t in rows] == [("ask", "email", NOON + timedelta(hours=1))]


def furnish(scope: SiteScope, person_id: int, ticket: str, at: Any = NOON) -> None:
    """An answered invitation, and a waiting one, of this record."""
    survey = surveys.named(scope, None)
    assert survey
    about = {"survey_id": survey.id, "version_id": survey.version_id, "person_id": person_id, "channel": "email"}
    times = {"created_at": at, "state_at": at}
    row = scope.add(Invitation(id=ticket, state="accepted", properties={}, **about, **times))
    scope.add(Invitation(id=f"{ticket}+", state="planned", properties={}, due_at=at, **about, **times))
    answers.save(scope, row, survey, {"score": 9}, at)
    touches.write(scope, person_id, Touch(ticket, "ask", "email", survey.id, at))
    held.note(scope, {held.Hers(person_id, survey.id, "widget", "rest"): 1}, at)


def everything(scope: SiteScope) -> list[Any]:
    scope.db.flush()
    tables = (Person, Identifier, Consent, TouchRow, Invitation)
    return [
        [tuple(row) for row in scope.db.execute(select(t.__table__).order_by(*t.__table__.primary_key))] for t in tables
    ]


def test_every_question_about_her_sees_all_of_her(scope: SiteScope) -> None:
    ann, bea = meet(scope, user="u1"), meet(scope, email=A)
    furnish(scope, ann, "t1", NOON)
    furnish(scope, bea, "t2", NOON + timedelta(hours=1))
    say(scope, bea, "sms", NOON)
    meet(scope, user="u1", email=A)

    for id in (ann, bea):
        assert people.root(scope, id).id == people.lock(scope, id).id == ann
        assert people_lists.known_by(scope, [id]) == {id: {"user": "u1", "email": A}}
        assert noes(scope, id) == ["sms"]
        assert [row.id for row in invitations.of_person(scope, id, 10) if row.state == "accepted"] == ["t2", "t1"]
        assert len(held.of_person(scope, id, 10)) == 2
        assert invitations.next_due(scope, [id]) == {id: NOON}
        assert len(responses.of_person(scope, id, 10)) == 2
        assert len(responses.listed(scope, responses.Wanted(person_id=id))) == 2
        assert responses.last_answered(scope, [id]) == {id: NOON + timedelta(hours=1)}
        assert reports.last_sent(scope, [id]) == {id: NOON + timedelta(hours=1)}
        assert [p.id for p in people_lists.search(scope, "a@", 10)] == [ann]
        assert {p.id for p in people.roots(scope, [ann, bea]).values()} == {ann}
    assert invitations.cancel_waiting(scope, bea, ["email"], NOON, "she said no") == 2


def test_nobody_is_merged_across_sites(both: Sites) -> None:
    with both.db.writing() as db:
        here, there = SiteScope(db, both.harbour.id), SiteScope(db, both.elsewhere.id)
        ann, stranger = meet(here, user="u1"), meet(there, email=A)
        meet(here, user="u1", email=A)
        meet(there, user="u1", email=A)

        assert merged(here) == merged(there) == []
        assert people.family(here, stranger) == people.family(there, ann) == []
        assert people.get(here, stranger) is None
        meet(there, phone=P1)
        meet(there, email=A, phone=P1)
        assert merges.of_person(here, stranger) == []
        assert merges.get(here, merged(there)[0].id) is None


RING = ({"email": A, "phone": P1}, {"phone": P1, "user": "u1"}, {"user": "u1", "email": A})


def test_many_who_merge_in_a_ring_at_once_make_one(services: Services, site: Site) -> None:
    with services.db.writing() as db:
        scope = SiteScope(db, site.id)
        ids = [meet(scope, **who) for who in ({"email": A}, {"phone": P1}, {"user": "u1"}, {"visitor": V1})]
        furnish(scope, ids[1], "t1")

    def one(turn: int) -> int:
        said = {**({} if turn % 4 else {"visitor": V1}), **RING[turn % 3]}
        with services.db.writing() as db:
            scope = SiteScope(db, site.id)
            person = identities.find_or_make(scope, claims_of(**said), f"Ann {turn}", NOON)
            assert people.lock(scope, ids[turn % 4]).merged_into is None
            touches.write(scope, person.id, Touch(f"ring{turn}", "answered", "link", 0, NOON))
            return person.id

    with ThreadPoolExecutor(20) as crowd:
        list(crowd.map(one, range(60)))
    with services.db.reading() as db:
        scope = SiteScope(db, site.id)
        tops = scope.db.scalars(scope.select(Person).where(Person.merged_into.is_(None))).all()
        assert [p.id for p in tops] == [ids[0]]
        assert sorted(people.family(scope, ids[3])) == ids
        assert len(merged(scope)) == 3
        assert len(scope.db.scalars(scope.select(TouchRow)).all()) == 61
        assert conflicts(scope) == []


def test_merging_taking_apart_and_asking_at_once_never_wait_in_a_ring(services: Services, site: Site) -> None:
    with services.db.writing() as db:
        ids = [meet(SiteScope(db, site.id), email=f"{n}@example.com") for n in range(6)]

    def one(turn: int) -> None:
        with services.db.writing() as db:
            scope = SiteScope(db, site.id)
            if turn % 3 == 0:
                identities.merge(scope, ids[turn * 5 % 6], ids[turn * 7 % 6 - 1], "desk", NOON)
            elif turn % 3 == 1:
                standing = [m.id for m in merged(scope) if not m.undone_at]
                merges.one_at_a_time(scope)
                made = merges.get(scope, standing[turn % len(standing)]) if standing else None
                if made:
                    db.refresh(made)
                if made and not made.undone_at:
                    merges.lock_all(scope, [made.absorbed_id])
                    merges.undo(scope, made, NOON)
            else:
                root = people.lock(scope, ids[turn % 6])
                assert root.merged_into is None
                touches.write(scope, ids[turn % 6], Touch(f"t{turn}", "ask", "email", 0, NOON))

    with ThreadPoolExecutor(20) as crowd:
        list(crowd.map(one, range(120)))
    with services.db.reading() as db:
        scope = SiteScope(db, site.id)
        people_now = {p.id: p.merged_into for p in scope.db.scalars(scope.select(Person))}
        assert all(people_now[top] is None for top in people_now.values() if top)
        above = {m.absorbed_id: m.root_id for m in merged(scope) if not m.undone_at}
        assert {id for id, top in people_now.items() if top} == above.keys()
        own = [t for t in scope.db.scalars(scope.select(TouchRow)) if "~" not in t.ticket]
        assert len(own) == 40
