"""A provider tells what became of a message: verified, kept once, put into our words, applied forward only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from channels.channel import Event, Provider, RawRequest
from server.core.delivery import WAITING, State
from server.core.links import unseal
from server.core.people import line
from server.flows.ask_gate import forget
from server.flows.guard import took
from server.flows.plan import hand_on
from server.flows.settle import settled
from server.flows.suppress import reported
from server.services import Services
from server.store import invitations, people, receipts, turns
from server.store.db import Session
from server.store.scope import SiteScope
from server.store.tables import Invitation, Receipt

TURN = "turn."
"""Begins our name for something said in a conversation, where an invitation's own id would stand."""

BECOMES: dict[str, State] = {
    "accepted": "accepted", "delivered": "delivered", "bounced": "bounced", "failed": "failed", "optout": "failed",
    "complained": "delivered",
    # Nothing new, but proof that it left.
    "deferred": "accepted", "autoreply": "accepted", "reply": "accepted",
}  # fmt: skip

KEPT = timedelta(days=30)
"""What was told is forgotten then. No provider repeats itself for so long, and whatever it repeats changes nothing."""
UNKNOWN_KEPT = timedelta(days=7)
"""What is about nothing that we know; a callback may come before our own commit, and accounts are shared."""
SOON = timedelta(seconds=2)
AT_ONCE = 50
"""Events that are applied while their provider waits for an answer; the clock takes the others."""
BATCH = 200
LONGEST = 5000
"""Characters kept of what somebody wrote back."""


def receipt(services: Services, provider: Provider, request: RawRequest, token: str = "") -> None:
    """Take in one callback. Raises BadSignature for a stranger's call, BadLink for a token of ours that is none.

    `token` names the invitation, where the address does that and not the provider. Told late, twice or out of order,
    it never moves an invitation back.
    """
    id = unseal(services.secret, "receipt", token) if token else ""
    provider.verify(request)
    events = [event for event in provider.parse(request) if not event.sender]
    if token:
        events = [replace(event, id=id) for event in events if event.id in ("", id)]
    take_events(services, provider, events)


def take_events(services: Services, provider: Provider, events: Sequence[Event]) -> None:
    """Events of this provider, each kept before anything else: what cannot be applied now is, later."""
    told = {each["raw_id"]: each for each in (row_of(provider, event, services.now()) for event in events)}
    with services.db.reading() as db:
        known = receipts.known(db, provider.name, list(told))
    if news := [each for raw_id, each in told.items() if raw_id not in known]:
        with services.db.writing() as db:
            ids = receipts.keep(db, news)
        for id in ids[:AT_ONCE]:
            _apply(services, id)


def take_left(services: Services) -> None:
    """Some of what could not be applied when it was told: a turn of the clock."""
    with services.db.reading() as db:
        ids = receipts.unapplied(db, services.moment(db), BATCH)
    for id in ids:
        _apply(services, id)


def row_of(provider: Provider, event: Event, now: datetime) -> dict[str, Any]:
    """The row of an event. One without an id of its own is the same event when everything about it is the same."""
    raw_id = event.raw_id
    if not raw_id or len(raw_id) > 200:
        said = raw_id or repr((event.kind, event.id, event.attempt, event.ref, event.at, event.reason))
        raw_id = sha256(said.encode(errors="replace")).hexdigest()
    return {
        "provider": provider.name,
        "raw_id": line(raw_id, 255),
        "channel": provider.kind,
        "kind": event.kind,
        "invitation_id": line(event.id, 32),
        "attempt": line(event.attempt, 32),
        "ref": line(event.ref, 255),
        "reason": line(event.reason, 255),
        "minutes": event.minutes,
        "words": event.text.replace("\x00", "")[:LONGEST] or None,
        "at": _moment(event.at, now),
        "received_at": now,
        "look_at": now,
    }


def _moment(at: int | None, now: datetime) -> datetime | None:
    """When it happened; a provider's clock that runs ahead of ours says no more than that it was just now."""
    return datetime.fromtimestamp(min(max(at, 0), now.timestamp()), UTC) if at is not None else None


def _apply(services: Services, id: int) -> None:
    """Whatever this event says of an invitation, unless another process is at it."""
    with services.db.writing() as db:
        told, now = receipts.take(db, id), services.moment(db)
        if told is None:
            return
        if told.invitation_id.startswith(TURN):
            return _said(db, told)
        row = receipts.about(db, told)
        if row is None:
            receipts.look_later(told, now, SOON)
            return
        if row.channel != told.channel:
            told.look_at = None
            return
        scope = SiteScope(db, row.site_id)
        # Whoever is locked comes first, as everywhere: what waits for her comes after.
        people.lock(scope, row.person_id)
        db.refresh(row)
        has_spoken = reported(scope, row, told, now)
        following = _advance(services, db, scope, row, told, now)
    if has_spoken:
        forget(services, row.site_id, row.person_id)
    hand_on(services, following)


def _said(db: Session, told: Receipt) -> None:
    """What became of something that we said in a conversation: it moves, and her invitation does not."""
    told.look_at = None
    number, then = told.invitation_id.removeprefix(TURN), BECOMES.get(told.kind)
    if number.isdigit() and then:
        turns.move(db, int(number), then, told.reason or None)


def _advance(
    services: Services, db: Session, scope: SiteScope, row: Invitation, told: Receipt, now: datetime
) -> list[Invitation]:
    """The invitation moves as far as this event proves; what follows from that is planned."""
    if row.state in WAITING:  # it came before our own word that this try began
        receipts.look_later(told, now, SOON)
        return []
    told.look_at = None
    then = BECOMES.get(told.kind)
    of_another = bool(told.attempt and row.lease and told.attempt != row.lease)
    if then is None or (then == "failed" and of_another):  # another try may have fared better
        return []
    ref = row.provider_ref if of_another else told.ref or row.provider_ref
    has_moved = invitations.move(db, row.id, then, now, provider_ref=ref, reason=told.reason or None)
    following = settled(services, scope, row, now) if has_moved else []
    if told.minutes is not None and not of_another:
        took(services, scope, row.id, told.minutes)
    return following
