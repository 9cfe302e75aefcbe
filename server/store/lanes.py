"""Who is next: what is due is claimed lane by lane, taken up by one worker, and found again when that worker died."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from itertools import product
from typing import Any, NamedTuple

from sqlalchemy import Select, Update, bindparam, case, func, literal, select, union_all, update
from sqlalchemy.orm import Session

from server.core.delivery import LANES, WAITING
from server.store.steps import changed, returned
from server.store.tables import Instant, Invitation


class Claimed(NamedTuple):
    """An invitation, the version of what it asks, and how many workers came to no end with it."""

    id: str
    version: int
    runs: int


_CLAIMED = (Invitation.id, Invitation.version_id, Invitation.runs)

STATE = Invitation.state.concat("")
"""The state of rows that are named: by no index. Given both, SQLite would rather read a million that wait than find the
ten that are named."""


class Seen(NamedTuple):
    """A lane at one look: how many of it are with the workers, and whether more are due."""

    handed: int
    is_due: bool


def look(db: Session, channels: Sequence[str], now: datetime, most: int) -> dict[tuple[str, int], Seen]:
    """Every lane of these channels in one statement; what is with the workers is counted up to `most`."""
    found = db.execute(_look(tuple(channels)), {"now": now, "most": most})
    return {(channel, lane): Seen(handed, bool(is_due)) for channel, lane, handed, is_due in found}


@cache
def _look(channels: tuple[str, ...]) -> Any:
    parts = []
    for channel, lane in product(channels, LANES):
        some = select(Invitation.id).where(*_line("queued", channel, lane)).limit(bindparam("most")).subquery()
        handed = select(func.count()).select_from(some).scalar_subquery()
        due = (*_line("planned", channel, lane), Invitation.due_at <= bindparam("now", type_=Instant()))
        # In order, or PostgreSQL goes through the whole table when it believes that it will soon meet one.
        first = select(Invitation.id).where(*due).order_by(Invitation.due_at).limit(1).subquery()
        is_due = select(func.count()).select_from(first).scalar_subquery()
        parts.append(select(literal(channel), literal(lane), handed, is_due))
    return union_all(*parts)


def due(db: Session, channel: str, lane: int, now: datetime, limit: int) -> list[Claimed]:
    """Id and version of planned invitations whose time has come, claimed as queued by this call alone: of those that
    waited for one moment the oldest first."""
    waiting = select(Invitation.id).where(*_line("planned", channel, lane), Invitation.due_at <= now)
    waiting = waiting.order_by(Invitation.due_at, Invitation.created_at).limit(limit).with_for_update(skip_locked=True)
    ids = list(db.scalars(waiting))
    step = update(Invitation).where(Invitation.id.in_(ids), STATE == "planned")
    step = step.values(state="queued", state_at=now, lease=None)
    claimed = {each.id: each for each in _claimed(db, step)}
    return [claimed[id] for id in ids if id in claimed]


def forgotten(
    db: Session, channel: str, lane: int, now: datetime, patience: timedelta, limit: int, taken: bool = False
) -> list[Claimed]:
    """As `due`, of queued invitations whose job was lost: that no worker took up within `patience`, or (`taken`) that
    one took up and came to no end with."""
    mine = Invitation.lease.is_not(None) if taken else Invitation.lease.is_(None)
    lost = (*_line("queued", channel, lane), Invitation.state_at <= now - patience, mine)
    ids = list(db.scalars(select(Invitation.id).where(*lost).limit(limit).with_for_update(skip_locked=True)))
    step = update(Invitation).where(Invitation.id.in_(ids), *lost).values(state_at=now, lease=None)
    return _claimed(db, step)


def _claimed(db: Session, step: Update) -> list[Claimed]:
    return [Claimed(*row) for row in returned(db, step.returning(*_CLAIMED))]


def waiting(db: Session, ids: Sequence[str], now: datetime) -> list[Invitation]:
    """Those of `ids` that may be taken up now, in that order."""
    found = {row.id: row for row in db.scalars(select(Invitation).where(Invitation.id.in_(ids), *_free(now)))}
    return [found[id] for id in dict.fromkeys(ids) if id in found]


def take(db: Session, ids: Sequence[str], lease: str, now: datetime) -> dict[str, int]:
    """Those of `ids` that from now on are in the hands of whoever has `lease`, each with its runs, this one too."""
    free = select(Invitation.id).where(Invitation.id.in_(ids), *_free(now)).with_for_update(skip_locked=True)
    step = update(Invitation).where(Invitation.id.in_(list(db.scalars(free))), *_free(now))
    step = step.values(state="queued", state_at=now, lease=lease, runs=Invitation.runs + 1)
    taken = dict(returned(db, step.returning(Invitation.id, Invitation.runs)))
    return {id: taken[id] for id in ids if id in taken}


def put_back(db: Session, ids: Sequence[str], lease: str, now: datetime) -> None:
    """What was taken under `lease` and not begun may be taken again."""
    if not ids:
        return
    mine = update(Invitation).where(Invitation.id.in_(ids), STATE == "queued", Invitation.lease == lease)
    changed(db, mine.values(lease=None, state_at=now, runs=Invitation.runs - 1))


def give_up(db: Session, id: str, lease: str, reason: str, until: datetime, now: datetime) -> None:
    """What was taken under `lease` and could not be sent is tried again at `until`; the run stays counted."""
    mine = update(Invitation).where(Invitation.id == id, Invitation.state == "queued", Invitation.lease == lease)
    changed(db, mine.values(state="planned", state_at=now, lease=None, due_at=until, reason=reason[:255]))


def put_off(db: Session, ids: Sequence[str], now: datetime, until: datetime | None = None) -> None:
    """What waits and nobody has is planned again, for then at the earliest."""
    free = update(Invitation).where(Invitation.id.in_(ids), STATE.in_(WAITING), Invitation.lease.is_(None))
    earliest = literal(until, Instant())
    due_at = case((Invitation.due_at < earliest, earliest), else_=Invitation.due_at)
    changed(db, free.values(state="planned", state_at=now, **({"due_at": due_at} if until else {})))


def outdated(db: Session, channel: str, lane: int, now: datetime, limit: int) -> list[str]:
    """Ids of planned invitations whose time is over, of those that wait longest."""
    oldest = select(Invitation.id, Invitation.expires_at).where(*_line("planned", channel, lane))
    oldest = oldest.where(Invitation.due_at <= now).order_by(Invitation.due_at, Invitation.created_at).limit(limit)
    return [id for id, expires_at in db.execute(oldest) if expires_at and expires_at <= now]


def still_mine(db: Session, leases: Sequence[str], now: datetime) -> set[str]:
    """Those of these leases whose calls nobody has given up for dead; they last anew from now."""
    step = update(Invitation).where(Invitation.lease.in_(leases), Invitation.state == "calling").values(state_at=now)
    return {lease for (lease,) in returned(db, step.returning(Invitation.lease))}


def abandoned(db: Session, now: datetime, lease: timedelta, limit: int) -> list[tuple[str, str]]:
    """Id and lease of invitations whose worker died in the call to a provider, `lease` after it was last heard of."""
    return [(id, mine or "") for id, mine in db.execute(dead(now, lease).limit(limit))]


def dead(now: datetime, lease: timedelta) -> Select[str, str | None]:
    """As `abandoned`, all of them."""
    calling = (Invitation.state == "calling", Invitation.lease.is_not(None))
    return select(Invitation.id, Invitation.lease).where(*calling, Invitation.state_at <= now - lease)


def _line(state: str, channel: str, lane: int) -> tuple[Any, ...]:
    return (Invitation.state == state, Invitation.channel == channel, Invitation.lane == lane)


def _free(now: datetime) -> tuple[Any, ...]:
    is_due = Invitation.due_at.is_(None) | (Invitation.due_at <= now)
    return (STATE.in_(WAITING), Invitation.lease.is_(None), is_due)
