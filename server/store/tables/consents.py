"""What people said about being asked, and what addresses can no longer take."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.store.tables.base import Table


class Consent(Table):
    """A statement: yes or no, on one channel or (`all`) on every one. None is ever changed; the latest stands."""

    __tablename__ = "consent"
    __table_args__ = (Index(None, "person_id", "purpose", "scope", "at", "id"), Index(None, "site_id", "at", "id"))
    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    """The very record that it was said of."""
    scope: Mapped[str] = mapped_column(String(12))
    given: Mapped[bool]
    purpose: Mapped[str] = mapped_column(String(20))
    basis: Mapped[str] = mapped_column(String(20))
    """Why she may be asked, by law; empty for a no."""
    source: Mapped[str] = mapped_column(String(20))
    evidence: Mapped[str] = mapped_column(String(255))
    noted_by: Mapped[str] = mapped_column(String(60))
    """Who wrote it down, where that was somebody of the team."""
    at: Mapped[datetime]


class Suppression(Table):
    """An address that must not be used any more, whoever has it."""

    __tablename__ = "suppression"
    __table_args__ = (UniqueConstraint("site_id", "channel", "address"), Index(None, "site_id", "reason", "at", "id"))
    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    channel: Mapped[str] = mapped_column(String(12))
    address: Mapped[str] = mapped_column(String(255))
    reason: Mapped[str] = mapped_column(String(12))
    source: Mapped[str] = mapped_column(String(20))
    detail: Mapped[str] = mapped_column(String(255))
    at: Mapped[datetime]
