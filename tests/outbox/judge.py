"""What became of every invitation, by its row and by what the providers really took."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from server.core.delivery import SETTLED
from server.store.tables import Invitation
from tests.outbox.office import Office

IN_FLIGHT = 2.0
"""Seconds that a second mail may already have been on its way when we heard of the first."""


@dataclass
class Findings:
    """Promises that were broken, and how much there was of what."""

    broken: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


def judge(rows: Sequence[Invitation], office: Office) -> Findings:
    """Call when all is at rest. `rows` is every invitation there is."""
    found = Findings()
    for row in rows:
        taken = office.taken(row.channel)[row.address or ""]
        found.counts[f"{row.channel} {row.state}, {len(taken)} taken"] += 1
        found.broken += [f"{row.id} to {row.address} ({row.state}): {each}" for each in _broken(row, taken, office)]
    return found


def _broken(row: Invitation, taken: Sequence[float], office: Office) -> list[str]:
    told = office.mails.told.get(row.address or "")
    second = taken[1] if len(taken) > 1 else None
    wrong = {
        "lost: it never came to rest": row.state not in SETTLED,
        "lost: it is said to have left, and nobody took it": row.state in ("accepted", "delivered") and not taken,
        f"lost: it was given up ({row.reason})": row.state == "failed",
        "nothing says why it is in doubt": row.state == "unconfirmed" and not row.reason,
        "a second text": row.channel == "sms" and len(taken) > 1,
        f"{len(taken)} mails after {row.resends} doubts": row.channel == "email" and len(taken) > 1 + row.resends,
        "a second doubt was resolved by a third mail": row.resends > 1,
        "a second mail, although its provider had told of the first": bool(
            told and second and second > told + IN_FLIGHT
        ),
    }
    return [what for what, is_so in wrong.items() if is_so]
