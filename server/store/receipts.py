"""What providers told, each event once, and kept until it is known what it is about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, Select, delete, select
from sqlalchemy.orm import Session

from server.store.steps import insert_into
from server.store.tables import Invitation, Receipt

AT_ONCE = 100
"""Rows in one statement."""


def known(db: Session, provider: str, raw_ids: Sequence[str]) -> set[str]:
    """Those of these events that were told before."""
    found: set[str] = set()
    for some in _slices(raw_ids):
        told = select(Receipt.raw_id).where(Receipt.provider == provider, Receipt.raw_id.in_(some))
        found |= set(db.scalars(told))
    return found


def keep(db: Session, told: Sequence[dict[str, Any]]) -> list[int]:
    """The ids of those that are new: of any number of writes that keep the same event, one gets it."""
    new: list[int] = []
    # In one order in every process, so that no two of them wait for each other.
    for some in _slices(sorted(told, key=lambda each: each["raw_id"])):
        step = insert_into(db, Receipt).values(some).on_conflict_do_nothing(index_elements=["provider", "raw_id"])
        new += db.scalars(step.returning(Receipt.id))
    return new


def _slices(all: Sequence[Any]) -> list[list[Any]]:
    return [list(all[at : at + AT_ONCE]) for at in range(0, len(all), AT_ONCE)]


def take(db: Session, id: int) -> Receipt | None:
    """An event that is not applied yet; this write alone has it."""
    waits = select(Receipt).where(Receipt.id == id, Receipt.look_at.is_not(None))
    return db.scalars(waits.with_for_update(skip_locked=True)).first()


def unapplied(db: Session, now: datetime, limit: int) -> list[int]:
    """Events to look at again, those that have waited for it longest first."""
    return list(db.scalars(left(now).order_by(Receipt.look_at).limit(limit)))


def left(now: datetime) -> Select[int]:
    """As `unapplied`, all of them."""
    return select(Receipt.id).where(Receipt.look_at <= now)


def about(db: Session, told: Receipt) -> Invitation | None:
    """The invitation that an event is about, by our name for it or by its provider's."""
    if told.invitation_id:
        return db.get(Invitation, told.invitation_id)
    named = select(Invitation).where(Invitation.provider_ref == told.ref, Invitation.provider == told.provider)
    return db.scalars(named.limit(1)).first() if told.ref else None


def old(kept: datetime, unknown: datetime) -> tuple[Select[int], ...]:
    """What is to be forgotten, as `forget` has it."""
    return (
        select(Receipt.id).where(Receipt.received_at < kept).order_by(Receipt.received_at),
        select(Receipt.id).where(Receipt.received_at < unknown, Receipt.look_at.is_not(None)),
    )


def forget(db: Session, kept: datetime, unknown: datetime, limit: int) -> int:
    """What was received before `kept` is deleted, and before `unknown` what nobody knows anything about; at most
    `limit` of each. How many it were."""
    gone = 0
    for some in old(kept, unknown):
        found = some.limit(limit).with_for_update(skip_locked=True)
        step = delete(Receipt).where(Receipt.id.in_(found)).execution_options(synchronize_session=False)
        result = db.execute(step)
        assert isinstance(result, CursorResult)
        gone += result.rowcount
    return gone


def look_later(told: Receipt, now: datetime, soonest: timedelta) -> None:
    """Again after as long as it has waited already: soon at first, and then ever more seldom."""
    told.look_at = now + max(soonest, now - told.received_at)
