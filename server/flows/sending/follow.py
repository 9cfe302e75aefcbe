"""When a message comes to rest, something may follow it."""

from __future__ import annotations

from datetime import datetime

from server.core.delivery import SETTLED
from server.flows.settle import settled
from server.services import Services
from server.store import invitations
from server.store.db import Session
from server.store.scope import SiteScope
from server.store.tables import Invitation


def follow(services: Services, db: Session, id: str, now: datetime) -> list[Invitation]:
    """What follows the invitation `id`, if it has come to rest in this write; `hand_on` it after the commit."""
    row = invitations.as_it_is(db, id)
    return settled(services, SiteScope(db, row.site_id), row, now) if row and row.state in SETTLED else []
