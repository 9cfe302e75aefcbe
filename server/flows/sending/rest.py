"""An invitation came to rest: another message may follow it."""

from __future__ import annotations

from server.core.delivery import SETTLED
from server.flows.settle import settled
from server.services import Services
from server.store import invitations
from server.store.db import Session
from server.store.scope import SiteScope
from server.store.tables import Invitation


def following(services: Services, db: Session, id: str) -> list[Invitation]:
    """What follows the invitation `id` if it came to rest in this write: `hand_on` it after the commit."""
    row = invitations.as_it_is(db, id)
    if row is None or row.state not in SETTLED:
        return []
    return settled(services, SiteScope(db, row.site_id), row, services.moment(db))
