"""Every ask: what led to it, how it went, what the ledger counts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, SmallInteger, String, UniqueConstraint, text
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


_TOLD = text("provider_ref is not null")
_IN_DOUBT = text("look_at is not null")


class Invitation(Table):
    """One survey offered to one person on one channel. Its id is the gate's ticket and the head of its link.

    What follows one (another channel, a reminder) is an invitation, too: together they are a story, with one response.
    """

    __tablename__ = "invitation"
    __table_args__ = (
        # In the order in which what is due is claimed, so that a million that wait cost no more than ten.
        Index(None, "state", "channel", "lane", "due_at", "created_at"),
        Index(None, "look_at", sqlite_where=_IN_DOUBT, postgresql_where=_IN_DOUBT),
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
        Index(None, "follows", "step", unique=True),
        Index(None, "provider_ref", sqlite_where=_TOLD, postgresql_where=_TOLD),
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
    lane: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    """See `server.core.delivery.LANES`."""
    due_at: Mapped[datetime | None]
    """When it is to be sent; of one that is unconfirmed, when somebody looks again what became of it."""
    expires_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    state_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    """Calls to a provider."""
    runs: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    """Times that a worker took it up since it last came to an end, written before each: what kills its worker is
    found out."""
    resends: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    """Calls that were made although an earlier one may have left."""
    look_at: Mapped[datetime | None]
    """Of one that may have left: when somebody looks again what became of it. None when nobody does."""
    lease: Mapped[str | None] = mapped_column(String(32))
    """Names the worker's try; what it records counts only while this is still its own. None while nobody has it."""
    provider: Mapped[str | None] = mapped_column(String(20))
    account: Mapped[str | None] = mapped_column(String(80))
    """The account of `provider` by which it was last called."""
    provider_ref: Mapped[str | None] = mapped_column(String(255))
    units: Mapped[int | None] = mapped_column(SmallInteger)
    """Parts of a text, or minutes of a call, that it was paid for; None for what costs nothing or did not leave."""
    cost: Mapped[int | None]
    """What they cost by our rates, in ten-thousandths of the account's currency."""
    paid_of: Mapped[datetime | None]
    """The day whose spending it is part of, by its beginning. What did not leave gives it back."""
    waits_for: Mapped[str | None] = mapped_column(String(12))
    """The rule of which somebody has to decide before it can leave: `paused`, `countries`. None for all that time
    brings."""
    link_id: Mapped[int | None]
    """The named link that she came by; None for every other way."""
    follows: Mapped[str | None] = mapped_column(String(32))
    """The invitation that began its story; None for that one itself."""
    step: Mapped[str | None] = mapped_column(String(40))
    """What it is in its story (`server.core.story`)."""
    override: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """The rules that it passes over, and why (`server.core.contact.Override`)."""

    @property
    def story(self) -> str:
        """The id of the invitation that began it: responses belong to that one."""
        return self.follows or self.id


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
