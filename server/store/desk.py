"""Who may work in the desk: one-use links and the sessions they open. Only fingerprints are kept."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CursorResult, delete, update
from sqlalchemy.orm import Session

from server.store.tables import DeskLink, DeskSession


def add_link(db: Session, fingerprint: str, expires_at: datetime) -> None:
    db.add(DeskLink(fingerprint=fingerprint, expires_at=expires_at))


def use_link(db: Session, fingerprint: str, now: datetime) -> bool:
    """True for the one caller who uses this link first, in time."""
    used = (
        update(DeskLink)
        .where(DeskLink.fingerprint == fingerprint, DeskLink.used_at.is_(None), DeskLink.expires_at > now)
        .values(used_at=now)
    )
    result = db.execute(used)
    assert isinstance(result, CursorResult)
    return result.rowcount == 1


def open_session(db: Session, fingerprint: str, now: datetime, expires_at: datetime) -> None:
    db.execute(delete(DeskSession).where(DeskSession.expires_at <= now))
    db.add(DeskSession(fingerprint=fingerprint, expires_at=expires_at, seen_at=now))


def session(db: Session, fingerprint: str, now: datetime) -> DeskSession | None:
    row = db.get(DeskSession, fingerprint)
    return row if row and row.expires_at > now else None


def close_session(db: Session, fingerprint: str) -> None:
    db.execute(delete(DeskSession).where(DeskSession.fingerprint == fingerprint))
