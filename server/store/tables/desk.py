"""Who is signed in to the desk."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from server.store.tables.base import Table


class DeskLink(Table):
    """A sign-in link to the desk, good once."""

    __tablename__ = "desk_link"
    fingerprint: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class DeskSession(Table):
    """Somebody signed in to the desk."""

    __tablename__ = "desk_session"
    fingerprint: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime]
    seen_at: Mapped[datetime]
