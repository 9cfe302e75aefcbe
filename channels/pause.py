"""How long a provider wants to be left alone."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import timedelta
from email.utils import parsedate_to_datetime

SOON = timedelta(minutes=1)
BREATH = timedelta(seconds=5)
"""What an account is left alone for that has too much to do and does not say for how long."""
MOST = timedelta(days=11)


def asked_for(headers: Mapping[str, str], otherwise: timedelta = SOON) -> timedelta:
    """What the answer says: Retry-After as seconds or as a date (RFC 9110, 10.2.3), or else X-RateLimit-Reset as Unix
    seconds; up to eleven days. `otherwise` when it says no such thing."""
    said = _header(headers, "Retry-After")
    if said:
        return _within(_seconds(said) if _is_number(said) else _date(said) - _now(headers))
    reset = _header(headers, "X-RateLimit-Reset")
    return _within(_seconds(reset) - _now(headers)) if reset else otherwise


def _within(seconds: float) -> timedelta:
    """A wait that makes sense: what has passed already, or is no time at all, is a minute."""
    return timedelta(seconds=seconds) if 0 <= seconds <= MOST.total_seconds() else SOON


def _now(headers: Mapping[str, str]) -> float:
    """By the clock of whoever names a time, where the answer shows it."""
    told = _date(_header(headers, "Date"))
    return told if told >= 0 else time.time()


def _date(text: str) -> float:
    """Unix seconds of an HTTP date; -1 when it is none."""
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return -1


def _seconds(text: str) -> float:
    return int(text) if _is_number(text) else -1


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 12


def _header(headers: Mapping[str, str], name: str) -> str:
    """Of any spelling: some clients hand over headers as they came."""
    return next((str(value).strip() for found, value in (headers or {}).items() if found.lower() == name.lower()), "")
