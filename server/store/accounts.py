"""Accounts at providers: what they may send now, whether they are paused, and how they did in the last minute."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, or_, select, update
from sqlalchemy.orm import Session

from server.core.bucket import Bucket
from server.core.weights import MOVE_EVERY, Minute
from server.store.steps import changed, insert_into, returned
from server.store.tables import Account

FULL = 1e9
"""Tokens that a bucket holds only one second's worth of: an account begins with it full."""


def known(db: Session, names: Sequence[str]) -> dict[str, Account]:
    """What is known of these accounts; of one that was never used, nothing."""
    return {row.name: row for row in db.scalars(select(Account).where(Account.name.in_(names)))}


def locked(db: Session, name: str, now: datetime) -> Account:
    """The account, made when it is new, with everybody else who sends by it waiting. Take it late in a write."""
    row = _find(db, name)
    return row if row else _made(db, name, now)


def _find(db: Session, name: str) -> Account | None:
    found = select(Account).where(Account.name == name).with_for_update()
    return db.scalars(found.execution_options(populate_existing=True)).first()


def _made(db: Session, name: str, now: datetime) -> Account:
    begins = {"tokens": FULL, "filled_at": now, "minute": now, "on_trial": False, "faults": 0, "calls": 0, "slow": 0}
    db.execute(insert_into(db, Account).values(name=name, **begins).on_conflict_do_nothing())
    row = _find(db, name)
    assert row
    return row


def bucket_of(row: Account | None, per_second: float, now: datetime) -> Bucket:
    """What it may send now; an account that was never used has a full bucket."""
    return Bucket(per_second, row.tokens if row else FULL, row.filled_at if row else now)


def fill(row: Account, bucket: Bucket) -> None:
    """`bucket` is what is left."""
    row.tokens, row.filled_at = bucket.tokens, bucket.at


def pause(db: Session, name: str, why: str, now: datetime) -> bool:
    """Nothing is sent by this account until it is resumed. False when it was paused already."""
    row = locked(db, name, now)
    if row.paused_at:
        return False
    row.paused_at, row.paused_for, row.looked_at, row.on_trial = now, why[:255], now, False
    return True


def resume(db: Session, name: str) -> bool:
    """It is in use again: one message at a time, until one is taken. False when it was not paused."""
    step = update(Account).where(Account.name == name, Account.paused_at.is_not(None))
    return changed(db, step.values(paused_at=None, on_trial=True)) == 1


def passed(db: Session, name: str) -> bool:
    """A message was taken. Whether that was in doubt."""
    step = update(Account).where(Account.name == name, Account.on_trial.is_(True), Account.paused_at.is_(None))
    return changed(db, step.values(on_trial=False, paused_for=None)) == 1


def unlooked(now: datetime, every: timedelta) -> Select[str]:
    """Paused accounts that nobody has asked for so long."""
    return select(Account.name).where(*_unlooked(now, every))


def to_look_at(db: Session, now: datetime, every: timedelta) -> list[str]:
    """Those accounts; by this call alone, until they are due again."""
    step = update(Account).where(*_unlooked(now, every)).values(looked_at=now).returning(Account.name)
    return [name for (name,) in returned(db, step)]


def _unlooked(now: datetime, every: timedelta) -> tuple[Any, ...]:
    return (Account.paused_at.is_not(None), or_(Account.looked_at.is_(None), Account.looked_at <= now - every))


def tally(db: Session, name: str, said: Minute, now: datetime) -> Account:
    """`said` is added to what is counted of this minute; an older one is over."""
    row = locked(db, name, now)
    if row.minute <= now - MOVE_EVERY:
        row.minute, row.faults, row.calls, row.slow = now, 0, 0, 0
    row.faults += said.faults
    row.calls += said.calls
    row.slow += said.slow
    if minute_of(row, now).is_bad:
        row.bad_at = now
    return row


def minute_of(row: Account, now: datetime) -> Minute:
    """How it did in the last minute."""
    is_over = row.minute <= now - MOVE_EVERY
    return Minute() if is_over else Minute(row.faults, row.calls, row.slow)
