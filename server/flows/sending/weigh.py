"""Of two providers of one kind the better one gets more to send, step by step, and the other its share back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from server.core.weights import CALM, MOVE_EVERY, moved, resting, restored
from server.flows.sending.route import shares_of
from server.services import Services
from server.store import accounts
from server.store.tables import Account


def weigh(services: Services) -> None:
    """One turn of the clock: points are moved at most once a minute, whichever clock does it."""
    for providers in services.providers.values():
        names = [each.account for each in providers]
        if len(names) > 1 and _is_due(services, names):
            _move(services, names)


def _is_due(services: Services, names: Sequence[str]) -> bool:
    """Whether anything would move, at a look that keeps nobody from sending."""
    with services.db.reading() as db:
        known = accounts.known(db, names)
        rows = [known.get(name) for name in names]
        return _wanted(rows, services.moment(db)) != shares_of(rows)


def _move(services: Services, names: Sequence[str]) -> None:
    with services.db.writing() as db:
        now = services.moment(db)
        known = {name: accounts.locked(db, name, now) for name in sorted(names)}
        rows = [known[name] for name in names]
        wanted = _wanted(rows, now)
        if wanted != shares_of(rows):
            for row, weight in zip(rows, wanted, strict=True):
                row.weight, row.moved_at = weight, now


def _wanted(rows: Sequence[Account | None], now: datetime) -> list[int]:
    """What each should have of a hundred messages from now on; of one that was never used nothing is known."""
    shares, bad = shares_of(rows), [bool(row and accounts.minute_of(row, now).is_bad) for row in rows]
    last = max((row.moved_at for row in rows if row and row.moved_at), default=None)
    if last and now - last < MOVE_EVERY:
        return shares
    is_calm = not any(row and row.bad_at and now - row.bad_at < CALM for row in rows)
    if last and is_calm and now - last >= CALM:
        return restored(shares, resting(len(rows)))
    return moved(shares, bad) if any(bad) else shares
