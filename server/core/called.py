"""What channels are called, to people."""

from __future__ import annotations

CHANNELS = {
    "widget": "widget", "view": "app", "link": "link", "email": "email", "sms": "text message", "phone": "phone",
}  # fmt: skip
"""By which somebody was asked, or answers."""
MESSAGES = {"email": "emails", "sms": "text messages", "phone": "calls"}
"""What goes out on a channel that sends."""


def channel(name: str) -> str:
    """The channel `name`; one that other systems tell of is called as they call it."""
    return CHANNELS.get(name, name)


def messages(name: str) -> str:
    """What goes out on the channel `name`."""
    return MESSAGES.get(name, name)
