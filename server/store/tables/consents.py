"""What people said about being asked."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.store.tables.base import Table


class OptOut(Table):
    """A person said no: on one channel, or (`all`) on every one."""

    __tablename__ = "opt_out"
    __table_args__ = (UniqueConstraint("person_id", "scope"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    scope: Mapped[str] = mapped_column(String(12))
    source: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime]
