"""How long a provider wants to be left alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

SOON = timedelta(minutes=1)


def asked_for(headers: Mapping[str, str]) -> timedelta:
    """Retry-After in seconds, up to eleven days; a minute when the answer names no such number."""
    said = str(headers.get("Retry-After", ""))
    return timedelta(seconds=int(said)) if said.isascii() and said.isdigit() and len(said) <= 6 else SOON
