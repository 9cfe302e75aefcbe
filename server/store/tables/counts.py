"""How often something was done in an hour, a day, a month, or ever."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from server.store.tables.base import Table


class Counter(Table):
    """`n` of what `name` counts, in the time that began at `bucket`."""

    __tablename__ = "counter"
    __table_args__ = (Index(None, "bucket"),)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    bucket: Mapped[datetime] = mapped_column(primary_key=True)
    n: Mapped[int]
