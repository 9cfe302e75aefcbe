"""What was said in conversations, in both directions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from server.store.tables.base import Table


class Turn(Table):
    """One text, or one thing said on the phone."""

    __tablename__ = "turn"
    __table_args__ = (Index(None, "story", "id"), Index(None, "address", "id"), Index(None, "ref"))
    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    invitation_id: Mapped[str] = mapped_column(ForeignKey("invitation.id"))
    story: Mapped[str] = mapped_column(String(32))
    """The invitation that began its story, to which the response belongs."""
    channel: Mapped[str] = mapped_column(String(12))
    address: Mapped[str] = mapped_column(String(255))
    """Hers."""
    side: Mapped[str] = mapped_column(String(4))
    """Who said it: `us` or `her`."""
    kind: Mapped[str] = mapped_column(String(12))
    """Of ours what it is (`server.core.conversation.Kind`), of hers what it came to: `answer`, a wish, `late`."""
    question_id: Mapped[str] = mapped_column(String(60))
    """Which it asks, or answers; empty for none."""
    words: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    ref: Mapped[str | None] = mapped_column(String(255))
    """The provider's name for what she said; of ours, for what of hers it answers."""
    state: Mapped[str] = mapped_column(String(12))
    """Of ours: `handed` to the provider, then as `server.core.delivery` has it. What opens a conversation has none:
    its invitation has."""
    reason: Mapped[str | None] = mapped_column(String(255))
