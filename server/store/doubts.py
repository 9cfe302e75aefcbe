"""What may or may not have left: looked at until it is certain, or left in doubt."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from server.store.steps import changed, returned
from server.store.tables import Invitation


def due(now: datetime) -> Select[str]:
    """Everything in doubt that somebody should look at now."""
    return select(Invitation.id).where(*_in_doubt(), Invitation.look_at <= now)


def to_look_at(db: Session, now: datetime, patience: timedelta, limit: int) -> dict[str, int]:
    """Unconfirmed invitations that somebody should look at now: this caller, and nobody else for `patience`. Each with
    the number of looks that came to no end, this one too."""
    ids = list(db.scalars(due(now).limit(limit).with_for_update(skip_locked=True)))
    step = update(Invitation).where(Invitation.id.in_(ids), *_in_doubt(), Invitation.look_at <= now)
    claimed = step.values(look_at=now + patience, runs=Invitation.runs + 1)
    return dict(returned(db, claimed.returning(Invitation.id, Invitation.runs)))


def in_doubt(db: Session, ids: Sequence[str]) -> list[Invitation]:
    """Those of `ids` of which nobody knows yet whether they left."""
    return list(db.scalars(select(Invitation).where(Invitation.id.in_(ids), *_in_doubt())))


def look_again(db: Session, id: str, look_at: datetime | None) -> bool:
    """It is looked at again at `look_at`; None leaves it in doubt for good. False when it is not in doubt any more."""
    step = update(Invitation).where(Invitation.id == id, *_in_doubt()).values(look_at=look_at, runs=0)
    return changed(db, step) == 1


def call_again(db: Session, id: str, now: datetime, **going: Any) -> bool:
    """The one step back that there is: a call although an earlier one may have left. Once for each invitation."""
    step = update(Invitation).where(Invitation.id == id, *_in_doubt(), Invitation.resends == 0)
    return changed(db, step.values(state="calling", state_at=now, resends=1, look_at=None, **going)) == 1


def _in_doubt() -> tuple[Any, ...]:
    return (Invitation.state == "unconfirmed",)
