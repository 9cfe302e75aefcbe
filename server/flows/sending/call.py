"""A batch goes to its provider, with no database session open, while a heart beats that says we live."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Event, Thread

from channels.channel import Outcome, Provider, Unknown
from server.core.delivery import BEATS
from server.flows.sending import route
from server.flows.sending.crash import reach
from server.flows.sending.insist import insist
from server.flows.sending.keep import Called
from server.flows.sending.record import Said, record
from server.services import Services
from server.store import lanes
from server.store.db import DatabaseError

log = logging.getLogger("askonce.sends")

BEATS_MOST = 60
"""A provider that does not come back within ten minutes never will."""


def call(services: Services, provider: Provider, batch: Sequence[Called]) -> None:
    """One call of `provider`, and what it said of each is recorded. Whatever was given up for dead meanwhile stays at
    home."""
    going = insist(lambda: _still_mine(services, provider, batch))
    if not going:
        return
    reach(services, "before_call")
    with _heart(services, [each.lease for each in going]):
        begun = services.now()
        outcomes = _send(provider, going)
        took = services.now() - begun
        reach(services, "after_call")
        record(services, provider, [Said(*each) for each in zip(going, outcomes, strict=True)], took)


def _still_mine(services: Services, provider: Provider, batch: Sequence[Called]) -> list[Called]:
    """Those that may go; the account owes for what they cost beyond one message each."""
    with services.db.writing() as db:
        now = services.moment(db)
        mine = lanes.still_mine(db, [each.lease for each in batch], now)
        going = [each for each in batch if each.lease in mine]
        route.owe(db, provider, sum(route.places(each.message) for each in going) - len(going), now)
    return going


def _send(provider: Provider, batch: Sequence[Called]) -> list[Outcome]:
    """A provider that breaks its word (one outcome each, nothing raised) leaves all of them in doubt, and no others."""
    try:
        outcomes = provider.send([each.message for each in batch])
    except Exception as why:
        log.exception("%s failed in a call of %d", provider.name, len(batch))
        return [Unknown(f"{provider.name} failed: {why!r}")] * len(batch)
    if len(outcomes) != len(batch):
        return [Unknown(f"{provider.name} said {len(outcomes)} things about {len(batch)} messages")] * len(batch)
    return outcomes


@contextmanager
def _heart(services: Services, leases: Sequence[str]) -> Iterator[None]:
    """While the block lasts, and this process runs, nobody takes these calls for dead."""
    over = Event()

    def beat() -> None:
        for _ in range(BEATS_MOST):
            if over.wait(BEATS.total_seconds()):
                return
            with suppress(DatabaseError), services.db.writing() as db:
                lanes.still_mine(db, leases, services.moment(db))

    heart = Thread(target=beat, daemon=True)
    heart.start()
    try:
        yield
    finally:
        over.set()
        heart.join()
