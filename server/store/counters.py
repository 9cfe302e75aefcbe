"""What pace, budget and quota have spent: taken one by one, never more than there is."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import CursorResult, delete, func, select, tuple_
from sqlalchemy.orm import Session

from server.store.scope import SiteScope
from server.store.steps import Question, insert_into
from server.store.tables import Counter

KEY = (Counter.site_id, Counter.name, Counter.bucket)
EVER = datetime(1970, 1, 1, tzinfo=UTC)
"""The bucket of what is counted without end; it never grows old."""


def pace(survey_id: int) -> str:
    """The asks of a survey."""
    return f"pace/{survey_id}"


def budget(channel: str) -> str:
    """What is sent on a channel, for all surveys together."""
    return f"budget/{channel}"


def quota(survey_id: int) -> str:
    """The responses to a survey."""
    return f"quota/{survey_id}"


def spending(channel: str) -> str:
    """What the messages on a channel cost, in ten-thousandths of the account's currency."""
    return f"spending/{channel}"


def units(channel: str) -> str:
    """What they cost that for: parts of texts, minutes of calls."""
    return f"units/{channel}"


_ALIKE = "alike/"


def alike(channel: str, prefix: str) -> str:
    """Numbers of one range that were written to or called."""
    return f"{_ALIKE}{channel}/{prefix}"


def take(scope: SiteScope, name: str, bucket: datetime, limit: int | None = None, by: int = 1) -> bool:
    """One more, or `by` more, unless that would be more than `limit`: then False, and nothing changed.

    One statement: of any number of writes at once exactly as many get one as there are. Until this write ends,
    others who want the same wait for it; so take it last, and several always in the order pace, budget, quota, alike,
    spending, units.
    """
    if limit is not None and limit < by:
        return False
    first = insert_into(scope.db, Counter).values(site_id=scope.site_id, name=name, bucket=bucket, n=by)
    more = first.on_conflict_do_update(
        index_elements=[Counter.site_id, Counter.name, Counter.bucket],
        set_={"n": Counter.n + by},
        where=None if limit is None else Counter.n <= limit - by,
    )
    return scope.db.scalar(more.returning(Counter.n)) is not None


def give_back(scope: SiteScope, name: str, bucket: datetime, by: int = 1) -> None:
    """One, or `by`, that were taken and not used; never below none."""
    used = scope.update(Counter).where(Counter.name == name, Counter.bucket == bucket, Counter.n >= by)
    scope.db.execute(used.values(n=Counter.n - by).execution_options(synchronize_session=False))


def change(scope: SiteScope, name: str, bucket: datetime, by: int) -> None:
    """So many more were used than were taken, or fewer: what was taken is known by now."""
    if by > 0:
        take(scope, name, bucket, by=by)
    elif by < 0:
        give_back(scope, name, bucket, by=-by)


def spent(scope: SiteScope, name: str, bucket: datetime) -> int:
    """How many were taken."""
    counted = select(Counter.n).where(Counter.site_id == scope.site_id, Counter.name == name, Counter.bucket == bucket)
    return scope.db.scalar(counted) or 0


def spent_since(scope: SiteScope, name: str, since: datetime) -> int:
    """How many were taken in all buckets that began then or later."""
    counted = select(func.sum(Counter.n)).where(Counter.site_id == scope.site_id, Counter.name == name)
    return int(scope.db.scalar(counted.where(Counter.bucket >= since)) or 0)


def begin_anew(scope: SiteScope, channel: str) -> None:
    """Nobody minds how many numbers of one range were written to on this channel until now."""
    names = Counter.name.startswith(alike(channel, ""), autoescape=True)
    gone = scope.delete(Counter).where(names)
    scope.db.execute(gone.execution_options(synchronize_session=False))


def forget_alike(db: Session, before: datetime, limit: int) -> int:
    """As `forget`, of numbers of one range alone: after their hour nobody asks for them."""
    return _forget(db, old_alike(before), limit)


def forget(db: Session, before: datetime, limit: int) -> int:
    """Buckets that began before then are deleted, at most `limit` of them. How many it were."""
    return _forget(db, old(before), limit)


def old_alike(before: datetime) -> Question:
    """The keys of what `forget_alike` deletes."""
    return select(*KEY).where(Counter.bucket < before, Counter.name.startswith(_ALIKE, autoescape=True))


def old(before: datetime) -> Question:
    """The keys of what `forget` deletes."""
    return select(*KEY).where(Counter.bucket > EVER, Counter.bucket < before)


def _forget(db: Session, which: Question, limit: int) -> int:
    some = which.order_by(Counter.bucket).limit(limit).with_for_update(skip_locked=True)
    gone = delete(Counter).where(tuple_(*KEY).in_(some))
    result = db.execute(gone.execution_options(synchronize_session=False))
    assert isinstance(result, CursorResult)
    return result.rowcount
