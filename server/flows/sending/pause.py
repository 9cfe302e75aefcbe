"""An account that its provider refuses is left alone until it works again: nothing is burned, and the team is told."""

from __future__ import annotations

from datetime import datetime, timedelta

from channels.channel import Provider
from server.core.throttle import SENT
from server.services import Services
from server.store import accounts, notices
from server.store.db import Session

LOOK_EVERY = timedelta(minutes=1)
"""How often a paused account is asked whether it works again."""


def pause(db: Session, provider: Provider, why: str, now: datetime) -> None:
    """Nothing more is sent by it, inside the write that records the refusal. What is due waits."""
    accounts.pause(db, provider.account, why, now)
    text = f"Nothing is sent by {provider.name}: {why[:300]}. What is due waits. Every minute it is looked at whether"
    notices.tell(db, notice(provider), f"{text} the account is in order again.", now)


def resume(services: Services, provider: Provider) -> bool:
    """It is in use again, with one message first; False when it was not paused. The notice ends with the first message
    that is taken: until then nobody knows."""
    with services.db.writing() as db:
        return accounts.resume(db, provider.account)


class NoProvider(Exception):
    """The settings name no such provider; the text says which there are."""


def resume_named(services: Services, name: str) -> bool:
    """As `resume`, of the provider that the settings call so. Raises NoProvider."""
    provider = services.provider_named(name)
    if provider is None:
        known = ", ".join(sorted({each.name for some in services.providers.values() for each in some}))
        raise NoProvider(f"there is no lane {name!r}; there are {', '.join(SENT)} of a site, and of all {known}")
    return resume(services, provider)


def paused(services: Services) -> list[tuple[str, datetime, str]]:
    """Providers whose account is left alone: which, since when, and what they said."""
    every = {each.account: each.name for some in services.providers.values() for each in some}
    with services.db.reading() as db:
        rows = accounts.known(db, list(every)).values()
    return [(every[row.name], row.paused_at, row.paused_for or "") for row in rows if row.paused_at]


def works(db: Session, provider: Provider, now: datetime) -> None:
    """A message was taken, inside the write that records it."""
    if accounts.passed(db, provider.account):
        notices.end(db, notice(provider), now)


def recheck(services: Services, *names: str) -> None:
    """Of these accounts each that has nothing to complain of any more is resumed."""
    for provider in (each for some in services.providers.values() for each in some if each.account in names):
        if not provider.check():
            resume(services, provider)


def notice(provider: Provider) -> str:
    """The key under which the team is told."""
    return f"account/{provider.account}"
