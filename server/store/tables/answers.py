"""What came back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.store.tables.base import Table


class Response(Table):
    """What came back of one invitation."""

    __tablename__ = "response"
    __table_args__ = (
        Index(None, "site_id", "created_at", "id"),
        Index(None, "site_id", "updated_at", "id"),
        Index(None, "person_id"),
        Index(None, "survey_id", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("survey_version.id"))
    invitation_id: Mapped[str] = mapped_column(ForeignKey("invitation.id"), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    channel: Mapped[str] = mapped_column(String(12))
    kind: Mapped[str] = mapped_column(String(16))
    score: Mapped[int | None]
    comment: Mapped[str | None] = mapped_column(Text)
    properties: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    took: Mapped[int | None]
    """Seconds from seeing it to the last answer, of whoever did it all in one sitting."""
    one_click: Mapped[str | None] = mapped_column(String(8))
    """How a click in a message alone came to count: `touched` or `opened` (`server.core.one_click.Way`); None for what
    was sent."""


class Answer(Table):
    """One question's answer. The same question answered again changes it."""

    __tablename__ = "answer"
    __table_args__ = (UniqueConstraint("response_id", "question_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    response_id: Mapped[int] = mapped_column(ForeignKey("response.id"))
    question_id: Mapped[str] = mapped_column(String(60))
    number: Mapped[int | None]
    words: Mapped[str | None] = mapped_column(Text)
    parts: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """What has more than one part: chosen options, an order, a contact."""
    at: Mapped[datetime]
    told: Mapped[str | None] = mapped_column(String(32))
    """The submission that said it (`server.core.submissions`); an earlier one that comes late changes nothing."""
