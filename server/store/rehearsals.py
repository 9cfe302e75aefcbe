"""Dry runs, stored so that every process can see how far they are, and some of them afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, update
from sqlalchemy.orm import Session

from server.store.scope import SiteScope
from server.store.tables import RehearsalRow

KEPT = 20
"""The last ones of a site; older ones go."""

PATIENCE = timedelta(seconds=60)
"""A dry run of which nothing was heard for so long was lost with its worker."""


def is_lost(row: RehearsalRow, now: datetime) -> bool:
    return row.state == "running" and row.told_at <= now - PATIENCE


def begin(
    scope: SiteScope, document: Mapping[str, Any], days: int, by: str, now: datetime
) -> tuple[RehearsalRow, bool]:
    """The dry run of this policy, and whether it is new: while another one of the site runs, it is that one."""
    scope.one_at_a_time("rehearsal")
    known = scope.find(RehearsalRow, RehearsalRow.state == "running", RehearsalRow.told_at > now - PATIENCE)
    if known:
        return known, False
    times = {"made_at": now, "told_at": now}
    row = RehearsalRow(state="running", document=dict(document), days=days, made_by=by, **times)
    scope.add(row)
    last = scope.select(RehearsalRow).with_only_columns(RehearsalRow.id).order_by(RehearsalRow.id.desc()).limit(KEPT)
    gone = scope.delete(RehearsalRow).where(RehearsalRow.id.not_in(last))
    scope.db.execute(gone.execution_options(synchronize_session=False))
    return row, True


def get(db: Session, id: int) -> RehearsalRow | None:
    """A dry run by its id, for the worker; the site follows from the row."""
    return db.get(RehearsalRow, id)


def of_site(scope: SiteScope, id: int) -> RehearsalRow | None:
    return scope.find(RehearsalRow, RehearsalRow.id == id)


def tell(db: Session, id: int, after: int, now: datetime, **news: Any) -> bool:
    """How far it is now, by the worker that had come to the person `after`. False when it is no more its own."""
    mine = (RehearsalRow.id == id, RehearsalRow.state == "running", RehearsalRow.last_person == after)
    step = update(RehearsalRow).where(*mine).values(told_at=now, **news)
    result = db.execute(step.execution_options(synchronize_session=False))
    assert isinstance(result, CursorResult)
    return result.rowcount == 1


def fail(db: Session, id: int, note: str, now: datetime) -> None:
    """It ends without a tale; `note` says why, for a person to read."""
    step = update(RehearsalRow).where(RehearsalRow.id == id, RehearsalRow.state == "running")
    ended = step.values(state="failed", note=note[:255], told_at=now)
    db.execute(ended.execution_options(synchronize_session=False))
