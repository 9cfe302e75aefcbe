"""Statements that change rows in place: what they came to, and what SQLite and PostgreSQL spell alike."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CursorResult
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import Session

from server.store.tables import Table


def changed(db: Session, step: Any) -> int:
    """How many rows `step` changed. Rows that this session has read already are not brought up to date."""
    result = db.execute(step.execution_options(synchronize_session=False))
    assert isinstance(result, CursorResult)
    return result.rowcount


def returned(db: Session, step: Any) -> list[Any]:
    """What `step` returns of each row that it changed; otherwise as `changed`."""
    return list(db.execute(step.execution_options(synchronize_session=False)).all())


def insert_into(db: Session, table: type[Table]) -> Any:
    """An insert that may say what happens to a row that is there already, as this database wants it."""
    insert: Any = insert_sqlite if db.get_bind().dialect.name == "sqlite" else insert_postgresql
    return insert(table)
