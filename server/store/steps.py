"""Statements that change rows in place: whether there are any, what it came to, and what SQLite and PostgreSQL spell
alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from sqlalchemy import CursorResult, Select, or_, select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import Session

from server.store.tables import Table

Name = TypeVar("Name")
Question = Select[*tuple[Any, ...]]


def changed(db: Session, step: Any, values: Mapping[str, Any] | None = None) -> int:
    """How many rows `step`, filled with `values`, changed. Rows that this session has read already are not brought up
    to date."""
    result = db.execute(step, values, execution_options={"synchronize_session": False})
    assert isinstance(result, CursorResult)
    return result.rowcount


def returned(db: Session, step: Any) -> list[Any]:
    """What `step` returns of each row that it changed; otherwise as `changed`."""
    return list(db.execute(step.execution_options(synchronize_session=False)).all())


def those_that_find(db: Session, questions: Mapping[Name, tuple[Question, ...]]) -> set[Name]:
    """Those under whose name any question finds a row: one statement, and of each question one look."""
    each = [or_(*(question.exists() for question in some)) for some in questions.values()]
    found = db.execute(select(*(any.label(f"n{n}") for n, any in enumerate(each)))).one()
    return {name for name, there in zip(questions, found, strict=True) if there}


def insert_into(db: Session, table: type[Table]) -> Any:
    """An insert that may say what happens to a row that is there already, as this database wants it."""
    insert: Any = insert_sqlite if db.get_bind().dialect.name == "sqlite" else insert_postgresql
    return insert(table)
