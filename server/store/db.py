"""The database: one way to read, one way to write, the same on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from time import time_ns
from typing import Any

from sqlalchemy import Connection, create_engine, event, make_url, select, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from server.store.tables.base import DatabaseNow

__all__ = ["Database", "DatabaseError", "DatabaseTrouble", "Session", "database_time"]

DatabaseError = OperationalError
"""The database is away, or too busy; what it was told makes sense."""


class DatabaseTrouble(Exception):
    """The database cannot be used as configured; the message says what to do and names no password."""


class Database:
    """Sessions over one engine. A write holds the database's write lock from its first statement (SQLite),
    so that a story never has to be told again halfway through."""

    def __init__(self, url: str, connections: int = 8):
        try:
            parsed = make_url(url)
            if parsed.drivername in ("postgresql", "postgres"):
                parsed = parsed.set(drivername="postgresql+psycopg")
            self.is_sqlite = parsed.get_backend_name() == "sqlite"
            options: dict[str, Any] = {"pool_pre_ping": not self.is_sqlite}
            if not self.is_sqlite:
                # Public pages must not wait for a query storm: better a refusal that the browser repeats.
                options["connect_args"] = {"connect_timeout": 5, "options": "-c statement_timeout=10000"}
            self.engine = create_engine(parsed, pool_size=connections, max_overflow=connections, **options)
        except (ArgumentError, NoSuchModuleError, ValueError, TypeError, ImportError) as why:
            raise DatabaseTrouble("DATABASE_URL is no address of a SQLite or PostgreSQL database") from why
        self.shown = parsed.render_as_string(hide_password=True)
        if self.is_sqlite:
            _teach_sqlite(self.engine)
        self._writer = self.engine.execution_options(writes=True)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one moment and changes nothing."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session that commits at the end of the block, or not at all. Keep the block short."""
        with Session(self._writer, expire_on_commit=False) as session, session.begin():
            yield session

    def version(self) -> str | None:
        """The number of the last migration that ran; None before the first."""
        try:
            with self.engine.connect() as connection:
                found = connection.scalar(text("select version_num from alembic_version"))
                return str(found) if found else None
        except (OperationalError, ProgrammingError):
            return None

    def check(self) -> None:
        """Raise DatabaseTrouble when no connection can be had."""
        try:
            with self.engine.connect() as connection:
                connection.execute(text("select 1"))
        except (OperationalError, DBAPIError) as why:
            said = str(why.orig).strip().splitlines()[0] if why.orig and str(why.orig).strip() else "no answer"
            raise DatabaseTrouble(f"the database {self.shown} cannot be opened: {said}") from why


def database_time(session: Session) -> datetime:
    """What time it is by the database, to the millisecond. SQLite runs in this process, by whose clock it goes: it need
    not be asked."""
    if session.get_bind().dialect.name == "sqlite":
        return datetime.fromtimestamp(time_ns() // 1_000_000 / 1000, UTC)
    said = session.scalar(_TIME)
    return datetime.fromtimestamp((said or 0) / 1000, UTC)


_TIME = select(DatabaseNow())


def _teach_sqlite(engine: Any) -> None:
    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        cursor = connection.cursor()
        # An acknowledged answer survives a power cut: FULL, not NORMAL.
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        # A deferred transaction that reads and then writes can be refused at the write, with work half done.
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
