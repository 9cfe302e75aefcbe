"""Persons and what they are known by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import or_, select, tuple_

from server.core.people import STRONG, STRONGEST_FIRST, Claim, IdentifierKind, line
from server.store.scope import SiteScope
from server.store.tables import Identifier, OptOut, Person


def find(scope: SiteScope, claims: Sequence[Claim]) -> Person | None:
    """The person whom the strongest known claim names.

    Somebody of whom something stronger is known to differ is somebody else: a colleague with the same address
    and another user id. A visitor id alone never turns one signed-in person into another.
    """
    if not claims:
        return None
    wanted = [(c.kind, c.value) for c in claims]
    named = scope.db.execute(
        select(Identifier.kind, Identifier.person_id).where(
            Identifier.site_id == scope.site_id, tuple_(Identifier.kind, Identifier.value).in_(wanted)
        )
    )
    owners = dict(named.all())
    known = _values(scope, list(owners.values()))
    said = dict(wanted)
    for kind in STRONGEST_FIRST:
        if kind in owners and _may_be(known[owners[kind]], said, by=kind):
            return get(scope, owners[kind])
    return None


def _may_be(known: Mapping[str, set[str]], said: Mapping[IdentifierKind, str], by: IdentifierKind) -> bool:
    """Whether a person found `by` one kind is the one spoken of: nothing stronger may say otherwise."""
    if by == "visitor":
        signed_in = any(kind in said for kind in STRONG)
        return not signed_in or not any(kind in known for kind in STRONG)
    stronger = STRONG[: STRONG.index(by)]
    return all(said[kind] in known[kind] for kind in stronger if kind in said and kind in known)


def _values(scope: SiteScope, person_ids: Sequence[int]) -> dict[int, dict[str, set[str]]]:
    known: dict[int, dict[str, set[str]]] = {id: {} for id in person_ids}
    for row in scope.db.scalars(scope.select(Identifier).where(Identifier.person_id.in_(person_ids))):
        known[row.person_id].setdefault(row.kind, set()).add(row.value)
    return known


def find_or_make(scope: SiteScope, claims: Sequence[Claim], name: str, now: datetime) -> Person:
    """The person of these claims, made when nobody has them. Call inside a write.

    A claim that nobody has yet is attached to her. Addresses and numbers she may have several of (people change
    them); of user ids and browsers one each.
    """
    name = line(name, 255)
    scope.one_at_a_time(*(f"{c.kind}:{c.value}" for c in claims))
    person = find(scope, claims)
    if person is None:
        person = scope.add(Person(name=name or None, created_at=now))
    elif name and person.name != name:
        person.name = name
    held = known_by(scope, [person.id])[person.id]
    for claim in claims:
        room = claim.kind in ("email", "phone") or claim.kind not in held
        if room and not _is_taken(scope, claim):
            scope.add(Identifier(person_id=person.id, kind=claim.kind, value=claim.value))
    return person


def _is_taken(scope: SiteScope, claim: Claim) -> bool:
    return scope.find(Identifier, Identifier.kind == claim.kind, Identifier.value == claim.value) is not None


def get(scope: SiteScope, id: int) -> Person | None:
    return scope.find(Person, Person.id == id)


def lock(scope: SiteScope, id: int) -> Person:
    """The person, with everybody else who wants her waiting until this write ends."""
    return scope.db.scalars(scope.select(Person).where(Person.id == id).with_for_update()).one()


def known_by(scope: SiteScope, person_ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """For each person: her identifiers by kind, of each kind the latest."""
    known: dict[int, dict[str, str]] = {id: {} for id in person_ids}
    found = scope.select(Identifier).where(Identifier.person_id.in_(person_ids)).order_by(Identifier.id)
    for row in scope.db.scalars(found):
        known[row.person_id][row.kind] = row.value
    return known


def search(scope: SiteScope, begins: str, limit: int) -> list[Person]:
    """People whose name or identifier begins with `begins`; the latest people when it is empty."""
    wanted = scope.select(Person).order_by(Person.id.desc()).limit(limit)
    if begins:
        # Addresses are kept in lower case, the site's own ids as they are.
        said = [Identifier.value.startswith(text, autoescape=True) for text in {begins, begins.lower()}]
        fits = select(Identifier.person_id).where(Identifier.site_id == scope.site_id, or_(*said))
        wanted = wanted.where(or_(Person.id.in_(fits), Person.name.istartswith(begins, autoescape=True)))
    return list(scope.db.scalars(wanted))


def opt_outs(scope: SiteScope, person_id: int) -> list[OptOut]:
    return list(scope.db.scalars(scope.select(OptOut).where(OptOut.person_id == person_id)))


def opt_out(scope: SiteScope, person_id: int, channel: str, source: str, now: datetime) -> None:
    """She said no to `channel` (or `all`). Saying it twice changes nothing. Call with the person locked."""
    if scope.find(OptOut, OptOut.person_id == person_id, OptOut.scope == channel) is None:
        scope.add(OptOut(person_id=person_id, scope=channel, source=source, at=now))


def several(scope: SiteScope, ids: Sequence[int]) -> list[Person]:
    return list(scope.db.scalars(scope.select(Person).where(Person.id.in_(ids))))


def listed(
    scope: SiteScope, after: int, limit: int, created: tuple[datetime | None, datetime | None], named: Claim | None
) -> list[Person]:
    """People in the order in which they were made, from behind the id `after`."""
    wanted = scope.select(Person).where(Person.id > after).order_by(Person.id).limit(limit)
    since, until = created
    if since:
        wanted = wanted.where(Person.created_at >= since)
    if until:
        wanted = wanted.where(Person.created_at <= until)
    if named:
        person = find(scope, [named])
        wanted = wanted.where(Person.id == (person.id if person else 0))
    return list(scope.db.scalars(wanted))
