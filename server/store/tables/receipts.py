"""What providers told of messages, each event once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, SmallInteger, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.store.tables.base import Table


class Receipt(Table):
    """One event, as `channels.channel.Event` has it. It may come before anybody here knows what it is about."""

    __tablename__ = "receipt"
    __table_args__ = (
        UniqueConstraint("provider", "raw_id"),
        Index(None, "look_at"),
        Index(None, "received_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    provider: Mapped[str] = mapped_column(String(20))
    raw_id: Mapped[str] = mapped_column(String(255))
    channel: Mapped[str] = mapped_column(String(12))
    kind: Mapped[str] = mapped_column(String(12))
    invitation_id: Mapped[str] = mapped_column(String(32))
    """As the provider says it; empty when it only names the message by `ref`."""
    attempt: Mapped[str] = mapped_column(String(32))
    ref: Mapped[str] = mapped_column(String(255))
    reason: Mapped[str] = mapped_column(String(255))
    words: Mapped[str | None] = mapped_column(Text)
    """What she wrote back."""
    minutes: Mapped[int | None] = mapped_column(SmallInteger)
    """How many are charged, of a call that is over."""
    at: Mapped[datetime | None]
    """By the provider's clock, as far as that does not run ahead of ours."""
    received_at: Mapped[datetime]
    look_at: Mapped[datetime | None]
    """When somebody looks again what it is about; None once it is applied."""
