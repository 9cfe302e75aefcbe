"""Logos: kept for as long as there are mails that show them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from server.store.scope import SiteScope
from server.store.tables import PictureRow

KEPT = 20
"""Of each site, the latest."""


def put(scope: SiteScope, name: str, body: bytes, now: datetime) -> None:
    """The picture `body` under `name`, as the site's latest."""
    scope.one_at_a_time("pictures")
    known = scope.find(PictureRow, PictureRow.name == name)
    if known is None:
        scope.add(PictureRow(name=name, body=body, made_at=now))
    else:
        known.made_at = now
        scope.db.flush()
    latest = select(PictureRow.id).where(PictureRow.site_id == scope.site_id)
    kept = list(scope.db.scalars(latest.order_by(PictureRow.made_at.desc(), PictureRow.id.desc()).limit(KEPT)))
    gone = delete(PictureRow).where(PictureRow.site_id == scope.site_id, PictureRow.id.not_in(kept))
    scope.db.execute(gone.execution_options(synchronize_session=False))


def body_of(db: Session, name: str) -> bytes | None:
    """The picture with this name, of whichever site: its name says what is in it, and nobody can guess it."""
    return db.scalars(select(PictureRow.body).where(PictureRow.name == name).limit(1)).first()
