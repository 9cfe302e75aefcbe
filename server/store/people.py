"""Persons: a person may have several records; outside they are one, their root."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, select

from server.store.merges import families, hers
from server.store.scope import SiteScope
from server.store.tables import Person


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
    if (person := scope.read_already("locked").get(id)) is None:
        person = scope.db.scalars(_LOCKED, {"site": scope.site_id, "id": id}).one()
        while person.merged_into:
            person = scope.db.scalars(_LOCKED, {"site": scope.site_id, "id": person.merged_into}).one()
        scope.read_anew()
        scope.read_already("locked").update({id: person, person.id: person})
    return person


_LOCKED = (
    select(Person)
    .where(Person.site_id == bindparam("site"), Person.id == bindparam("id"))
    .with_for_update(key_share=True)
    .execution_options(populate_existing=True)
)


def zone_of(scope: SiteScope, person_id: int) -> str | None:
    """Where she lives, by the first of her records that says so, the root before the others."""
    records = scope.select(Person).where(Person.id.in_(hers(scope, person_id)), Person.zone.is_not(None))
    said = scope.db.scalars(records.order_by(Person.merged_into.is_not(None), Person.id)).first()
    return said.zone if said else None
