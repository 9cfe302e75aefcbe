"""Who may be asked, and what she is known by."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.store.tables.base import DatabaseNow, Table


class Person(Table):
    """Someone who may be asked. What she is known by is in her identifiers."""

    __tablename__ = "person"
    __table_args__ = (Index(None, "site_id", "created_at", "id"), Index(None, "merged_into"))
    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    name: Mapped[str | None] = mapped_column(String(255))
    zone: Mapped[str | None] = mapped_column(String(40))
    """Where she lives, by the name of its clock; None when nobody has said."""
    created_at: Mapped[datetime]
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """The person whom this record turned out to be. Always a root: one that is itself merged into nobody."""


class Merge(Table):
    """Two records turned out to be one person, or (undone) were taken apart again."""

    __tablename__ = "merge"
    __table_args__ = (Index(None, "absorbed_id"), Index(None, "root_id"))
    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    root_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    absorbed_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    because: Mapped[str] = mapped_column(String(40))
    """What named both: an identity token, a hook, an API call."""
    lent_name: Mapped[bool]
    """The root had no name, and took that of the absorbed."""
    at: Mapped[datetime]
    noted_at: Mapped[datetime] = mapped_column(default=DatabaseNow())
    """By the database's time, as that of touches."""
    undone_at: Mapped[datetime | None]


class Conflict(Table):
    """Two persons were named as one, and are not: they have different values of `kind`."""

    __tablename__ = "conflict"
    __table_args__ = (UniqueConstraint("person_id", "other_id", "kind"), Index(None, "other_id"))
    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    other_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(12))
    at: Mapped[datetime]


class Identifier(Table):
    """One thing that a person is known by; it belongs to one person of its site."""

    __tablename__ = "identifier"
    __table_args__ = (UniqueConstraint("site_id", "kind", "value"), Index(None, "person_id"))
    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(12))
    value: Mapped[str] = mapped_column(String(255))
