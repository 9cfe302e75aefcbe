"""A mail server hands over a mail that came back: a bounce, a machine's answer, a person's."""

from __future__ import annotations

from typing import Literal

from channels.email.incoming import read
from server.flows.receipt import take_events
from server.flows.way_back import with_names
from server.services import Services

Taken = Literal["taken", "no mail", "of nothing of ours"]


def take_mail(services: Services, raw: bytes, recipient: str = "") -> Taken:
    """Take in one raw mail, as RFC 5322 has it; `recipient` is whom its envelope names. The same mail told again
    changes nothing."""
    event = read(raw, recipient)
    if event is None:
        return "no mail"
    named = with_names(services, [event])
    if not named:
        # Nobody waits for an answer from a machine; a person who wrote to no address of ours should hear of it.
        return "of nothing of ours" if event.kind in ("reply", "optout") else "taken"
    take_events(services, services.provider_named("smtp") or services.providers["email"][0], named)
    return "taken"
