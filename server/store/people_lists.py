"""Lists of persons, and what each is known by."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import aliased

from server.core.people import Claim, IdentifierKind
from server.store import identities, merges
from server.store.merges import families
from server.store.scope import SiteScope
from server.store.tables import Identifier, Person


def known_by(scope: SiteScope, person_ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """For each person: her identifiers by kind, of each kind the latest."""
    known = families(scope, person_ids)
    of_records = own(scope, [id for family in known.values() for id in family])
    rows = {asked: [row for id in family for row in of_records[id]] for asked, family in known.items()}
    return {id: {row.kind: row.value for row in sorted(rows.get(id, ()), key=lambda row: row.id)} for id in person_ids}


def own(scope: SiteScope, record_ids: Sequence[int]) -> dict[int, list[Identifier]]:
    """For each record: its identifiers, without those of the person's other records."""
    found: dict[int, list[Identifier]] = {id: [] for id in record_ids}
    for row in scope.db.scalars(_OWN, {"ids": list(found)}):
        if row.site_id == scope.site_id:
            found[row.person_id].append(row)
    return found


_OWN = select(Identifier).where(Identifier.person_id.in_(bindparam("ids", expanding=True))).order_by(Identifier.id)


def holder(scope: SiteScope, kind: IdentifierKind, value: str) -> int | None:
    """The very record that is known by this; None when nobody is."""
    row = scope.find(Identifier, Identifier.kind == kind, Identifier.value == value)
    return row.person_id if row else None


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
        person = identities.find(scope, [named])
        wanted = wanted.where(Person.id == (person.id if person else 0))
    return list(scope.db.scalars(wanted))
