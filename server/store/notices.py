"""What the team should know of and mend: told as often as it happens, it is one line until it is over."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import Session

from server.store.steps import changed, insert_into
from server.store.tables import Notice

SHOWN_MOST = 200


def tell(db: Session, key: str, text: str, now: datetime) -> bool:
    """`text` about `key` (`kind/what`, up to 120 characters). Whether it is news: nobody knew of it until now."""
    said = {"key": key[:120], "kind": key.partition("/")[0][:20], "text": text[:500], "times": 1}
    line = insert_into(db, Notice).values(**said, since=now, last=now)
    again = line.on_conflict_do_update(
        index_elements=[Notice.key],
        index_where=Notice.ended_at.is_(None),
        set_={"text": said["text"], "last": now, "times": Notice.times + 1},
    )
    return bool(db.scalar(again.returning(Notice.times)) == 1)


def end(db: Session, key: str, now: datetime) -> bool:
    """It is over; told again, it is another line. False when there was none."""
    open = update(Notice).where(Notice.key == key[:120], Notice.ended_at.is_(None))
    return changed(db, open.values(ended_at=now)) == 1


def lapse(db: Session, key: str, before: datetime, now: datetime) -> bool:
    """As `end`, of what nobody ends: it is over when it was not told since then."""
    return changed(db, update(Notice).where(*_quiet(key, before)).values(ended_at=now)) == 1


def standing(db: Session) -> list[Notice]:
    """What is not over, the latest first."""
    found = select(Notice).where(Notice.ended_at.is_(None)).order_by(Notice.last.desc(), Notice.id.desc())
    return list(db.scalars(found.limit(SHOWN_MOST)))


def forget(db: Session, before: datetime) -> int:
    """What was over before then is deleted. How many lines."""
    return changed(db, delete(Notice).where(Notice.ended_at < before))


def old(key: str, quiet: datetime, over: datetime) -> tuple[Select[int], ...]:
    """What `lapse` would end under this key, and `forget` delete."""
    return (
        select(Notice.id).where(*_quiet(key, quiet)),
        select(Notice.id).where(Notice.ended_at < over),
    )


def _quiet(key: str, before: datetime) -> tuple[Any, ...]:
    return (Notice.key == key[:120], Notice.ended_at.is_(None), Notice.last < before)
