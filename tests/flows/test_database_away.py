"""A database that is away while messages are on their way: none that left is in doubt for that, none that did not."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from threading import Timer
from typing import Any

import psycopg
import pytest

from channels.channel import Accepted, Caps, Outcome, Outgoing, Rejected, Retry, Unknown
from server.core.delivery import QUEUE_PATIENCE
from server.flows.ask_gate import note
from server.flows.deliver import deliver
from server.flows.keep_time import tick
from server.store.db import Database, DatabaseError
from tests.flows.conftest import Town
from tests.parts import Scripted, listening

pytestmark = pytest.mark.both_databases

LASTS = 1.0
"""Seconds: longer than the first two waits of who insists, and over before the next one is."""


@dataclass
class Outage:
    """SQLite's one writer does not let go; PostgreSQL closes its connections, and opens none."""

    db: Database
    writer: sqlite3.Connection | None = None
    ends: Timer | None = None

    def begin(self) -> None:
        """For LASTS; the first time only."""
        if self.ends:
            return
        if self.db.is_sqlite:
            file = str(self.db.engine.url.database)
            self.writer = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
            self.writer.execute("BEGIN IMMEDIATE")
        else:
            self._admit(False)
        self.ends = Timer(LASTS, self._end)
        self.ends.start()

    def _end(self) -> None:
        if self.writer:
            self.writer.close()
        else:
            self._admit(True)

    def _admit(self, anybody: bool) -> None:
        url = self.db.engine.url.set(drivername="postgresql")
        name = url.database
        with psycopg.connect(
            url.set(database="postgres").render_as_string(hide_password=False), autocommit=True
        ) as others:
            others.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS {anybody}'.encode())
            others.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))


@pytest.fixture
def outage(town: Town) -> Iterator[Outage]:
    """A statement of SQLite's that cannot have the lock says so at once."""
    made = Outage(town.services.db)

    def hurry(connection: Any, _record: Any) -> None:
        if made.db.is_sqlite:
            connection.execute("PRAGMA busy_timeout=1")

    with listening(made.db, "connect", hurry):
        made.db.engine.dispose()
        yield made
    if made.ends:
        made.ends.join()
    made.db.engine.dispose()


@dataclass
class Unlucky(Scripted):
    """A provider in whose call the database goes away."""

    outage: Outage | None = None

    def send(self, items: Sequence[Outgoing]) -> list[Outcome]:
        assert self.outage
        self.outage.begin()
        return super().send(items)


def noting(monkeypatch: pytest.MonkeyPatch, where: str, outage: Outage) -> None:
    """The database goes away when somebody is kept, before the gate hears of it."""

    def then_away(*about: Any) -> None:
        outage.begin()
        note(*about)

    monkeypatch.setattr(f"server.flows.{where}.note", then_away)


def test_what_a_provider_said_is_recorded_when_the_database_is_back(town: Town, outage: Outage) -> None:
    post = Unlucky(caps=Caps(batch_max=3), outage=outage)
    post.script += [Accepted("r"), Rejected("no such user", "address"), Retry("busy", QUEUE_PATIENCE)]
    ids = [town.invite(f"n{n}@example.com") for n in range(3)]

    deliver(replace(town.services, providers={**town.services.providers, "email": (post,)}), *ids)

    assert town.states(ids) == ["accepted", "failed", "planned"]
    assert [touch.ticket for touch in town.touches()] == [ids[0]]


def test_who_was_kept_is_written_to_when_the_database_is_back(
    town: Town, outage: Outage, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.post.caps = Caps(batch_max=2)
    ids = [town.invite(f"n{n}@example.com") for n in range(2)]
    noting(monkeypatch, "deliver", outage)

    with pytest.raises(DatabaseError):
        deliver(town.services, *ids)

    assert ([mail.id for mail in town.post.sent], town.states(ids)) == ([ids[0]], ["accepted", "queued"])
    town.clock.forward(seconds=QUEUE_PATIENCE.total_seconds())
    tick(town.services)
    town.queue.carry_out(town.services)
    assert ([mail.id for mail in town.post.sent], town.states(ids)) == (ids, ["accepted"] * 2)


def test_so_is_who_was_kept_for_a_second_mail(town: Town, outage: Outage, monkeypatch: pytest.MonkeyPatch) -> None:
    town.post.caps = Caps(batch_max=2)
    town.post.script += [Unknown("cut")] * 2
    ids = [town.invite(f"n{n}@example.com") for n in range(2)]
    deliver(town.services, *ids)
    noting(monkeypatch, "sending.again", outage)
    assert town.states(ids) == ["unconfirmed"] * 2

    for _ in range(2):
        town.clock.forward(seconds=town.services.settings.resend_after)
        tick(town.services)
        town.queue.carry_out(town.services)

    assert town.states(ids) == ["accepted"] * 2
    assert sorted(mail.id for mail in town.post.sent) == sorted(2 * ids)
