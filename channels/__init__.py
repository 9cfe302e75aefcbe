"""Every way to reach a person, by the name that the settings use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import cast

from channels.channel import Kind, Provider

# Addresses, not classes: a client library costs 0.15 s and 30 MB, and a process needs at most two of them.
PROVIDERS: Mapping[Kind, Mapping[str, str]] = {
    "email": {
        "outbox": "channels.outbox:Outbox",
        "smtp": "channels.email.smtp:Smtp",
        "sendgrid": "channels.email.sendgrid:SendGrid",
    },
    "sms": {
        "outbox": "channels.outbox:Outbox",
        "twilio_sms": "channels.sms.twilio:TwilioSms",
    },
    "phone": {
        "outbox": "channels.outbox:Outbox",
        "twilio_voice": "channels.voice.twilio:TwilioVoice",
    },
}


def provider(kind: Kind, name: str) -> Callable[..., Provider]:
    """The class behind `name`, imported now; raises KeyError for a name that is not in PROVIDERS."""
    module, _, found = PROVIDERS[kind][name].partition(":")
    return cast("Callable[..., Provider]", getattr(import_module(module), found))
