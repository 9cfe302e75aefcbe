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
    __table_args__ = (Index(None, "site_id", "state"), Index(None, "site_id", "slug", unique=True))
    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    key: Mapped[str] = mapped_column(String(40), unique=True)
    """Public, in `/l/<survey>`: random, so that nobody finds surveys by counting."""
    slug: Mapped[str] = mapped_column(String(60))
    """The team's name for it, in commands and hooks."""
    state: Mapped[str] = mapped_column(String(12), default="live")
    """`draft` until it is first published; then `live`, `paused` or `closed`."""
    version_id: Mapped[int | None]
    """What is asked; a later version is a draft. None until the first is published."""
    created_at: Mapped[datetime]
    takes: Mapped[int | None]
    """Seconds that it really takes: the median of those who answered last, once they are enough."""
    takes_at: Mapped[datetime | None]
    """When that was last looked at."""
    cancelled_at: Mapped[datetime | None]
    """What was planned by then and had not left is not sent any more."""


class SurveyVersion(Table):
    """Questions and texts as they were at one time. Never changed: an answer belongs to the version it was given to."""

    __tablename__ = "survey_version"
    __table_args__ = (UniqueConstraint("survey_id", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id"))
    number: Mapped[int]
    definition: Mapped[dict[str, Any]]
    made_by: Mapped[str] = mapped_column(String(60), default="", server_default="")
    created_at: Mapped[datetime]


class SurveyChange(Table):
    """What was done with a survey, by whom and when: published, paused, resumed, closed, renamed."""

    __tablename__ = "survey_change"
    __table_args__ = (Index(None, "site_id", "survey_id", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id"))
    what: Mapped[str] = mapped_column(String(12))
    detail: Mapped[str] = mapped_column(String(120), default="")
    """The number of the version that was published; the slug that it had before."""
    made_by: Mapped[str] = mapped_column(String(60))
    made_at: Mapped[datetime]


class LinkRow(Table):
    """An open link to a survey, with a name of its own: a poster, a newsletter, the foot of a mail."""

    __tablename__ = "link"
    __table_args__ = (Index(None, "site_id", "survey_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id"))
    key: Mapped[str] = mapped_column(String(40), unique=True)
    """Public, in `/l/<key>`: random, as a survey's."""
    name: Mapped[str] = mapped_column(String(60))
    properties: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Stand on every answer that comes by it, whatever its address says."""
    single_use: Mapped[bool] = mapped_column(default=False)
    closes_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    """By the team, or by the one answer of a link for single use."""
    made_by: Mapped[str] = mapped_column(String(60))
    made_at: Mapped[datetime]
