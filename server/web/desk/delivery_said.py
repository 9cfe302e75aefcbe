"""Why a message did not arrive, and what can be done about it, in words for whoever looks after sending."""

from __future__ import annotations

from dataclasses import dataclass

from server.flows.settle import OVER, SAID_MORE
from server.gate.words import RULES
from server.store.tables import Invitation

STATES = {
    "failed": ("bad", "Failed"),
    "bounced": ("bad", "Came back"),
    "unconfirmed": ("", "Unsure"),
    "suppressed": ("", "Not allowed"),
    "held": ("", "Held"),
    "expired": ("", "Too late"),
    "cancelled": ("", "Called off"),
}
"""What did not arrive, or may not have: its tone and its name."""
CALLS = {"delivered": "Picked up", "accepted": "Placed", "bounced": "Not put through"}
"""What of a call is called otherwise than of a message."""

REFUSED = {
    "address": (
        "The provider refused the address",
        "It is left alone from now on. If it is right after all, it can be used again on the person’s page.",
    ),
    "content": (
        "The provider refused this very message",
        "Look at its words and at the sender’s address, send a test to yourself, and ask again.",
    ),
    "account": (
        "The provider refused us, and with us every message",
        "Mend it as Providers says; nothing of this message left, so the person may be asked again at once.",
    ),
    "optout": ("She has told the provider to stop", "Nothing: her no is written down and holds for all that follows."),
}
"""By whom it is about: what happened, and what to do."""

_HELD = {
    "sample": "Nothing: the survey is for a part of your people, and always for the same ones.",
    "running": "Resume the survey, or publish it, and ask again.",
    "quota": "Raise how many responses the survey wants, if it should go on.",
    "pace": "Let more be asked in an hour or a day, under Policy.",
    "budget": "Raise the budget of the channel, under Policy.",
    "send_hours": "Widen the send hours, under Policy.",
    "number": "Nothing: such a number costs whoever writes to it. Tell another of hers with the next hook or call.",
}
_HELD_WHY = {
    "number": "It is not the number of a person",
    "countries": "Texts and calls do not go to that country",
    "send_hours": "It may not leave at that hour, by her clock",
    "running": "The survey is not running",
    "sample": "She is not among the people whom this survey is for",
    "quota": "The survey has the responses that it wants",
}
"""Where the name of the rule would not say what happened."""
_REST = "Nothing, if it should be so. How long somebody rests is under Policy; who rests whom is on the person’s page."

_CANCELLED = dict.fromkeys((OVER, SAID_MORE), "Nothing: there is no need to ask any more.")
"""Where nobody has called it off."""


@dataclass(frozen=True)
class Told:
    """`why` and `do` are sentences."""

    tone: str
    name: str
    why: str
    do: str


def told(row: Invitation) -> Told:
    """What is said of an invitation that did not arrive."""
    tone, name = STATES[row.state]
    why, do = _SAID[row.state](row.reason or "")
    if row.channel == "phone" and row.state in CALLS:
        name = CALLS[row.state]
        why = f"{name}: {row.reason}" if row.reason else name
    return Told(tone, name, _sentence(why), do)


def _failed(reason: str) -> tuple[str, str]:
    about, _, rest = reason.partition(": ")
    if about in REFUSED:
        happened, do = REFUSED[about]
        return f"{happened}: {rest}", do
    if reason.startswith("nobody knows an address"):
        return reason, "Tell an address with the next hook or call, or ask on another channel."
    if reason.startswith("given up"):
        return reason, "See under Providers whether sending works at all, and ask again."
    return reason or "the provider gave no reason", "Ask again later, or on another channel."


def _bounced(reason: str) -> tuple[str, str]:
    why = f"It was taken, and came back: {reason}" if reason else "It was taken, and came back"
    return why, REFUSED["address"][1]


def _unconfirmed(reason: str) -> tuple[str, str]:
    why = f"It may have left, and nobody can tell: {reason}" if reason else "It may have left, and nobody can tell"
    return why, "Wait: what the provider still reports settles it. Nobody is asked twice to find out."


def _held(reason: str) -> tuple[str, str]:
    return _HELD_WHY.get(reason) or RULES.get(reason, f"a rule of yours, {reason}"), _HELD.get(reason, _REST)


def _suppressed(reason: str) -> tuple[str, str]:
    do = "An address that was left alone can be used again on the person’s page, and a new yes is written down there."
    return reason or "she said no", do


def _expired(reason: str) -> tuple[str, str]:
    do = "If it should wait longer, say so in the survey; send hours and budgets are under Policy."
    return (reason or "its time had passed"), do


def _cancelled(reason: str) -> tuple[str, str]:
    return reason or "it was called off before it left", _CANCELLED.get(reason, "Nothing: somebody wanted it so.")


_SAID = {
    "failed": _failed, "bounced": _bounced, "unconfirmed": _unconfirmed, "held": _held, "suppressed": _suppressed,
    "expired": _expired, "cancelled": _cancelled,
}  # fmt: skip


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip() + ("" if text.rstrip().endswith((".", "!", "?")) else ".")
