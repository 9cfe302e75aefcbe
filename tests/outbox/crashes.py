"""A worker dies at each named place, many times over: what it had begun comes out right all the same."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from server.core.delivery import CALL_LEASE
from server.environment import from_environment
from server.flows.deliver import deliver
from server.flows.keep_time import tick
from server.services import Services, complete, connect
from server.settings import CRASH_POINTS
from server.store.tables import Invitation
from tests.forks import forked
from tests.outbox.judge import judge
from tests.outbox.office import Office, open_office
from tests.outbox.plan import Plan
from tests.outbox.run import plan_all, under_way
from tests.parts import Clock, Waiting

CHANNELS = ("email", "sms")
NEVER_LEFT = frozenset({"after_claim"})
"""Here it is proven that nothing left: it is sent, once."""
BEFORE_THE_CALL = frozenset({"after_keep", "before_call"})
"""Here nothing left, but nobody can prove it: a mail is sent when the grace is over, a text stays in doubt."""
AFTER_THE_CALL = frozenset({"after_call", "before_record"})
"""Here it left, and nobody wrote it down: a mail goes once more, of a text the provider is asked."""
GRACE = 60
"""Seconds."""
TURNS = 40
"""Of the clock, each a lease later, within which all is at rest."""


@dataclass(frozen=True)
class Came:
    """What one invitation came to, whose worker died at `point`."""

    point: str
    channel: str
    state: str
    taken: int

    @property
    def is_right(self) -> bool:
        mails = {**dict.fromkeys(AFTER_THE_CALL, 2)}.get(self.point, 1)
        texts = {**dict.fromkeys(BEFORE_THE_CALL, 0)}.get(self.point, 1)
        wanted = mails if self.channel == "email" else texts
        return (self.state, self.taken) == ("accepted" if wanted else "unconfirmed", wanted)


@dataclass(frozen=True)
class Crashes:
    """All of them; `broken` is what the judge of every run holds against them."""

    came: Sequence[Came]
    broken: Sequence[str]

    @property
    def wrong(self) -> list[str]:
        return [*(str(each) for each in self.came if not each.is_right), *self.broken]

    def report(self) -> str:
        """A line for each place and channel."""
        counted = Counter(self.came)
        order = sorted(counted, key=lambda each: (CRASH_POINTS.index(each.point), each.channel))
        lines = [
            f"{c.point:14}{c.channel:6} × {counted[c]:<4} {c.state:12}{c.taken} taken{'' if c.is_right else '  WRONG'}"
            for c in order
        ]
        return "\n".join([*lines, *(f"BROKEN {each}" for each in self.broken[:20])])


def crash(times: int, database_url: str, folder: Path) -> Crashes:
    """`times` at each place on each channel, over an empty, migrated database that has one site."""
    with open_office() as office:
        env = {
            **office.env, "ASKONCE_DATA": str(folder / "data"), "DATABASE_URL": database_url,
            "REDIS_URL": "unix:///nowhere/redis.sock", "SECRET_KEY": "s" * 40, "RESEND_AFTER": str(GRACE),
            "SENDGRID_PER_SECOND": "10000", "TWILIO_PER_SECOND": "10000",
        }  # fmt: skip
        clock, queue = Clock(datetime.now(UTC)), Waiting()
        parts = connect(complete(from_environment(env)))
        services = replace(parts, queue=queue, now=clock, moment=lambda _: clock())
        points = _planned(services, times)
        for id, point in points.items():
            _die(env, point, id)
        _recover(services, queue, clock)
        rows = _rows(services)
        services.db.engine.dispose()
        came = [Came(points[row.id], row.channel, row.state, _taken(office, row)) for row in rows]
        return Crashes(came, judge(rows, office).broken)


def _planned(services: Services, times: int) -> Mapping[str, str]:
    """Invitations, and where the worker of each is to die."""
    plan_all(services, Plan(invitations=times * len(CRASH_POINTS) * len(CHANNELS)))
    points: dict[str, str] = {}
    for channel in CHANNELS:
        ids = [row.id for row in _rows(services) if row.channel == channel]
        points |= dict(zip(ids, _in_turn(), strict=False))
    return points


def _in_turn() -> Iterator[str]:
    while True:
        yield from CRASH_POINTS


def _die(env: Mapping[str, str], point: str, id: str) -> None:
    worker = forked(send, {**env, "CRASH_AT": point}, id)
    worker.join(60)
    assert worker.exitcode == -signal.SIGKILL, f"{point} was not reached: the worker ended with {worker.exitcode}"


def send(env: Mapping[str, str], id: str) -> None:
    """What a worker does with this invitation."""
    os.environ.update(env)
    deliver(connect(complete(from_environment(env))), id)


def _recover(services: Services, queue: Waiting, clock: Clock) -> None:
    for _ in range(TURNS):
        if not under_way(services, doubts=True):
            return
        clock.forward(seconds=(CALL_LEASE + timedelta(seconds=1)).total_seconds())
        tick(services)
        queue.carry_out(services)


def _rows(services: Services) -> list[Invitation]:
    with services.db.reading() as db:
        return list(db.scalars(select(Invitation).order_by(Invitation.id)))


def _taken(office: Office, row: Invitation) -> int:
    return len(office.taken(row.channel)[row.address or ""])
