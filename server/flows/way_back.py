"""Where a mail comes back to: an address of ours with the invitation's sealed name in it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from channels.channel import Event, Outgoing
from server.core.links import BadLink, seal_address, unseal_address
from server.services import Services

log = logging.getLogger("askonce.mail")


def with_way_back(services: Services, mail: Outgoing, invitation_id: str) -> Outgoing:
    """`mail` with its return path, and a Reply-To and a way to unsubscribe by mail, as far as the settings name
    addresses for them. A Reply-To of the site's own stays."""
    settings, token = services.settings, seal_address(services.secret, invitation_id)
    mail = replace(mail, return_path=_plus(settings.mail_bounce, token)) if settings.mail_bounce else mail
    if not settings.mail_reply:
        return mail
    reply, headers = _plus(settings.mail_reply, token), dict(mail.headers)
    if "List-Unsubscribe" in headers:
        headers["List-Unsubscribe"] += f", <mailto:{reply}?subject=unsubscribe>"
    return replace(mail, reply_to=mail.reply_to or reply, headers=headers)


def with_names(services: Services, events: Sequence[Event]) -> list[Event]:
    """Those of `events` that name an invitation of ours by the address that they came to, with its id."""
    named = [replace(event, id=id) for event in events if (id := _named(services.secret, event.back))]
    if len(named) < len(events):
        log.info("%d mails came to no address of an invitation", len(events) - len(named))
    return named


def _named(secret: str, addresses: Sequence[str]) -> str:
    for address in addresses:
        try:
            return unseal_address(secret, address)
        except BadLink:
            continue
    return ""


def _plus(address: str, token: str) -> str:
    local, _, domain = address.partition("@")
    return f"{local}+{token}@{domain}"
