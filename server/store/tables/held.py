"""What was held back: the last asks of each identified visitor, and how many of everybody's."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, PrimaryKeyConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.store.tables.base import Table


class HeldRow(Table):
    """An identified visitor was not asked: one row for each person, survey, rule and UTC day."""

    __tablename__ = "held"
    __table_args__ = (
        UniqueConstraint("person_id", "survey_id", "rule", "day"),
        Index(None, "site_id", "at"),
        Index(None, "at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id"))
    channel: Mapped[str] = mapped_column(String(12))
    rule: Mapped[str] = mapped_column(String(20))
    day: Mapped[str] = mapped_column(String(10))
    times: Mapped[int]
    at: Mapped[datetime]


class HeldCount(Table):
    """How many asks one rule held back on one day in UTC (`2026-11-23`), whoever would have been asked."""

    __tablename__ = "held_count"
    # The key begins with what reports ask for: one site, some days.
    __table_args__ = (PrimaryKeyConstraint("site_id", "day", "survey_id", "channel", "rule"),)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    day: Mapped[str] = mapped_column(String(10))
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id"))
    channel: Mapped[str] = mapped_column(String(12))
    rule: Mapped[str] = mapped_column(String(40))
    times: Mapped[int]
