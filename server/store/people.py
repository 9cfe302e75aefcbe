"""Persons and what they are known by. A person may have several records; outside they are one, their root."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select, tuple_
from sqlalchemy.orm import aliased

from server.core.people import STRONG, Claim, IdentifierKind, at_odds, line, may_be
from server.store import merges
from server.store.merges import ROOT, families, hers
from server.store.scope import SiteScope
from server.store.tables import Conflict, Identifier, Merge, OptOut, Person

MERGED = "merged"
"""Under this name a session remembers what it joined."""

Values = dict[IdentifierKind, set[str]]


def find(scope: SiteScope, claims: Sequence[Claim]) -> Person | None:
    """The person whom the strongest known claim names.

    Somebody of whom something stronger is known to differ is somebody else: a colleague with the same address
    and another user id. A visitor id alone never turns one signed-in person into another.
    """
    base = _look(scope, claims).base
    return get(scope, base) if base else None


@dataclass(frozen=True)
class _Found:
    """Whom a set of claims names: each claim's owner, what is known of them, and who of them is meant."""

    owners: Mapping[Claim, int]
    known: Mapping[int, Values]
    base: int | None


def _look(scope: SiteScope, claims: Sequence[Claim]) -> _Found:
    owners = _owners(scope, claims)
    known = _values(scope, set(owners.values()))
    said = {c.kind: c.value for c in claims}
    meant = (id for claim, id in owners.items() if may_be(known[id], said, by=claim.kind))
    return _Found(owners, known, next(meant, None))


def _owners(scope: SiteScope, claims: Sequence[Claim]) -> dict[Claim, int]:
    """The root to whom each claim belongs that anybody has, strongest first."""
    if not claims:
        return {}
    found = (
        select(Identifier.kind, Identifier.value, ROOT)
        .join(Person, Person.id == Identifier.person_id)
        .where(
            Identifier.site_id == scope.site_id,
            tuple_(Identifier.kind, Identifier.value).in_([(c.kind, c.value) for c in claims]),
        )
    )
    owners = {(kind, value): root for kind, value, root in scope.db.execute(found)}
    strongest_first = sorted(claims, key=lambda c: (*STRONG, "visitor").index(c.kind))
    return {c: owners[c.kind, c.value] for c in strongest_first if (c.kind, c.value) in owners}


def _values(scope: SiteScope, roots: set[int]) -> dict[int, Values]:
    known: dict[int, Values] = {id: {} for id in roots}
    of = {member: root for root, family in families(scope, roots).items() for member in family}
    for row in scope.db.scalars(select(Identifier).where(Identifier.person_id.in_(of))) if of else ():
        known[of[row.person_id]].setdefault(row.kind, set()).add(row.value)  # type: ignore[arg-type]
    return known


def find_or_make(scope: SiteScope, claims: Sequence[Claim], name: str, now: datetime, because: str = "") -> Person:
    """The person of these claims, made when nobody has them, locked. Call inside a write, before any other lock.

    Claims must be vouched for: they are taken as said of one person. Those whom they name together become one,
    unless something stronger says that they are two, which is recorded, or somebody took them apart before.
    `because` is what vouches for them, for the record; after the commit the gate must forget `merged_now`.

    A claim that nobody has yet is attached to her. Addresses and numbers she may have several of (people change
    them); of user ids and browsers one each.
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
    person = lock(scope, found.base) if found.base else scope.add(Person(name=name or None, created_at=now))
    person = _merge(scope, person, plan.same, because, now)
    for other, kind in plan.apart:
        merges.note_conflict(scope, person.id, other, kind, now)
    if name and person.name != name:
        person.name = name
    held = {kind for id in (found.base, *plan.same) if id for kind in found.known[id]}
    for claim in claims:
        room = claim.kind in ("email", "phone") or claim.kind not in held
        if room and claim not in found.owners:
            scope.add(Identifier(person_id=person.id, kind=claim.kind, value=claim.value))
    return person


def lock_named(scope: SiteScope, said: Sequence[Sequence[Claim]]) -> None:
    """Before several `find_or_make` in one write: everybody whom any of these sets of claims names, locked at once.

    One by one, two such writes could each hold a person whom the other waits for.
    """
    scope.one_at_a_time(*{f"{c.kind}:{c.value}" for claims in said for c in claims})
    merges.one_at_a_time(scope)
    merges.lock_all(scope, _owners(scope, list({c for claims in said for c in claims})).values())


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
    scope.db.info.setdefault(MERGED, []).extend(family(scope, first))
    return persons[first]


def merged_now(scope: SiteScope) -> list[int]:
    """The records that this write joined. What the gate knows of each of them is out of date after the commit."""
    return list(scope.db.info.get(MERGED, ()))


def merge(scope: SiteScope, one: int, other: int, because: str, now: datetime) -> Merge | Conflict | None:
    """Somebody says that these two are one. None when they are already, a conflict when each has a user id.

    Her word counts more than an undone merge, and than different addresses. Call inside a write, before any lock.
    """
    merges.one_at_a_time(scope)
    merges.lock_all(scope, (one, other))
    roots = {root(scope, one).id, root(scope, other).id}
    if len(roots) == 1:
        return None
    first, second = sorted(roots)
    known = _values(scope, roots)
    if "user" in known[first] and "user" in known[second]:
        return merges.note_conflict(scope, first, second, "user", now)
    person = _merge(scope, root(scope, first), [second], because, now)
    return merges.of_person(scope, person.id)[0]


def get(scope: SiteScope, id: int) -> Person | None:
    """The person of whom `id` is a record."""
    return next((scope.db.get_one(Person, top) for top in hers(scope, id)[:1]), None)


def root(scope: SiteScope, id: int) -> Person:
    """As `get`, of a record that is there."""
    found = get(scope, id)
    assert found is not None, f"no person {id} in site {scope.site_id}"
    return found


def roots(scope: SiteScope, ids: Sequence[int]) -> dict[int, Person]:
    """The person of whom each of these ids is a record."""
    known = families(scope, ids)
    tops = {family[0] for family in known.values()}
    persons = {p.id: p for p in scope.db.scalars(scope.select(Person).where(Person.id.in_(tops)))}
    return {id: persons[family[0]] for id, family in known.items()}


def family(scope: SiteScope, id: int) -> list[int]:
    """The ids of all records of the person of whom `id` is one: the root first. Empty when nobody has it."""
    return hers(scope, id)


def lock(scope: SiteScope, id: int) -> Person:
    """The person of whom `id` is a record, with everybody else who wants her waiting until this write ends.

    Others may still refer to her meanwhile (a foreign key), or two who both did before they lock would wait in a ring.
    """
    rows = scope.select(Person).with_for_update(key_share=True).execution_options(populate_existing=True)
    person = scope.db.scalars(rows.where(Person.id == id)).one()
    while person.merged_into:
        person = scope.db.scalars(rows.where(Person.id == person.merged_into)).one()
    return person


def is_somebody_elses(scope: SiteScope, person_id: int, claim: Claim) -> bool:
    """Whether `claim` is of a person known by more than her browser, and another one: who signs in where somebody
    else had signed in before needs a new visitor id. An anonymous record is nobody else's: it becomes hers."""
    owner = _owners(scope, [claim]).get(claim)
    if owner is None or owner in family(scope, person_id)[:1]:
        return False
    return any(kind in STRONG for kind in _values(scope, {owner})[owner])


