"""Which provider takes the next batch, and how many messages its account has room for."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from channels.channel import Kind, Outgoing, Provider
from channels.sms.render import segments
from server.core import weights
from server.core.bucket import Bucket
from server.core.delivery import LOOK_AFTER
from server.services import Services
from server.store import accounts
from server.store.db import Session
from server.store.tables import Account

REST_MOST = timedelta(minutes=15)
"""Whatever an answer says of one message, the account is tried again then."""


@dataclass(frozen=True)
class Way:
    """A provider that is in use, and what it may send now."""

    provider: Provider
    weight: int
    bucket: Bucket
    on_trial: bool

    def room(self, now: datetime) -> int:
        """How many messages, now."""
        left = max(0, int(self.bucket.left(now)))
        return min(1, left) if self.on_trial else left


def kind_of(channel: str) -> Kind:
    """What kind of provider serves a channel."""
    return channel if channel in ("sms", "phone") else "email"  # type: ignore[return-value]


def places(message: Outgoing) -> int:
    """How many of the messages that a provider takes in a second this one is: a text is as many as it has parts."""
    return max(1, segments(message.text)) if message.kind == "sms" else 1


def ways(services: Services, db: Session, kind: Kind, now: datetime) -> list[Way]:
    """Every provider of this kind that is not paused."""
    providers = services.providers[kind]
    known = accounts.known(db, [each.account for each in providers])
    shares = shares_of([known.get(each.account) for each in providers])
    return [
        Way(each, share, accounts.bucket_of(row, each.per_second, now), bool(row and row.on_trial))
        for each, share in zip(providers, shares, strict=True)
        if not ((row := known.get(each.account)) and row.paused_at)
    ]


def shares_of(rows: Sequence[Account | None]) -> list[int]:
    """What each of the providers of a kind gets of a hundred messages; at rest unless all have a weight."""
    found = [row.weight for row in rows if row and row.weight is not None]
    return found if len(found) == len(rows) and sum(found) == weights.WHOLE else weights.resting(len(rows))


def choose(some: Sequence[Way]) -> Way | None:
    """One of them, each as often as its weight says; None when there is none."""
    if not some:
        return None
    return some[weights.pick([way.weight for way in some], random.random())]  # noqa: S311  # nobody gains by guessing it


def take(db: Session, provider: Provider, wanted: int, now: datetime) -> int:
    """How many of `wanted` messages this account may send now; they are taken. Take it last in a write."""
    row = accounts.locked(db, provider.account, now)
    if row.paused_at:
        return 0
    taken, left = accounts.bucket_of(row, provider.per_second, now).take(
        min(wanted, 1) if row.on_trial else wanted, now
    )
    accounts.fill(row, left)
    return taken


def wait(db: Session, provider: Provider, now: datetime) -> timedelta:
    """How long until this account may send again, at least a second; a paused one is looked at every LOOK_AFTER."""
    row = accounts.locked(db, provider.account, now)
    soonest = LOOK_AFTER if row.paused_at else accounts.bucket_of(row, provider.per_second, now).wait(now)
    return max(soonest, timedelta(seconds=1))


def owe(db: Session, provider: Provider, more: int, now: datetime) -> None:
    """What is about to be sent takes so many places more than there are messages: providers count parts of texts. Take
    it last in a write."""
    if more > 0:
        row = accounts.locked(db, provider.account, now)
        bucket = accounts.bucket_of(row, provider.per_second, now)
        accounts.fill(row, bucket.owe(more, now))


def rest(db: Session, provider: Provider, lasts: timedelta, now: datetime) -> None:
    """It wants to be left alone: nothing more is sent by it for that long, inside the write that records it. Take it
    last in that."""
    row = accounts.locked(db, provider.account, now)
    accounts.fill(row, accounts.bucket_of(row, provider.per_second, now).rest(now + min(lasts, REST_MOST)))


def give_back(services: Services, provider: Provider, unused: int) -> None:
    """Some of what was taken was not sent."""
    if unused:
        with services.db.writing() as db:
            now = services.moment(db)
            row = accounts.locked(db, provider.account, now)
            accounts.fill(row, accounts.bucket_of(row, provider.per_second, now).back(unused))
