"""Every ask: what led to it, how it went, what the ledger counts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.store.tables.base import DatabaseNow, Table


class Trigger(Table):
    """An event from outside, once: the same id twice is one trigger, and gets the first reply."""

    __tablename__ = "trigger"
    __table_args__ = (UniqueConstraint("source_id", "external_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id"))
    external_id: Mapped[str] = mapped_column(String(255))
    body_hash: Mapped[str] = mapped_column(String(64))
    event: Mapped[str] = mapped_column(String(120))
    reply: Mapped[dict[str, Any]]
    received_at: Mapped[datetime]


class Invitation(Table):
    """One survey offered to one person on one channel. Its id is the gate's ticket and the head of its link."""

    __tablename__ = "invitation"
    __table_args__ = (
        Index(None, "state", "due_at"),
        Index(None, "person_id", "created_at"),
        Index(None, "site_id", "created_at"),
        # All that the desk counts and lists of deliveries, without a look at the rows.
        Index(
            "ix_invitation_delivery",
            "site_id",
            "state",
            "state_at",
            "id",
            "channel",
            "provider",
            "survey_id",
            "outcome",
        ),
        Index(None, "link_id"),
    )
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("survey_version.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    channel: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(12))
    outcome: Mapped[str | None] = mapped_column(String(12))
    reason: Mapped[str | None] = mapped_column(String(255))
    """For a "no" or a failure: the rule that held it, or what the provider said."""
    held_until: Mapped[datetime | None]
    address: Mapped[str | None] = mapped_column(String(255))
    properties: Mapped[dict[str, Any]] = mapped_column(default=dict)
    due_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    state_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    lease: Mapped[str | None] = mapped_column(String(32))
    """Names the worker's try; what it records counts only while this is still its own."""
    provider: Mapped[str | None] = mapped_column(String(20))
    provider_ref: Mapped[str | None] = mapped_column(String(255))
    link_id: Mapped[int | None]
    """The named link that she came by; None for every other way."""


class TouchRow(Table):
    """The contact ledger: every ask, on any channel, and what other systems report."""

    __tablename__ = "touch"
    # One index for each kind of window that looks at a person, so that none of them ever scans her history.
    __table_args__ = (
        Index(None, "person_id", "at"),
        Index(None, "person_id", "kind", "at"),
        Index(None, "person_id", "kind", "outcome", "at"),
        Index(None, "person_id", "survey_id", "kind", "at"),
        Index(None, "person_id", "survey_id", "kind", "outcome", "at"),
    )
    ticket: Mapped[str] = mapped_column(String(64), primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(12))
    channel: Mapped[str] = mapped_column(String(12))
    survey_id: Mapped[int | None] = mapped_column(ForeignKey("survey.id"))
    outcome: Mapped[str] = mapped_column(String(12), default="", server_default="")
    at: Mapped[datetime]
    voided_at: Mapped[datetime | None]
    pace_of: Mapped[datetime | None]
    """The hour or day whose pace it took one of, by its beginning; None for none. What is voided gives it back."""
    budget_of: Mapped[datetime | None]
    """In the same way the day or month of its channel's budget."""
    noted_at: Mapped[datetime] = mapped_column(default=DatabaseNow())
    """When it was written here, by the database's time; it may tell of something long past."""
    copy_of: Mapped[str | None] = mapped_column(String(64), index=True)
    """The ticket of a touch of somebody else who was taken for the same person at that time; `copied_from` is whose."""
    copied_from: Mapped[int | None]
