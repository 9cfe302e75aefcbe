"""What Twilio's error numbers mean for us: who must act, or when to try again."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Literal

from channels.channel import Outcome, Rejected, Retry

Verdict = Literal["address", "content", "account", "optout", "soft"]

LATER = timedelta(hours=1)
"""A phone that is switched off is not switched on again within a minute."""

_TABLE: dict[Verdict, tuple[int, ...]] = {
    # No such number, or one that takes no texts or may not be called.
    "address": (21211, 21214, 21216, 21217, 21614, 21635, 30005, 30006, 63003, 63024),
    "optout": (21610, 30640),
    "content": (21602, 21617, 21624, 30004, 30007, 63013),
    # Ours to mend; trying the next person would fail just so and burn the contact.
    "account": (20003, 20404, 21205, 21210, 21212, 21215, 21219, 21408, 21603, 21606, 21609, 21612, 21656, 21660, 21910,
                30002, 30034, 30450, 63016),
    "soft": (20429, 21611, 30001, 30003, 30008, 30036, 30610, 63012, 63018),
}  # fmt: skip
VERDICTS: dict[int, Verdict] = {code: verdict for verdict, codes in _TABLE.items() for code in codes}

MEANS = {
    21610: "she has told the provider to stop",
    30001: "too much was waiting at the provider",
    30003: "the phone is switched off or out of reach",
    30004: "her network blocks it",
    30005: "there is no such number",
    30006: "a landline, or a network that takes no texts",
    30007: "a network took it for spam",
    30008: "the network gave no reason",
    30036: "it could not be delivered in time",
}
"""What became of a text by the network's word (https://www.twilio.com/docs/api/errors)."""

_log = logging.getLogger(__name__)
_told: set[int] = set()


def verdict(code: int) -> Verdict:
    """An unknown number is soft, because Twilio adds numbers without notice; it is logged once."""
    if code not in VERDICTS and code not in _told and len(_told) < 1_000:
        _told.add(code)
        _log.warning("Twilio error %d is new to us and counts as passing; see twilio.com/docs/errors", code)
    return VERDICTS.get(code, "soft")


def said(code: str) -> str:
    """An error number with what it means, where that is known: `there is no such number (30005)`."""
    means = MEANS.get(int(code)) if code.isdigit() else None
    return f"{means} ({code})" if means else code


def outcome(code: int, reason: str, after: timedelta = LATER) -> Outcome:
    """The outcome of a message that Twilio refused, proven not to have left."""
    scope = verdict(code)
    return Retry(reason, after) if scope == "soft" else Rejected(reason, scope)
