"""Responses, as they are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from server.core.surveys import Value
from server.store.answers import value_of
from server.store.merges import families, hers
from server.store.scope import SiteScope
from server.store.tables import Answer, Invitation, Response

# Put together once: that costs as much as asking the database, and every page asks it.
_AT = (
    select(Invitation, Answer.question_id, Answer.number, Answer.words, Answer.parts)
    .outerjoin(Response, Response.invitation_id == func.coalesce(Invitation.follows, Invitation.id))
    .outerjoin(Answer, Answer.response_id == Response.id)
    .where(Invitation.id == bindparam("id"))
)


def by_id(db: Session, id: int) -> Response | None:
    """A response by the id in its sealed permalink; the site follows from the row."""
    return db.get(Response, id)


def of_invitation(scope: SiteScope, invitation_id: str) -> Response | None:
    return scope.find(Response, Response.invitation_id == invitation_id)


def at(db: Session, invitation_id: str) -> tuple[Invitation | None, dict[str, Value]]:
    """An invitation by its id, and what was answered in its story by question id: in one look, for every page needs
    both."""
    rows = db.execute(_AT, {"id": invitation_id}).all()
    return rows[0][0] if rows else None, {row.question_id: value_of(row) for row in rows if row.question_id is not None}


def answered(scope: SiteScope, response_id: int) -> dict[str, Value]:
    """What was answered, by question id."""
    return answers_of(scope, [response_id]).get(response_id, {})


def answers_of(scope: SiteScope, response_ids: Sequence[int]) -> dict[int, dict[str, Value]]:
    """What was answered in each of these responses, by question id."""
    found: dict[int, dict[str, Value]] = {}
    for row in scope.db.scalars(scope.select(Answer).where(Answer.response_id.in_(response_ids))):
        found.setdefault(row.response_id, {})[row.question_id] = value_of(row)
    return found


@dataclass(frozen=True)
class Wanted:
    """Which responses a reader of the API asks for; None leaves a bound open."""

    page: int = 1
    per_page: int = 20
    newest_first: bool = False
    by_update: bool = False
    since: datetime | None = None
    until: datetime | None = None
    updated_since: datetime | None = None
    updated_until: datetime | None = None
    person_id: int | None = None


def listed(scope: SiteScope, wanted: Wanted) -> list[Response]:
    """One page of responses."""
    column = Response.updated_at if wanted.by_update else Response.created_at
    order = (column.desc(), Response.id.desc()) if wanted.newest_first else (column, Response.id)
    found = _bounded(scope, scope.select(Response), wanted).order_by(*order)
    return list(scope.db.scalars(found.limit(wanted.per_page).offset((wanted.page - 1) * wanted.per_page)))


def _bounded(scope: SiteScope, found: Select[Response], wanted: Wanted) -> Select[Response]:
    bounds: list[tuple[Any, Any]] = [
        (wanted.since, lambda v: Response.created_at >= v),
        (wanted.until, lambda v: Response.created_at <= v),
        (wanted.updated_since, lambda v: Response.updated_at >= v),
        (wanted.updated_until, lambda v: Response.updated_at <= v),
        (wanted.person_id, lambda v: Response.person_id.in_(hers(scope, v))),
    ]
    for value, where in bounds:
        if value is not None:
            found = found.where(where(value))
    return found


def newest_changes(scope: SiteScope, limit: int) -> list[tuple[int, datetime]]:
    """Id and time of the responses that changed last, the latest first: from the index alone."""
    found = select(Response.id, Response.updated_at).where(Response.site_id == scope.site_id)
    rows = scope.db.execute(found.order_by(Response.updated_at.desc(), Response.id.desc()).limit(limit))
    return [(id, updated_at) for id, updated_at in rows]


def newest(scope: SiteScope, limit: int) -> list[Response]:
    """The responses that changed last, the latest first."""
    order = (Response.updated_at.desc(), Response.id.desc())
    return list(scope.db.scalars(scope.select(Response).order_by(*order).limit(limit)))


def of_person(scope: SiteScope, person_id: int, limit: int) -> list[Response]:
    found = select(Response).where(Response.person_id.in_(hers(scope, person_id)))
    return list(scope.db.scalars(found.order_by(Response.created_at.desc()).limit(limit)))


def last_answered(scope: SiteScope, person_ids: Sequence[int]) -> dict[int, datetime]:
    """When each person last answered."""
    known = families(scope, person_ids)
    records = {id for family in known.values() for id in family}
    answered = (
        select(Response.person_id, func.max(Response.created_at))
        .where(Response.person_id.in_(records))
        .group_by(Response.person_id)
    )
    times = dict(scope.db.execute(answered).all())
    return {id: max(times[m] for m in family if m in times) for id, family in known.items() if times.keys() & family}
