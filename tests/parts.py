"""The parts that a test holds in its hand: time, the queue, and a provider that says what is in the script."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import event

from channels.channel import Accepted, BadSignature, Caps, Event, Kind, Outcome, Outgoing, Problem, RawRequest
from server.core.delivery import TRANSACTIONAL
from server.flows import dry_run
from server.flows.call.spoken import fetch
from server.flows.deliver import deliver
from server.flows.sending.pause import recheck
from server.flows.sending.resolve import resolve
from server.services import Services
from server.store.db import Database

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
PATIENCE = 60.0
"""Seconds to wait for a Redis or a database that is there: a busy machine is not taken for one that hangs."""


def be_patient(db: Database) -> None:
    """Whoever waits for another's write has PATIENCE: what is tried is who wins, not how fast this machine is."""
    how = "pragma busy_timeout =" if db.is_sqlite else "set statement_timeout ="

    @event.listens_for(db.engine, "connect")
    def connected(connection: Any, _record: Any) -> None:
        connection.cursor().execute(f"{how} {PATIENCE * 1000:.0f}")
        connection.commit()


@contextmanager
def listening(to: Database, about: str, heard: Callable[..., object]) -> Iterator[None]:
    """`heard` is called at every event `about` of the database, until the end of the block."""
    event.listen(to.engine, about, heard)
    try:
        yield
    finally:
        event.remove(to.engine, about, heard)


@contextmanager
def statements(to: Database) -> Iterator[list[tuple[str, Any]]]:
    """What the database is told meanwhile, each statement with its parameters."""
    told: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        told.append((statement, parameters))

    with listening(to, "before_cursor_execute", note):
        yield told


@dataclass
class Clock:
    """Time that stands still until it is moved."""

    time: datetime = NOON

    def __call__(self) -> datetime:
        return self.time

    def forward(self, **by: float) -> None:
        self.time += timedelta(**by)


@dataclass
class Waiting:
    """A queue that keeps what was put off, until the test has it carried out."""

    ids: list[str] = field(default_factory=list)
    """To be delivered."""
    rehearsals: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    """Calls of unknown end, to be looked into."""
    accounts: list[str] = field(default_factory=list)
    """To be asked whether they work again."""
    recordings: list[str] = field(default_factory=list)
    """To be fetched."""
    jobs: list[tuple[str, list[str], int]] = field(default_factory=list)
    """Everything that was ever put off, in order: what, about which ids, in which lane."""

    def later(self, job: str, ids: Sequence[str], lane: int = TRANSACTIONAL) -> None:
        self.jobs.append((job, list(ids), lane))
        waits = {
            "deliver": self.ids, "rehearse": self.rehearsals, "resolve": self.doubts, "recheck": self.accounts,
            "fetch_recordings": self.recordings,
        }  # fmt: skip
        waits[job].extend(ids)

    def waiting(self, lane: int) -> int:
        """Nothing that a clock should wait for: what the test does not carry out is lost."""
        return 0

    def carry_out(self, services: Services) -> None:
        taken, self.ids = self.ids, []
        for id in taken:
            deliver(services, id)
        looked, self.doubts = self.doubts, []
        resolve(services, *looked)
        asked, self.accounts = self.accounts, []
        recheck(services, *asked)
        spoken, self.recordings = self.recordings, []
        fetch(services, *spoken)

    def rehearse(self, services: Services) -> int:
        """Every slice of every dry run that waits; how many slices there were."""
        slices = 0
        while self.rehearsals:
            dry_run.carry_out(services, int(self.rehearsals.pop(0)))
            slices += 1
        return slices


@dataclass
class Scripted:
    """A provider that says what the script says, then accepts; an exception in the script is its worker's death."""

    kind: Kind = "email"
    script: list[Outcome | BaseException] = field(default_factory=list)
    sent: list[Outgoing] = field(default_factory=list)
    name: str = "scripted"
    account: str = "scripted"
    per_second: float = 1_000.0
    caps: Caps = Caps()

    calls: list[int] = field(default_factory=list)
    """How many messages each call carried."""
    problems: list[Problem] = field(default_factory=list)
    """What `check` finds wrong."""
    found: dict[str, Outcome] = field(default_factory=dict)
    """What `find` knows, by the id of the message."""

    def check(self) -> list[Problem]:
        return self.problems

    def send(self, items: Sequence[Outgoing]) -> list[Outcome]:
        self.calls.append(len(items))
        return [self._say(item) for item in items]

    def _say(self, item: Outgoing) -> Outcome:
        self.sent.append(item)
        said = self.script.pop(0) if self.script else Accepted(f"ref-{len(self.sent)}")
        if isinstance(said, BaseException):
            raise said
        return said

    def verify(self, request: RawRequest) -> None:
        if request.headers.get("signed") != "yes":
            raise BadSignature("a stranger")

    def parse(self, request: RawRequest) -> list[Event]:
        return [Event(**said) for said in json.loads(request.body)]

    def find(self, item: Outgoing) -> Outcome | None:
        return self.found.get(item.id)
