"""A provider tells what became of a message: verified, put into our words, applied forward only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from channels.channel import Event, Kind, Provider, RawRequest
from server.core.delivery import State
from server.core.links import unseal
from server.flows.ask_gate import forget
from server.flows.suppress import reported
from server.services import Services
from server.store import invitations
from server.store.scope import SiteScope

BECOMES: dict[str, State] = {
    "accepted": "accepted", "deferred": "accepted", "delivered": "delivered", "bounced": "bounced", "failed": "failed",
    "optout": "failed", "complained": "delivered", "reply": "accepted", "autoreply": "accepted",
}  # fmt: skip


def receipt(services: Services, provider: Provider, request: RawRequest, token: str = "") -> None:
    """Apply one callback. Raises BadLink for a token of ours that is none, BadSignature for a stranger's call.

    Told late, twice or out of order, it never moves an invitation back.
    """
    id = unseal(services.secret, "receipt", token) if token else ""
    provider.verify(request)
    take_events(services, provider, [replace(event, id=id or event.id) for event in provider.parse(request)])


def take_events(services: Services, provider: Provider, events: Sequence[Event]) -> None:
    """Apply events of this provider."""
    for event in events:
        _apply(services, provider.kind, event.id, event)


def _apply(services: Services, kind: Kind, id: str, event: Event) -> None:
    now = services.now()
    with services.db.writing() as db:
        row = invitations.get(db, id)
        if row is None or event.kind not in BECOMES:
            return
        # Whoever is locked comes first, as everywhere: what waits for her comes after.
        reported(services, SiteScope(db, row.site_id), row, kind, event)
        changes = {"reason": event.reason[:255]} if event.reason else {}
        invitations.move(db, id, BECOMES[event.kind], now, provider_ref=event.ref or row.provider_ref, **changes)
    if event.kind in ("optout", "complained"):
        forget(services, row.site_id, row.person_id)
