"""Telephone calls: who was expected, what was asked and what was heard, and what was spoken after the tone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, SmallInteger, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from server.store.tables.base import Table


class ExpectedCall(Table):
    """A call that another system hands over: whose it is, and how it is known when it comes."""

    __tablename__ = "expected_call"
    __table_args__ = (Index(None, "site_id", "phone", "created_at"), Index(None, "site_id", "pin"))
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    survey: Mapped[str] = mapped_column(String(255))
    """As it was named; empty for the site's own."""
    claims: Mapped[list[Any]] = mapped_column(JSON)
    """Pairs of kind and value, as in `core.people.Claim`."""
    name: Mapped[str] = mapped_column(String(255))
    phone: Mapped[str | None] = mapped_column(String(32))
    pin: Mapped[str | None] = mapped_column(String(8))
    properties: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    call_id: Mapped[int | None]
    """The call that it was; None until then. It is good for one."""


class CallRow(Table):
    """One call, by its provider's name for it."""

    __tablename__ = "call"
    __table_args__ = (UniqueConstraint("provider", "ref"), Index(None, "invitation_id"))
    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    provider: Mapped[str] = mapped_column(String(20))
    ref: Mapped[str] = mapped_column(String(64))
    number: Mapped[str] = mapped_column(String(32))
    """Hers, as it was shown; empty when it was hidden."""
    survey: Mapped[str] = mapped_column(String(255))
    """As the address of the call names it; empty for the site's own."""
    invitation_id: Mapped[str | None] = mapped_column(ForeignKey("invitation.id"))
    """None until it is known who calls."""
    properties: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What the address of the call says of it."""
    returns: Mapped[str] = mapped_column(String(200))
    """Where it goes on when we are done; empty when it ends."""
    began_at: Mapped[datetime]


class CallTurn(Table):
    """One thing that was said to her, and what she answered. Each is answered once."""

    __tablename__ = "call_turn"
    __table_args__ = (UniqueConstraint("call_id", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"))
    number: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[str] = mapped_column(String(8))
    """`pin`, `ask`, or `end` for the last."""
    question_id: Mapped[str] = mapped_column(String(60))
    again: Mapped[int] = mapped_column(SmallInteger)
    """How often the question had been asked before."""
    said: Mapped[list[Any]] = mapped_column(JSON)
    at: Mapped[datetime]
    how: Mapped[str | None] = mapped_column(String(10))
    """`keys`, `speech`, `recording` or `silence`; None while nothing came back."""
    heard: Mapped[str | None] = mapped_column(Text)
    heard_at: Mapped[datetime | None]


_TO_DO = text("look_at is not null")


class RecordingRow(Table):
    """What somebody said after the tone, until it is fetched at its provider, and from then on here."""

    __tablename__ = "recording"
    __table_args__ = (
        UniqueConstraint("provider", "ref"),
        Index(None, "invitation_id"),
        Index(None, "look_at", sqlite_where=_TO_DO, postgresql_where=_TO_DO),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    invitation_id: Mapped[str] = mapped_column(ForeignKey("invitation.id"))
    """The one that began its story, as of responses."""
    question_id: Mapped[str] = mapped_column(String(60))
    provider: Mapped[str] = mapped_column(String(20))
    ref: Mapped[str] = mapped_column(String(64))
    seconds: Mapped[int]
    at: Mapped[datetime]
    words: Mapped[str | None] = mapped_column(Text)
    """What was said, where somebody wrote it down."""
    state: Mapped[str] = mapped_column(String(8))
    """`wanted`, `kept` (the body is here), `lost` (it could not be had), or `refused` (nobody wants it: it is only
    deleted at its provider)."""
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    """MP3."""
    tries: Mapped[int] = mapped_column(SmallInteger)
    look_at: Mapped[datetime | None]
    """When somebody fetches or deletes it; None when it is deleted at its provider, or was given up."""
