"""Addresses that can take no more: reported by providers, heeded by every send, lifted by the team."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from channels.channel import Outgoing, Rejected
from server.core.consent import Said
from server.flows.consent import ADDRESSES, because
from server.flows.state_consent import state
from server.services import Services
from server.store import consents, people_lists
from server.store.scope import SiteScope
from server.store.tables import Invitation, Receipt

log = logging.getLogger("askonce.consent")

LIFTED = "address"
"""The purpose of the lines that say who lifted a suppression: they are no word of hers, and hold or allow no ask."""


class NotSuppressed(Exception):
    """This address may be used; the message is the address."""


def refused(
    services: Services, scope: SiteScope, person_id: int, message: Outgoing, why: Rejected, source: str
) -> None:
    """The provider `source` would not take `message`, inside the write that records it: because of the address, or
    because she told it to stop."""
    if why.scope == "address":
        consents.suppress(scope, message.kind, message.to, "invalid", source, why.reason, services.now())
    elif why.scope == "optout":
        state(scope, person_id, _no(message.kind, why.reason), services.now())


STATED = {"optout": False, "complained": False, "optin": True}
"""What she said to us, told by a provider: yes or no to its channel."""


def reported(scope: SiteScope, row: Invitation, told: Receipt, now: datetime) -> bool:
    """A provider tells of the mail or text of `row`, inside the write that records it: it came back, or she had
    enough of us. A complaint is a no of hers, and the address is left alone whoever has it next. Whether she said
    anything: then `forget` her after the commit."""
    reason = {"bounced": "bounced", "complained": "complained"}.get(told.kind)
    if reason and row.address:
        consents.suppress(scope, told.channel, row.address, reason, told.provider, told.reason, now)
    if told.kind not in STATED:
        return False
    given, at = STATED[told.kind], told.at or told.received_at
    # Providers tell whole seconds: a no was said before the end of its own.
    at = at if given else min(now, at + timedelta(milliseconds=999))
    evidence = told.reason or f"invitation {row.id}"
    said = Said(told.channel, given, "provider", basis="consent" if given else "", evidence=evidence[:255], at=at)
    state(scope, row.person_id, said, now)
    return True


def lift(services: Services, site_id: int, channel: str, address: str, source: str, noted_by: str = "") -> None:
    """`address` (in its normal form) may be used again; who said so is written beside what was said of the person who
    has it. Raises NotSuppressed."""
    now = services.now()
    with services.db.writing() as db:
        scope = SiteScope(db, site_id)
        found = consents.suppressed(scope, channel, [address])
        if not found:
            raise NotSuppressed(address)
        log.info("suppression of %s %s of site %s lifted by %s", channel, found[0].id, site_id, noted_by or source)
        holder = people_lists.holder(scope, ADDRESSES[channel], address) if channel in ADDRESSES else None
        if holder:
            evidence = "lifted: " + because(found[0]).removeprefix("her address ")
            consents.note(scope, holder, Said(channel, True, source, LIFTED, evidence=evidence, noted_by=noted_by), now)
        consents.lift(scope, found[0])


def _no(channel: str, evidence: str) -> Said:
    return Said(channel, False, "provider", evidence=evidence[:255])
