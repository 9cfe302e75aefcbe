"""A tenant and its set-up."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.store.tables.base import Table


class Site(Table):
    """One tenant."""

    __tablename__ = "site"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(40), unique=True)
    """Public, `pk_…`: names the site in the script tag and opens nothing."""
    name: Mapped[str] = mapped_column(String(120), unique=True)
    language: Mapped[str] = mapped_column(String(20), default="en")
    accent: Mapped[str] = mapped_column(String(7), default="#3b5bdb")
    theme: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """What else its pages look like, see `server.core.themes`; None for the plain theme."""
    mail: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """What its mails look like and whom they are from, see `server.core.letterhead`; None for our own words."""
    kiosk_pin: Mapped[str | None] = mapped_column(String(64))
    """What opens the way out of a kiosk: the PIN's fingerprint, with the site's key."""
    policy: Mapped[dict[str, Any]] = mapped_column(default=dict)
    default_survey: Mapped[int | None]
    home: Mapped[str | None] = mapped_column(String(2))
    """The country of the first number that it has paid to reach; one of its own from then on."""
    created_at: Mapped[datetime]


class PolicyVersion(Table):
    """A site's rules about asking, as they were decided at one time, and by whom. The latest is in force."""

    __tablename__ = "policy_version"
    __table_args__ = (UniqueConstraint("site_id", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    number: Mapped[int]
    document: Mapped[dict[str, Any]]
    made_by: Mapped[str] = mapped_column(String(60))
    made_at: Mapped[datetime]


class Origin(Table):
    """A web origin that showed the site's tag: allowed by the team, or refused until it is."""

    __tablename__ = "origin"
    __table_args__ = (UniqueConstraint("site_id", "origin"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    origin: Mapped[str] = mapped_column(String(255))
    allowed: Mapped[bool]
    seen_at: Mapped[datetime]


class PictureRow(Table):
    """A logo of a site. It stays when another takes its place: mails that were sent long ago show it."""

    __tablename__ = "picture"
    __table_args__ = (UniqueConstraint("site_id", "name"), Index(None, "name"))
    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    name: Mapped[str] = mapped_column(String(40))
    """The head of its SHA-256 and its kind, `0123….png`: where it is served."""
    body: Mapped[bytes]
    made_at: Mapped[datetime]


class ApiKey(Table):
    """A secret key of a site. Only its fingerprint is kept."""

    __tablename__ = "api_key"
    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    fingerprint: Mapped[str] = mapped_column(String(64), unique=True)
    ending: Mapped[str] = mapped_column(String(4))
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Source(Table):
    """A system that tells us of interactions by signed hook. Its secret is derived, so it is not here."""

    __tablename__ = "source"
    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    key: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime]
