"""What is known of each account at a provider, and what the team should know of."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Float, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from server.store.tables.base import Table


class Account(Table):
    """An account at a provider, shared by every process that sends by it."""

    __tablename__ = "account"
    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    """`Provider.account`."""
    tokens: Mapped[float] = mapped_column(Float(53))
    filled_at: Mapped[datetime]
    """`server.core.bucket`: what may be sent now."""
    paused_at: Mapped[datetime | None]
    """Since then nothing is sent by it; None while it is in use."""
    paused_for: Mapped[str | None] = mapped_column(String(255))
    """What the provider said when it was paused."""
    looked_at: Mapped[datetime | None]
    """When it was last asked whether it can be used again."""
    on_trial: Mapped[bool] = mapped_column(default=False)
    """In use again after a pause, one message at a time until one is taken."""
    weight: Mapped[int | None]
    """Its share of what is sent, in points of a hundred; None at rest."""
    moved_at: Mapped[datetime | None]
    """When that last changed."""
    bad_at: Mapped[datetime | None]
    """When it last did badly for a minute."""
    minute: Mapped[datetime]
    """Since then are counted:"""
    faults: Mapped[int] = mapped_column(default=0)
    calls: Mapped[int] = mapped_column(default=0)
    slow: Mapped[int] = mapped_column(default=0)


class Pause(Table):
    """Nothing leaves a site on a channel until somebody resumes it."""

    __tablename__ = "pause"
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), primary_key=True)
    channel: Mapped[str] = mapped_column(String(12), primary_key=True)
    because: Mapped[str] = mapped_column(String(255))
    """In words that follow a colon."""
    by: Mapped[str] = mapped_column(String(60))
    """`alarm`, `desk` or `command`."""
    at: Mapped[datetime]


class Notice(Table):
    """Something that the team should know of and mend; one line for as long as it lasts."""

    __tablename__ = "notice"
    __table_args__ = (
        Index(
            "uq_notice_key_open",
            "key",
            unique=True,
            sqlite_where=text("ended_at is null"),
            postgresql_where=text("ended_at is null"),
        ),
        Index(None, "ended_at", "last"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(120))
    """What it is about, with its kind before the slash: `account/sendgrid:9f2c41d07ab3`."""
    kind: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(String(500))
    since: Mapped[datetime]
    last: Mapped[datetime]
    """When it was last told."""
    times: Mapped[int]
    ended_at: Mapped[datetime | None]
