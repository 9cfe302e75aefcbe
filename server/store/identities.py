"""Who claims name: found, made, and joined when it turns out that several are one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select, tuple_

from server.core.people import STRONG, Claim, IdentifierKind, at_odds, line, may_be
from server.store import merges, names, people
from server.store.merges import ROOT, families, hers
from server.store.scope import SiteScope
from server.store.tables import Conflict, Identifier, Merge, Person

RENAMED = "renamed"
"""Under this name a session remembers whose name changed."""

Values = dict[IdentifierKind, set[str]]


def find(scope: SiteScope, claims: Sequence[Claim]) -> Person | None:
    """The person whom the strongest known claim names.

    Somebody of whom something stronger is known to differ is somebody else: a colleague with the same address
    and another user id. A visitor id alone never turns one signed-in person into another.
    """
    base = _look(scope, claims).base
    return people.get(scope, base) if base else None


@dataclass(frozen=True)
class _Found:
    """Whom a set of claims names: each claim's owner, what is known of them, and who of them is meant."""

    owners: Mapping[Claim, int]
    known: Mapping[int, Values]
    base: int | None


def _look(scope: SiteScope, claims: Sequence[Claim]) -> _Found:
    found = owners(scope, claims)
    known = _values(scope, set(found.values()))
    said = {c.kind: c.value for c in claims}
    meant = (id for claim, id in found.items() if may_be(known[id], said, by=claim.kind))
    return _Found(found, known, next(meant, None))


def owners(scope: SiteScope, claims: Sequence[Claim]) -> dict[Claim, int]:
    """The person to whom each claim belongs that anybody has, strongest first. At most some hundred claims at once."""
    if not claims:
        return {}
    said = {"site": scope.site_id, "claims": [(c.kind, c.value) for c in claims]}
    owners = {(kind, value): root for kind, value, root in scope.db.execute(_OWNERS, said)}
    strongest_first = sorted(claims, key=lambda c: (*STRONG, "visitor").index(c.kind))
    return {c: owners[c.kind, c.value] for c in strongest_first if (c.kind, c.value) in owners}


_OWNERS = (
    select(Identifier.kind, Identifier.value, ROOT)
    .join(Person, Person.id == Identifier.person_id)
    .where(
        Identifier.site_id == bindparam("site"),
        tuple_(Identifier.kind, Identifier.value).in_(bindparam("claims", expanding=True)),
    )
)


def _values(scope: SiteScope, roots: set[int]) -> dict[int, Values]:
    known: dict[int, Values] = {id: {} for id in roots}
    of = {member: root for root, family in families(scope, roots).items() for member in family}
    for row in scope.db.scalars(_OF, {"ids": list(of)}) if of else ():
        known[of[row.person_id]].setdefault(row.kind, set()).add(row.value)  # type: ignore[arg-type]
    return known


_OF = select(Identifier).where(Identifier.person_id.in_(bindparam("ids", expanding=True)))


def find_or_make(
    scope: SiteScope, claims: Sequence[Claim], name: str, now: datetime, because: str = "", zone: str = ""
) -> Person:
    """The person of these claims, made when nobody has them, locked. Call inside a write, before any other lock.

    Claims must be vouched for: they are taken as said of one person. Those whom they name together become one,
    unless something stronger says that they are two, which is recorded, or somebody took them apart before.
    `because` is what vouches for them, for the record; after the commit the gate must forget `renamed_now`.
    `zone` is where she lives, one that this machine knows; empty when nobody says.

    A claim that nobody has yet is attached to that record of hers which brought it: taken apart, each keeps her own.
    Addresses and numbers (people change them) and browsers she may
    have several of, but one user id.
    """
    name = line(name, 255)
    scope.one_at_a_time(*(f"{c.kind}:{c.value}" for c in claims))
    found = _look(scope, claims)
    plan = _settle(scope, found, claims)
    if plan.changes:
        merges.one_at_a_time(scope)
        merges.lock_all(scope, set(found.owners.values()))
        found = _look(scope, claims)
        plan = _settle(scope, found, claims)
    before = names.called(scope, found.base) if found.base else None
    person = people.lock(scope, found.base) if found.base else scope.add(Person(name=name or None, created_at=now))
    person = _merge(scope, person, plan.same, because, now)
    for other, kind in plan.apart:
        merges.note_conflict(scope, person.id, other, kind, now)
    if name and person.name != name:
        person.name = name
    if zone and person.zone != zone:
        person.zone = zone
    held = {kind for id in (found.base, *plan.same) if id for kind in found.known[id]}
    attached = [c for c in claims if c not in found.owners and (c.kind != "user" or "user" not in held)]
    brought = _record(scope, [c for c, id in found.owners.items() if id in (found.base, *plan.same)])
    for claim in attached:
        scope.add(Identifier(person_id=brought or person.id, kind=claim.kind, value=claim.value))
    _note_renamed(scope, person, before, attached)
    return person


