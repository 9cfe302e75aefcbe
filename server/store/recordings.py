"""What was spoken after the tone: once by its provider's name for it, fetched when somebody has the time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, defer

from server.store.scope import SiteScope
from server.store.steps import insert_into
from server.store.tables import RecordingRow


def want(scope: SiteScope, provider: str, ref: str, **facts: Any) -> int | None:
    """The id of a recording that is new here; None when it was told before."""
    said = {"site_id": scope.site_id, "provider": provider, "ref": ref, "tries": 0, **facts}
    step = insert_into(scope.db, RecordingRow).values(said).on_conflict_do_nothing(index_elements=["provider", "ref"])
    return scope.db.scalar(step.returning(RecordingRow.id))  # type: ignore[no-any-return]


def named(scope: SiteScope, provider: str, ref: str) -> RecordingRow | None:
    return scope.find(RecordingRow, RecordingRow.provider == provider, RecordingRow.ref == ref)


def of_id(db: Session, id: int) -> RecordingRow | None:
    """By its id, which comes from the queue."""
    return db.get(RecordingRow, id)


def due(db: Session, now: datetime, limit: int) -> list[int]:
    """Those that somebody should fetch or delete now, of whichever site."""
    return list(db.scalars(waiting(now).order_by(RecordingRow.look_at).limit(limit)))


def waiting(now: datetime) -> Select[int]:
    """As `due`, all of them."""
    return select(RecordingRow.id).where(RecordingRow.look_at <= now)


def take(db: Session, id: int, now: datetime, until: datetime) -> RecordingRow | None:
    """To whoever fetches it now, for as long as that may take; None when another has it. Call inside a write."""
    row = db.get(RecordingRow, id, with_for_update=True)
    if row is None or row.look_at is None or row.look_at > now:
        return None
    row.look_at, row.tries = until, row.tries + 1
    return row


def of_stories(scope: SiteScope, stories: Sequence[str]) -> dict[str, dict[str, RecordingRow]]:
    """By invitation and question, without what is in them; of one question the last."""
    found = scope.select(RecordingRow).where(RecordingRow.invitation_id.in_(stories), RecordingRow.state != "refused")
    rows: dict[str, dict[str, RecordingRow]] = {}
    for row in scope.db.scalars(found.options(defer(RecordingRow.body)).order_by(RecordingRow.id)):
        rows.setdefault(row.invitation_id, {})[row.question_id] = row
    return rows


def has(scope: SiteScope, story: str) -> bool:
    """Whether she spoke after the tone."""
    return bool(of_stories(scope, [story]))


def body(scope: SiteScope, id: int) -> bytes | None:
    return scope.db.scalar(
        select(RecordingRow.body).where(RecordingRow.site_id == scope.site_id, RecordingRow.id == id)
    )
