"""What a statement that changes rows in place came to."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CursorResult
from sqlalchemy.orm import Session


def changed(db: Session, step: Any) -> int:
    """How many rows `step` changed. Rows that this session has read already are not brought up to date."""
    result = db.execute(step.execution_options(synchronize_session=False))
    assert isinstance(result, CursorResult)
    return result.rowcount


def returned(db: Session, step: Any) -> list[Any]:
    """What `step` returns of each row that it changed; otherwise as `changed`."""
    return list(db.execute(step.execution_options(synchronize_session=False)).all())
