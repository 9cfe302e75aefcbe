"""What holds a message that costs money: where it would go, how many went there just now, what is left to spend."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from server.core import rates
from server.core.called import messages
from server.core.destinations import Destination, called
from server.core.throttle import Finding

COUNTRIES_SAID = 3


def judge_number(to: Destination) -> Finding:
    """Whether it is the number of a person."""
    return Finding("number", not to.refused, because=f"it is {to.refused}, and such are never written to or called")


def judge_countries(to: Destination, allowed: Collection[str] | None, channel: str) -> Finding:
    """Whether the site writes and calls there; everywhere where `allowed` is None."""
    if allowed is None or to.country in allowed:
        return Finding("countries", True)
    because = f"{messages(channel)} go to {listed(allowed)}, and not to {called(to.country)}"
    return Finding("countries", False, because=because)


def judge_alike(to: Destination, sent: int, most: int | None, channel: str, until: datetime) -> Finding:
    """Whether one more number of its range is written to in this hour, which ends `until`."""
    if most is None or sent < most:
        return Finding("alike", True)
    because = f"{sent} numbers that begin with {to.prefix} were sent {messages(channel)} within an hour"
    return Finding("alike", False, until, because=because)


def judge_spending(
    spent: int, more: int, most: int | None, channel: str, currency: str, until: datetime
) -> Finding:  # fmt: skip
    """Whether `more` may be spent today, a day that ends `until`; all in ten-thousandths of the currency."""
    if most is None or spent + more <= most:
        return Finding("spending", True)
    cost, left = rates.said(more, currency), rates.said(max(0, most - spent), currency)
    because = f"of {rates.said(most, currency)} a day for {messages(channel)} {left} is left, and this one costs {cost}"
    return Finding("spending", False, until, because=because)


def listed(countries: Collection[str]) -> str:
    """`Austria (AT) and Germany (DE)`; the first of them, when there are many."""
    names = sorted(called(code) for code in countries) or ["no country yet"]
    more = len(names) - COUNTRIES_SAID
    if more > 0:
        return f"{', '.join(names[:COUNTRIES_SAID])} and {more} more"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
