"""What pace, budget and quota have spent: taken one by one, never more than there is."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import CursorResult, delete, select, tuple_
from sqlalchemy.orm import Session

from server.store.scope import SiteScope
from server.store.steps import insert_into
from server.store.tables import Counter

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


def take(scope: SiteScope, name: str, bucket: datetime, limit: int | None = None) -> bool:
    """One more, unless there are `limit` already: then False, and nothing changed.

    One statement: of any number of writes at once exactly as many get one as there are. Until this write ends,
    others who want the same wait for it; so take it last, and several always in the order pace, budget, quota.
    """
    if limit is not None and limit < 1:
        return False
    first = insert_into(scope.db, Counter).values(site_id=scope.site_id, name=name, bucket=bucket, n=1)
    more = first.on_conflict_do_update(
        index_elements=[Counter.site_id, Counter.name, Counter.bucket],
        set_={"n": Counter.n + 1},
        where=None if limit is None else Counter.n < limit,
    )
    return scope.db.scalar(more.returning(Counter.n)) is not None


def give_back(scope: SiteScope, name: str, bucket: datetime) -> None:
    """One that was taken and not used; never below none."""
    used = scope.update(Counter).where(Counter.name == name, Counter.bucket == bucket, Counter.n > 0)
    scope.db.execute(used.values(n=Counter.n - 1).execution_options(synchronize_session=False))


def spent(scope: SiteScope, name: str, bucket: datetime) -> int:
    """How many were taken."""
    counted = select(Counter.n).where(Counter.site_id == scope.site_id, Counter.name == name, Counter.bucket == bucket)
    return scope.db.scalar(counted) or 0


def forget(db: Session, before: datetime, limit: int) -> int:
    """Buckets that began before then are deleted, at most `limit` of them. How many it were."""
    key = (Counter.site_id, Counter.name, Counter.bucket)
    old = select(*key).where(Counter.bucket > EVER, Counter.bucket < before).order_by(Counter.bucket).limit(limit)
    gone = delete(Counter).where(tuple_(*key).in_(old.with_for_update(skip_locked=True)))
    result = db.execute(gone.execution_options(synchronize_session=False))
    assert isinstance(result, CursorResult)
    return result.rowcount
