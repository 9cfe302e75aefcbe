"""A survey on a stand: it begins anew for each person, and leaves its page only for whoever knows the PIN."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

AFTER = 8
"""Seconds that the thanks stand, unless the address says otherwise."""
SHORTEST, LONGEST = 3, 60
IDLE = 60
"""Seconds without a touch after which the next person is expected."""


@dataclass(frozen=True)
class Kiosk:
    """`after`: seconds that the thanks stand. `key`: of the open link that begins anew. `more`: what its address says
    beside that, such as a language."""

    key: str
    after: int
    idle: int = IDLE
    more: Mapping[str, str] = field(default_factory=dict)

    @property
    def again(self) -> str:
        """Where the next person begins: a fresh token, nothing of the one before."""
        return f"/l/{self.key}?{urlencode({'kiosk': self.after, **self.more})}"

    @property
    def leave(self) -> str:
        return f"/l/{self.key}/exit"


def kiosk_in(said: Mapping[str, str], key: str, more: Mapping[str, str] | None = None) -> Kiosk | None:
    """The kiosk that an address asks for by `kiosk=<seconds>`; None for none."""
    raw = said.get("kiosk", "")
    if not raw:
        return None
    seconds = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 4 else AFTER
    after = min(max(seconds, SHORTEST), LONGEST) if seconds > 1 else AFTER
    return Kiosk(key, after, more=more or {})
