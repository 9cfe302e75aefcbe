"""What was done with the links of messages before anybody answered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from server.store.tables.base import Table


class ClickRow(Table):
    """One visit to a link of an invitation (`server.core.one_click.Click`). It is no answer."""

    __tablename__ = "click"
    __table_args__ = (Index(None, "invitation_id", "at"), Index(None, "at"))
    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    invitation_id: Mapped[str] = mapped_column(ForeignKey("invitation.id"))
    at: Mapped[datetime]
    visit: Mapped[str] = mapped_column(String(8))
    chosen: Mapped[str] = mapped_column(String(60))
    agent: Mapped[str] = mapped_column(String(40))
    network: Mapped[str] = mapped_column(String(45))


class Clicked(Table):
    """What the visits to one invitation's links look like together (`server.core.one_click.Judged`)."""

    __tablename__ = "clicked"
    __table_args__ = (Index(None, "site_id", "first_at"),)
    invitation_id: Mapped[str] = mapped_column(ForeignKey("invitation.id"), primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id"))
    channel: Mapped[str] = mapped_column(String(12))
    sent_at: Mapped[datetime | None]
    """When it was delivered, as far as that was known at the first visit."""
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    clicks: Mapped[int]
    machines: Mapped[int]
    """How many of the clicks look like a machine's."""
    signals: Mapped[str] = mapped_column(String(60))
    """Their names in the order of SIGNALS, with spaces between."""
