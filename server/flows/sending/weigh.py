"""Of two providers of one kind the better one gets more to send, step by step, and the other its share back."""

from __future__ import annotations

from server.core.weights import CALM, MOVE_EVERY, moved, resting, restored
from server.flows.sending.route import shares_of
from server.services import Services
from server.store import accounts


def weigh(services: Services) -> None:
    """One turn of the clock: points are moved at most once a minute, whichever clock does it."""
    for providers in services.providers.values():
        names = [each.account for each in providers]
        if len(names) < 2:
            continue
        with services.db.writing() as db:
            now = services.moment(db)
            known = {name: accounts.locked(db, name, now) for name in sorted(names)}
            rows = [known[name] for name in names]
            last = max((row.moved_at for row in rows if row.moved_at), default=None)
            if last and now - last < MOVE_EVERY:
                continue
            shares, bad = shares_of(rows), [accounts.minute_of(row, now).is_bad for row in rows]
            wanted = moved(shares, bad) if any(bad) else shares
            is_calm = not any(row.bad_at and now - row.bad_at < CALM for row in rows)
            if last and is_calm and now - last >= CALM:
                wanted = restored(shares, resting(len(rows)))
            if wanted != shares:
                for row, weight in zip(rows, wanted, strict=True):
                    row.weight, row.moved_at = weight, now
