"""One tenant's view: what is asked through it never meets the rows of another site."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Delete, Select, Update, delete, func, select, update
from sqlalchemy.orm import Session

from server.store.tables import Table

Row = TypeVar("Row", bound=Table)

READ = "read"
"""Under this name a session remembers what it has read."""


@dataclass(frozen=True)
class SiteScope:
    """A session and the site that it speaks for. The site is taken from the thing asked about
    (a key, a token, a session), never from the address or the body of a request."""

    db: Session
    site_id: int

    def select(self, table: type[Row]) -> Select[Row]:
        return select(table).where(_site(table) == self.site_id)

    def update(self, table: type[Row]) -> Update:
        return update(table).where(_site(table) == self.site_id)

    def delete(self, table: type[Row]) -> Delete:
        return delete(table).where(_site(table) == self.site_id)

    def find(self, table: type[Row], *where: Any) -> Row | None:
        """The one row that fits, or None: a foreign row is as absent as a missing one."""
        return self.db.scalars(self.select(table).where(*where).limit(1)).first()

    def one_at_a_time(self, *names: str) -> None:
        """Until this write ends, nobody else does anything under one of these names. SQLite has one writer anyway."""
        if self.db.get_bind().dialect.name == "postgresql":
            for name in sorted(names):
                self.db.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, self.site_id))))

    def read_already(self, what: str) -> dict[Any, Any]:
        """What this session has read of `what` so far: true until it locks a person, or changes something of hers."""
        read: dict[Any, Any] = self.db.info.setdefault(READ, {})
        known: dict[Any, Any] = read.setdefault((what, self.site_id), {})
        return known

    def read_anew(self) -> None:
        """From here on nothing counts as read already."""
        self.db.info.pop(READ, None)

    def add(self, row: Row) -> Row:
        """`row` stored for this site, with its id."""
        row.site_id = self.site_id  # type: ignore[attr-defined]
        self.db.add(row)
        self.db.flush()
        return row


def _site(table: type[Table]) -> Any:
    return table.site_id  # type: ignore[attr-defined]
