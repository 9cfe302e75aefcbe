"""Two records that turned out to be one person: joined by reference, nothing moved, so that it can be undone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, bindparam, func, inspect, or_, select
from sqlalchemy.orm import aliased

from server.store import consents
from server.store.scope import SiteScope
from server.store.tables import Conflict, Identifier, Invitation, Merge, Person, TouchRow


def root_of(record: type[Person]) -> ColumnElement[int]:
    """Of a row of `person`: the id of the person whom it is part of."""
    return func.coalesce(record.merged_into, record.id)


ROOT = root_of(Person)
_asked, _record = aliased(Person), aliased(Person)
FAMILIES = (
    select(_asked.id, _asked.site_id, _record.id)
    .join(_record, or_(_record.id == root_of(_asked), _record.merged_into == root_of(_asked)))
    .where(_asked.id.in_(bindparam("ids", expanding=True)))
    .order_by(_record.merged_into.is_not(None), _record.id)
)
"""Built once: nothing is asked as often."""


def hers(scope: SiteScope, person_id: int) -> list[int]:
    """The ids of all records of one person, whichever of them names her: the root first. Empty when nobody has it.

    Ask `person_id in` these and nothing about the site, which they have settled: given both, SQLite may well choose
    to read the whole site.
    """
    known = scope.read_already("who is who")
    if person_id not in known:
        known.update(families(scope, [person_id]))
    return list(known.get(person_id, ()))


def families(scope: SiteScope, ids: Iterable[int]) -> dict[int, list[int]]:
    """For each id the ids of all records of that person: the root first, then what was merged into it."""
    known: dict[int, list[int]] = {}
    wanted = set(ids)
    for id, site_id, record in scope.db.execute(FAMILIES, {"ids": wanted}) if wanted else ():
        if site_id == scope.site_id:
            known.setdefault(id, []).append(record)
    return known


def one_at_a_time(scope: SiteScope) -> None:
    """Until this write ends nobody else changes who is part of whom. Take it before any person is locked."""
    scope.one_at_a_time("merging")


def lock_all(scope: SiteScope, ids: Iterable[int]) -> None:
    """Everybody else who wants one of these persons waits until this write ends.

    Absorbed records first, then roots, each in id order: who waits for a person holds at most records that were
    absorbed into her, so that nobody ever waits in a ring. Call after `one_at_a_time`.
    """
    members = {member for family in families(scope, ids).values() for member in family}
    rows = scope.select(Person).where(Person.id.in_(members)).with_for_update(key_share=True)
    rows = rows.execution_options(populate_existing=True)
    for group in (Person.merged_into.is_not(None), Person.merged_into.is_(None)):
        scope.db.scalars(rows.where(group).order_by(Person.id)).all()
    scope.read_anew()


def join(scope: SiteScope, root: Person, absorbed: Person, because: str, now: datetime) -> Merge:
    """`absorbed` and all that is part of it become part of `root`. Both are roots and locked."""
    lends_name = root.name is None and absorbed.name is not None
    if lends_name:
        root.name = absorbed.name
    _point(scope, [*families(scope, [absorbed.id])[absorbed.id][1:], absorbed.id], root.id)
    merge = Merge(root_id=root.id, absorbed_id=absorbed.id, because=because, at=now, lent_name=lends_name)
    return scope.add(merge)


def get(scope: SiteScope, id: int) -> Merge | None:
    return scope.find(Merge, Merge.id == id)


def undo(scope: SiteScope, merge: Merge, now: datetime) -> None:
    """Take apart exactly what `merge` put together; other merges stand. Call with all of the person locked.

    What she said no to, and what she was asked, while they were one, holds for both from now on: nobody can tell
    any more which of the two it was, and neither may be asked too often or against her word. A yes from that time
    lifts no no any more.
    """
    family = families(scope, [merge.absorbed_id])[merge.absorbed_id]
    merge.undone_at = now
    scope.db.flush()
    leaving = [merge.absorbed_id, *_below(scope, merge.absorbed_id, family)]
    _point(scope, leaving[1:], merge.absorbed_id)
    _point(scope, leaving[:1], None)
    root, absorbed = (scope.db.get_one(Person, id) for id in (family[0], merge.absorbed_id))
    if merge.lent_name and root.name == absorbed.name:
        root.name = None
    staying = [id for id in family if id not in leaving]
    together = _together(scope, merge, family)
    consents.share(scope, staying, leaving, {id: last.at for id, last in together.items()}, now)
    _share_touches(scope, {leaving[0]: staying, staying[0]: leaving}, together, merge)
    _give_invitations(scope, staying, leaving)


def undone_between(scope: SiteScope, one: Sequence[int], other: Sequence[int]) -> bool:
    """Whether somebody once took these two families apart."""
    crossing = or_(
        and_(Merge.root_id.in_(one), Merge.absorbed_id.in_(other)),
        and_(Merge.root_id.in_(other), Merge.absorbed_id.in_(one)),
    )
    return scope.find(Merge, Merge.undone_at.is_not(None), crossing) is not None


def of_person(scope: SiteScope, person_id: int) -> list[Merge]:
    """The merges that she was ever part of, undone ones too, the latest first."""
    her = hers(scope, person_id)
    found = select(Merge).where(or_(Merge.root_id.in_(her), Merge.absorbed_id.in_(her)))
    return list(scope.db.scalars(found.order_by(Merge.id.desc())))


def note_conflict(scope: SiteScope, one: int, other: int, kind: str, now: datetime) -> Conflict:
    """Claims named both, and they are not one: `kind` differs. Told again, it is the same line."""
    first, second = sorted((one, other))
    known = conflict(scope, first, second, kind)
    return known or scope.add(Conflict(person_id=first, other_id=second, kind=kind, at=now))


def conflict(scope: SiteScope, one: int, other: int, kind: str) -> Conflict | None:
    first, second = sorted((one, other))
    return scope.find(Conflict, Conflict.person_id == first, Conflict.other_id == second, Conflict.kind == kind)


def conflicts_of(scope: SiteScope, person_id: int) -> list[Conflict]:
    """With whom she was taken for one and was not, unless they have become one since; the latest first."""
    her = hers(scope, person_id)
    found = select(Conflict).where(or_(Conflict.person_id.in_(her), Conflict.other_id.in_(her)))
    rows = scope.db.scalars(found.order_by(Conflict.id.desc()))
    return [row for row in rows if (row.person_id in her) != (row.other_id in her)]


def _point(scope: SiteScope, ids: Sequence[int], root_id: int | None) -> None:
    for person in scope.db.scalars(scope.select(Person).where(Person.id.in_(ids))):
        person.merged_into = root_id
    scope.db.flush()
    scope.read_anew()


def _below(scope: SiteScope, id: int, family: Sequence[int]) -> list[int]:
    """What became part of `id` by merges that stand, and of those, and so on."""
    above = {m.absorbed_id: m.root_id for m in _standing(scope, family)}
    found: list[int] = []
    level = [id]
    while level:
        level = [child for child, parent in above.items() if parent in level]
        found += level
    return found


def _standing(scope: SiteScope, family: Sequence[int]) -> list[Merge]:
    return list(scope.db.scalars(scope.select(Merge).where(Merge.absorbed_id.in_(family), Merge.undone_at.is_(None))))


def _together(scope: SiteScope, merge: Merge, family: Sequence[int]) -> dict[int, Merge]:
    """For each of the family the merge with which it became one with the other side of `merge`: that itself, or a
    later one that brought it along."""
    found = {merge.root_id: merge, merge.absorbed_id: merge}
    edges = _standing(scope, family)
    while met := [m for m in edges if (m.root_id in found) != (m.absorbed_id in found)]:
        for each in met:
            near, new = (each.root_id, each.absorbed_id) if each.root_id in found else (each.absorbed_id, each.root_id)
            found.setdefault(new, max(found[near], each, key=lambda m: (m.noted_at, m.id)))
    return found


def _share_touches(
    scope: SiteScope, sides: Mapping[int, Sequence[int]], together: Mapping[int, Merge], merge: Merge
) -> None:
    """For each id a copy of each touch of the others beside it since they were one with it, under a ticket of its
    own."""
    columns = [column.key for column in inspect(TouchRow).column_attrs]
    since = [and_(TouchRow.person_id == id, TouchRow.noted_at >= last.noted_at) for id, last in together.items()]
    rows = scope.db.scalars(scope.select(TouchRow).where(or_(*since), TouchRow.voided_at.is_(None))).all()
    for to, whose in sides.items():
        for row in (row for row in rows if row.person_id in whose):
            said = {key: getattr(row, key) for key in columns}
            own = {"ticket": f"{row.ticket[:50]}~{merge.id}", "person_id": to, "pace_of": None, "budget_of": None}
            of = {"copy_of": row.copy_of or row.ticket, "copied_from": row.copied_from or row.person_id}
            scope.add(TouchRow(**{**said, **own, **of}))


def _give_invitations(scope: SiteScope, staying: Sequence[int], leaving: Sequence[int]) -> None:
    """What went, or goes, to an address of those who leave was always theirs: what comes of it must not be said of
    those who stay."""
    theirs = select(Identifier.value).where(Identifier.person_id.in_(leaving), Identifier.kind.in_(("email", "phone")))
    step = scope.update(Invitation).where(Invitation.person_id.in_(staying), Invitation.address.in_(theirs))
    scope.db.execute(step.values(person_id=leaving[0]).execution_options(synchronize_session=False))
