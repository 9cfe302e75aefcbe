"""What SendGrid reports about a mail, in our words."""

from __future__ import annotations

import json
import logging
from typing import Any

from channels.channel import Event, EventKind
from channels.email.sendgrid_batch import OUR_ATTEMPT, OUR_ID
from channels.email.status import is_passing

_log = logging.getLogger(__name__)

EVENTS_MAX = 20_000
"""Read of one callback; SendGrid sends some hundreds at a time."""

# https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
EVENTS: dict[str, EventKind] = {
    "processed": "accepted",
    "deferred": "deferred",
    "delivered": "delivered",
    "bounce": "bounced",
    "blocked": "failed",
    "dropped": "failed",
    "spamreport": "complained",
    "unsubscribe": "optout",
    "group_unsubscribe": "optout",
    "group_resubscribe": "optin",
}
UNASKED = frozenset({"open", "click", "account_status_change"})
"""Nobody wants to know; tracking is off, and a switch in SendGrid's own pages may turn it on again."""

DROPPED: dict[str, EventKind] = {
    "bounced address": "bounced",
    "invalid": "bounced",
    "unsubscribed address": "optout",
    "spam reporting address": "optout",
}
"""Why SendGrid did not even try; every other reason lies with the mail or with the account."""


def read(body: bytes) -> list[Event]:
    """The events in a callback; nothing when the body is no list of them."""
    try:
        events = json.loads(body)
    except (ValueError, RecursionError):
        return []
    if not isinstance(events, list):
        return []
    asked = (e for e in events[:EVENTS_MAX] if isinstance(e, dict) and _text(e, "event") not in UNASKED)
    return [_event(event) for event in asked]


def _event(event: dict[str, Any]) -> Event:
    word, at = _text(event, "event"), event.get("timestamp")
    kind, reason = _kind(event, word), _text(event, "reason")
    if kind == "deferred":
        reason = reason or _text(event, "response")
    if kind == "unknown":
        _log.warning("SendGrid reports %.40r, which is new to us and changes nothing", word)
    return Event(
        kind=kind,
        id=_text(event, OUR_ID),
        ref=_text(event, "sg_message_id").partition(".")[0],  # the rest names SendGrid's own machines
        reason=(reason if kind != "unknown" else reason or word)[:500],
        raw_id=_text(event, "sg_event_id"),
        attempt=_text(event, OUR_ATTEMPT),
        at=at if isinstance(at, int) and not isinstance(at, bool) and 0 < at < 2**40 else None,
    )


def _kind(event: dict[str, Any], word: str) -> EventKind:
    if word == "bounce":
        if _text(event, "type") == "blocked":
            return "failed"
        return "failed" if is_passing(_text(event, "status"), _text(event, "reason")) else "bounced"
    if word == "dropped":
        reason = _text(event, "reason").lower()
        return next((kind for start, kind in DROPPED.items() if reason.startswith(start)), "failed")
    return EVENTS.get(word, "unknown")


def _text(event: dict[str, Any], name: str) -> str:
    value = event.get(name)
    return value[:1_000] if isinstance(value, str) else ""
