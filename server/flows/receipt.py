"""A provider tells what became of a message: verified, put into our words, applied forward only."""

from __future__ import annotations

from channels.channel import Event, Kind, RawRequest
from server.core.delivery import State
from server.core.links import unseal
from server.services import Services
from server.store import invitations, people
from server.store.scope import SiteScope
from server.store.tables import Invitation

BECOMES: dict[str, State] = {
    "accepted": "accepted", "delivered": "delivered", "bounced": "bounced", "failed": "failed", "optout": "failed",
}  # fmt: skip


def receipt(services: Services, kind: Kind, token: str, request: RawRequest) -> None:
    """Apply one callback. Raises BadLink for a token of ours that is none, BadSignature for a stranger's call.

    Told late, twice or out of order, it never moves an invitation back.
    """
    id = unseal(services.secret, "receipt", token)
    provider = services.providers[kind]
    provider.verify(request)
    for event in provider.parse(request):
        _apply(services, id, event)


def _apply(services: Services, id: str, event: Event) -> None:
    now = services.now()
    with services.db.writing() as db:
        row = invitations.get(db, id)
        if row is None or event.kind not in BECOMES:
            return
        changes = {"reason": event.reason[:255]} if event.reason else {}
        invitations.move(db, id, BECOMES[event.kind], now, provider_ref=event.ref or row.provider_ref, **changes)
        if event.kind == "optout":
            _opt_out(services, SiteScope(db, row.site_id), row)


def _opt_out(services: Services, scope: SiteScope, row: Invitation) -> None:
    people.lock(scope, row.person_id)
    people.opt_out(scope, row.person_id, row.channel, "provider", services.now())
