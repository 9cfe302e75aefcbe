"""Invitations: planned, sent, shown. Each change is one guarded step forward."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from server.core.delivery import WAITING, State, before
from server.store.merges import families, hers
from server.store.scope import SiteScope
from server.store.steps import changed
from server.store.tables import Invitation, Person


def get(db: Session, id: str) -> Invitation | None:
    """An invitation by its id. Ids come from sealed links and the queue; the site follows from the row."""
    return db.get(Invitation, id)


def as_they_are(db: Session, ids: Sequence[str]) -> list[Invitation]:
    """Those of `ids` that there are, in that order, after changes that this session made without reading what became of
    them."""
    found = select(Invitation).where(Invitation.id.in_(ids)).execution_options(populate_existing=True)
    rows = {row.id: row for row in db.scalars(found)}
    return [rows[id] for id in dict.fromkeys(ids) if id in rows]


def locked(db: Session, id: str) -> tuple[Invitation | None, bool]:
    """An invitation, with everybody else who wants the record that it was made for waiting as in `people.lock`: in one
    look, for every answer begins so. And whether that record is the person still, not merged into another."""
    row = db.execute(_LOCKED, {"id": id}).first()
    return (row[0], row[1] is None) if row else (None, False)


_LOCKED = (
    select(Invitation, Person.merged_into)
    .join(Person, Person.id == Invitation.person_id)
    .where(Invitation.id == bindparam("id"))
    .with_for_update(key_share=True, of=Person)
)


def move(db: Session, id: str, then: State, now: datetime, **changes: Any) -> bool:
    """The invitation `id` becomes `then`, if it may from where it is. False when it may not."""
    return changed(db, _step(then, False, tuple(changes)), {"this": id, **_new(state_at=now, **changes)}) == 1


def move_held(db: Session, id: str, mine: str, then: State, now: datetime, **changes: Any) -> bool:
    """As `move`, by the worker whose call has the lease `mine`: one that was given up for dead records nothing."""
    values = {"this": id, "mine": mine, **_new(state_at=now, **changes)}
    return changed(db, _step(then, True, tuple(changes)), values) == 1


def _new(**changes: Any) -> dict[str, Any]:
    return {f"new_{name}": value for name, value in changes.items()}


@lru_cache(128)
def _step(then: State, is_held: bool, columns: tuple[str, ...]) -> Any:
    """To `then`, with new values of these columns: built once, for every message takes two. Nobody looks again at what
    has moved on, unless a new `look_at` says so."""
    step = update(Invitation).where(Invitation.id == bindparam("this"), Invitation.state.in_(before(then)))
    if is_held:
        step = step.where(Invitation.state == "calling", Invitation.lease == bindparam("mine"))
    new: dict[str, Any] = {name: bindparam(f"new_{name}") for name in ("state_at", *columns)}
    return step.values({"state": then, "look_at": None, **new})


def dismiss(db: Session, id: str) -> bool:
    """She closed it. False when an answer came before, or comes at the same moment: that says more."""
    step = update(Invitation).where(Invitation.id == id, Invitation.outcome.is_(None)).values(outcome="dismissed")
    return changed(db, step) == 1


def postpone(db: Session, id: str, due_at: datetime, now: datetime) -> None:
    """A waiting invitation is tried again at `due_at`, by whoever takes it up then."""
    waiting = update(Invitation).where(Invitation.id == id, Invitation.state.in_(WAITING))
    again = {"due_at": due_at, "waits_for": None, "lease": None, "runs": 0}
    db.execute(waiting.values(state="planned", state_at=now, **again))


def cancel_waiting(scope: SiteScope, person_id: int, channels: Sequence[str], now: datetime, reason: str) -> int:
    """What still waits for this person on these channels is suppressed. The number of invitations."""
    waiting = update(Invitation).where(
        Invitation.person_id.in_(hers(scope, person_id)),
        Invitation.state.in_(WAITING),
        Invitation.channel.in_(channels),
    )
    step = waiting.values(state="suppressed", reason=reason, state_at=now)
    return changed(scope.db, step)


def of_person(scope: SiteScope, person_id: int, limit: int) -> list[Invitation]:
    """Everything offered to one person, the latest first."""
    found = select(Invitation).where(Invitation.person_id.in_(hers(scope, person_id)))
    return list(scope.db.scalars(found.order_by(Invitation.created_at.desc()).limit(limit)))


def waiting_for(scope: SiteScope, person_id: int, limit: int) -> list[Invitation]:
    """What is planned for one person and has not left, the first due first."""
    waiting = select(Invitation).where(Invitation.person_id.in_(hers(scope, person_id)), Invitation.state.in_(WAITING))
    return list(scope.db.scalars(waiting.order_by(Invitation.due_at, Invitation.id).limit(limit)))


def next_due(scope: SiteScope, person_ids: Sequence[int]) -> dict[int, datetime]:
    """When each person's next planned send is due."""
    known = families(scope, person_ids)
    records = {id for family in known.values() for id in family}
    waiting = (
        select(Invitation.person_id, func.min(Invitation.due_at))
        .where(Invitation.person_id.in_(records))
        .where(Invitation.state.in_(WAITING))
        .group_by(Invitation.person_id)
    )
    times = {id: due for id, due in scope.db.execute(waiting) if due}
    return {id: min(times[m] for m in family if m in times) for id, family in known.items() if times.keys() & family}


def every_state(db: Session) -> dict[str, int]:
    """How many invitations are in each state, over all sites: whether anything is left to do."""
    return dict(db.execute(select(Invitation.state, func.count()).group_by(Invitation.state)).all())
