"""Dry runs of policies: how far each has come, and what it told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from server.store.tables.base import Table


class RehearsalRow(Table):
    """One dry run. `state`: running, done or failed; whoever carries it out says every moment how far it is."""

    __tablename__ = "rehearsal"
    __table_args__ = (Index(None, "site_id", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    state: Mapped[str] = mapped_column(String(12))
    document: Mapped[dict[str, Any]]
    """The policy that is tried."""
    days: Mapped[int]
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int | None]
    """Of how many chances to ask `done` have been told; not known before it begins."""
    last_person: Mapped[int] = mapped_column(default=0)
    """Told are all people up to this id."""
    result: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """The tale so far, as `Tale.as_json`."""
    note: Mapped[str | None] = mapped_column(String(255))
    """What a person should know about how it went: why it failed, who carried it out."""
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(40))
    told_at: Mapped[datetime]
    """When it was last heard of."""
