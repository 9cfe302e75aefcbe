"""What can be asked, in every version in which it was."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.store.tables.base import Table


class SurveyRow(Table):
    """A survey of a site; what it asks is in its versions."""

    __tablename__ = "survey"
    __table_args__ = (Index(None, "site_id", "state"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    key: Mapped[str] = mapped_column(String(40), unique=True)
    """Public, in `/l/<survey>`: random, so that nobody finds surveys by counting."""
    slug: Mapped[str] = mapped_column(String(60))
    """The team's name for it, in commands and hooks."""
    state: Mapped[str] = mapped_column(String(12), default="live")
    version_id: Mapped[int | None]
    created_at: Mapped[datetime]
    takes: Mapped[int | None]
    """Seconds that it really takes: the median of those who answered last, once they are enough."""
    takes_at: Mapped[datetime | None]
    """When that was last looked at."""


class SurveyVersion(Table):
    """Questions and texts as they were at one time. Never changed: an answer belongs to the version it was given to."""

    __tablename__ = "survey_version"
    __table_args__ = (UniqueConstraint("survey_id", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id"))
    number: Mapped[int]
    definition: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
