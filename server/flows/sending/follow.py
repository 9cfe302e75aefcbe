"""When messages come to rest, something may follow them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from server.core.delivery import SETTLED
from server.flows.settle import settled
from server.services import Services
from server.store import invitations, surveys
from server.store.db import Session
from server.store.scope import SiteScope
from server.store.tables import Invitation


def follow(services: Services, db: Session, ids: Sequence[str], now: datetime) -> list[Invitation]:
    """What follows those of the invitations `ids` that have come to rest in this write; `hand_on` it after the commit.

    One look for all of them: mostly nothing follows, and a provider takes a thousand at once.
    """
    at_rest = [row for row in invitations.as_they_are(db, ids) if row.state in SETTLED]
    following: list[Invitation] = []
    for site_id, some in groupby(sorted(at_rest, key=lambda row: row.site_id), key=lambda row: row.site_id):
        scope, rows = SiteScope(db, site_id), list(some)
        asked = surveys.versions(scope, {row.version_id for row in rows})
        for row in rows:
            if asked[row.version_id].delivery.goes_on:
                following += settled(services, scope, row, now)
    return following