def named(scope: SiteScope, person: Person, claims: Sequence[Claim]) -> int:
    """The id of that record of hers which these claims name: what is sent to her by this name stays with it when she
    is taken apart."""
    if len(hers(scope, person.id)) == 1:
        return person.id
    return _record(scope, [c for c, id in owners(scope, claims).items() if id == person.id]) or person.id


def _record(scope: SiteScope, known: Sequence[Claim]) -> int | None:
    """The record that has the strongest of these claims."""
    if not known:
        return None
    return scope.db.scalar(_RECORD, {"site": scope.site_id, "kind": known[0].kind, "value": known[0].value})


_RECORD = select(Identifier.person_id).where(
    Identifier.site_id == bindparam("site"),
    Identifier.kind == bindparam("kind"),
    Identifier.value == bindparam("value"),
)


def _note_renamed(scope: SiteScope, person: Person, before: Claim | None, attached: Sequence[Claim]) -> None:
    """Under each of these the gate may know somebody who is not quite she: nobody, or her before this write."""
    now = names.called(scope, person.id)
    changed = {*attached, *([before] if before else [])} if now != before else set(attached)
    if before is None and now and now.kind == "visitor":
        changed.discard(now)  # a new browser: nothing but its own name can have led to it, and nobody had that
    scope.db.info.setdefault(RENAMED, set()).update(changed)


def lock_named(scope: SiteScope, said: Sequence[Sequence[Claim]]) -> None:
    """Before several `find_or_make` in one write: everybody whom any of these sets of claims names, locked at once.

    One by one, two such writes could each hold a person whom the other waits for.
    """
    scope.one_at_a_time(*{f"{c.kind}:{c.value}" for claims in said for c in claims})
    merges.one_at_a_time(scope)
    merges.lock_all(scope, owners(scope, list({c for claims in said for c in claims})).values())


@dataclass(frozen=True)
class _Plan:
    """Who is the same as the person meant, and who is not, by which kind. `changes`: it is not so yet."""

    same: tuple[int, ...]
    apart: tuple[tuple[int, IdentifierKind], ...]
    changes: bool


def _settle(scope: SiteScope, found: _Found, claims: Sequence[Claim]) -> _Plan:
    """What becomes of the others whom the claims name beside the person meant."""
    her: Values = {kind: set(values) for kind, values in found.known[found.base].items()} if found.base else {}
    for claim in claims:
        her.setdefault(claim.kind, set()).add(claim.value)
    same: list[int] = []
    apart: list[tuple[int, IdentifierKind]] = []
    others: dict[int, IdentifierKind] = {}
    for claim, id in found.owners.items():
        others.setdefault(id, claim.kind)
    others.pop(found.base or 0, None)
    for id, by in others.items():
        odds = at_odds(her, found.known[id], by)
        if odds is not None:
            apart += [(id, odds)] if odds != "visitor" else []
        elif found.base and not _was_undone(scope, (found.base, *same), id):
            same.append(id)
            for kind, values in found.known[id].items():
                her.setdefault(kind, set()).update(values)
    new = found.base and any(not merges.conflict(scope, found.base, id, kind) for id, kind in apart)
    return _Plan(tuple(same), tuple(apart), bool(same or new))


def _was_undone(scope: SiteScope, hers: Sequence[int], other: int) -> bool:
    known = families(scope, [*hers, other])
    return merges.undone_between(scope, [id for root in hers for id in known[root]], known[other])


def _merge(scope: SiteScope, person: Person, others: Sequence[int], because: str, now: datetime) -> Person:
    """All of them as one: whoever is known beyond her browser, and of those the one with the oldest record."""
    if not others:
        return person
    persons = {id: scope.db.get_one(Person, id) for id in (person.id, *others)}
    known = _values(scope, set(persons))
    first = min(persons, key=lambda id: (not any(kind in known[id] for kind in STRONG), id))
    for id in sorted(persons.keys() - {first}):
        merges.join(scope, persons[first], persons[id], because, now)
    scope.db.info.setdefault(RENAMED, set()).update(names.known_as(scope, [first]))
    return persons[first]


def renamed_now(scope: SiteScope) -> list[Claim]:
    """Names under which the gate must read the ledger again, once this write is committed."""
    return sorted(scope.db.info.get(RENAMED, ()), key=lambda claim: (claim.kind, claim.value))


def merge(scope: SiteScope, one: int, other: int, because: str, now: datetime) -> Merge | Conflict | None:
    """Somebody says that these two are one. None when they are already, a conflict when each has a user id.

    Her word counts more than an undone merge, and than different addresses. Call inside a write, before any lock.
    """
    merges.one_at_a_time(scope)
    merges.lock_all(scope, (one, other))
    roots = {people.root(scope, one).id, people.root(scope, other).id}
    if len(roots) == 1:
        return None
    first, second = sorted(roots)
    known = _values(scope, roots)
    if "user" in known[first] and "user" in known[second]:
        return merges.note_conflict(scope, first, second, "user", now)
    person = _merge(scope, people.root(scope, first), [second], because, now)
    return merges.of_person(scope, person.id)[0]