def known_by(scope: SiteScope, person_ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """For each person: her identifiers by kind, of each kind the latest."""
    known = families(scope, person_ids)
    of_records = own(scope, [id for family in known.values() for id in family])
    rows = {asked: [row for id in family for row in of_records[id]] for asked, family in known.items()}
    return {id: {row.kind: row.value for row in sorted(rows.get(id, ()), key=lambda row: row.id)} for id in person_ids}


def own(scope: SiteScope, record_ids: Sequence[int]) -> dict[int, list[Identifier]]:
    """For each record: its identifiers, without those of the person's other records."""
    found: dict[int, list[Identifier]] = {id: [] for id in record_ids}
    for row in scope.db.scalars(select(Identifier).where(Identifier.person_id.in_(found)).order_by(Identifier.id)):
        if row.site_id == scope.site_id:
            found[row.person_id].append(row)
    return found


def search(scope: SiteScope, begins: str, limit: int) -> list[Person]:
    """People whose name or identifier begins with `begins`; the latest people when it is empty."""
    wanted = scope.select(Person).where(Person.merged_into.is_(None)).order_by(Person.id.desc()).limit(limit)
    if begins:
        # Addresses are kept in lower case, the site's own ids as they are.
        said = [Identifier.value.startswith(text, autoescape=True) for text in {begins, begins.lower()}]
        fits = select(Identifier.person_id).where(Identifier.site_id == scope.site_id, or_(*said))
        record = aliased(Person)
        named = or_(record.id.in_(fits), record.name.istartswith(begins, autoescape=True))
        tops = select(merges.root_of(record)).where(record.site_id == scope.site_id, named)
        wanted = wanted.where(Person.id.in_(tops))
    return list(scope.db.scalars(wanted))


def opt_outs(scope: SiteScope, person_id: int) -> list[OptOut]:
    """What she said no to, whichever of her records it was said of."""
    return list(scope.db.scalars(select(OptOut).where(OptOut.person_id.in_(hers(scope, person_id)))))


def opt_out(scope: SiteScope, person_id: int, channel: str, source: str, now: datetime) -> None:
    """She said no to `channel` (or `all`). Saying it twice changes nothing. Call with the person locked.

    It is kept with the very record that it was said of, so that it stays there should a merge be undone.
    """
    if scope.find(OptOut, OptOut.person_id == person_id, OptOut.scope == channel) is None:
        scope.add(OptOut(person_id=person_id, scope=channel, source=source, at=now))


def listed(
    scope: SiteScope, after: int, limit: int, created: tuple[datetime | None, datetime | None], named: Claim | None
) -> list[Person]:
    """People in the order in which they were made, from behind the id `after`."""
    wanted = scope.select(Person).where(Person.merged_into.is_(None), Person.id > after)
    wanted = wanted.order_by(Person.id).limit(limit)
    since, until = created
    if since:
        wanted = wanted.where(Person.created_at >= since)
    if until:
        wanted = wanted.where(Person.created_at <= until)
    if named:
        person = find(scope, [named])
        wanted = wanted.where(Person.id == (person.id if person else 0))
    return list(scope.db.scalars(wanted))
