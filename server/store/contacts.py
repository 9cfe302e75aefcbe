"""Contacts that other systems reported, found again by the tickets made of their ids."""

from __future__ import annotations

from collections.abc import Collection

from server.store.scope import SiteScope
from server.store.tables import TouchRow


def told(scope: SiteScope, tickets: Collection[str]) -> dict[str, TouchRow]:
    """Those of `tickets` that are in the ledger, in one question."""
    return {row.ticket: row for row in scope.db.scalars(scope.select(TouchRow).where(TouchRow.ticket.in_(tickets)))}
