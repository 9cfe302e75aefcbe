"""An empty server to measure sending on: a database, a Redis, one site, and processes of its own beside it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from subprocess import Popen
from typing import Any

from redis import Redis
from sqlalchemy import String, cast, insert, literal, select

from server.commands.door import services_beside
from server.environment import from_environment
from server.flows.decide import decide
from server.flows.keep_time import TICK, turn
from server.flows.plan_many import Round, plan_many
from server.flows.set_up import create_site
from server.migrations import migrate
from server.services import Services, complete, connect
from server.store import surveys
from server.store.scope import SiteScope
from server.store.surveys import StoredSurvey
from server.store.tables import Identifier, Person
from server.up import valkey
from server.work import work
from tests.databases import empty
from tests.forks import forked
from tests.outbox.run import AT_ANY_HOUR

AT_ONCE = 100_000
"""Persons in one statement: PostgreSQL is given ten seconds for each."""
MEGABYTE = 2**20
PATIENCE = 3600.0
"""Seconds for what is done elsewhere."""


@dataclass(frozen=True)
class Ground:
    """The parts, as one process has them, and the settings of every other."""

    services: Services
    env: Mapping[str, str]
    site_id: int

    @property
    def survey(self) -> StoredSurvey:
        with self.services.db.reading() as db:
            found = surveys.named(SiteScope(db, self.site_id), None)
        assert found
        return found

    def plan(self, name: str, channel: str, people: range) -> None:
        """Each of them is to be asked now, by the road for many."""
        plan_many(self.services, self.site_id, self.survey, Round(name, channel, self.services.now()), people)

    def redis_used(self) -> float:
        """Megabytes."""
        with Redis.from_url(self.env["REDIS_URL"]) as redis:
            said: Any = redis.info("memory")
        return float(said["used_memory"]) / MEGABYTE


@contextmanager
def ground(database: str, env: Mapping[str, str]) -> Iterator[Ground]:
    """Empty but for a site that asks by mail and text at any hour; `env` is what it is to send by."""
    with empty(database) as (url, folder):
        memory = Popen(valkey.command(folder / "v.sock", folder))
        valkey.wait_until_ready(folder / "v.sock", lambda: memory.poll() is None, folder)
        full = {**env, "DATABASE_URL": url, "REDIS_URL": valkey.url(folder / "v.sock"), "SECRET_KEY": "b" * 40,
                "ASKONCE_DATA": str(folder / "data")}  # fmt: skip
        services = connect(complete(from_environment(full)))
        try:
            migrate(services.db)
            site = create_site(services, "Harbour")
            decide(services, site.id, AT_ANY_HOUR, "the bench")
            yield Ground(services, full, site.id)
        finally:
            services.db.engine.dispose()
            memory.kill()
            memory.wait(10)


def settle(ground: Ground, people: int) -> range:
    """So many new persons, each with a mail address and a telephone number, put in by SQL; their ids."""
    site, now, end = ground.site_id, ground.services.now(), _last(ground) + people
    for begin in range(end - people, end, AT_ONCE):
        _settle(ground, site, now, begin + 1, min(end, begin + AT_ONCE))
    return range(end - people + 1, end + 1)


def _last(ground: Ground) -> int:
    with ground.services.db.reading() as db:
        return db.scalar(select(Person.id).order_by(Person.id.desc()).limit(1)) or 0


def _settle(ground: Ground, site: int, now: datetime, first: int, last: int) -> None:
    """Numbered by the database itself, one after the other."""
    n = select(literal(first).label("n")).cte("numbers", recursive=True)
    numbers = n.union_all(select(n.c.n + 1).where(n.c.n < last))
    new = select(literal(site), literal("Ada").concat(numbers.c.n), literal(now, Person.created_at.type))
    mine = select(Person.id).where(Person.id.between(first, last)).subquery()
    mail = literal("p").concat(mine.c.id).concat("@shop.example")
    phone = literal("+1415").concat(cast(mine.c.id + 5_550_000, String))
    with ground.services.db.writing() as db:
        db.execute(insert(Person).from_select(["site_id", "name", "created_at"], new))
        for kind, value in (("email", mail), ("phone", phone)):
            known = select(literal(site), mine.c.id, literal(kind), value)
            db.execute(insert(Identifier).from_select(["site_id", "person_id", "kind", "value"], known))


def beside(env: Mapping[str, str], core: int | None = None) -> Services:
    """The parts of a process that has these settings, on one processor where it is said on which."""
    os.environ.update(env)
    if core is not None:
        os.sched_setaffinity(0, [core])
    return services_beside()


def worker(env: Mapping[str, str], core: int | None = None) -> None:
    """What `askonce work` does."""
    work(beside(env, core))


def clock(env: Mapping[str, str]) -> None:
    """What `askonce clock` does, until it is ended."""
    services = beside(env)
    while True:
        turn(services)
        time.sleep(TICK.total_seconds())


def elsewhere(what: Callable[..., Any], *said: Any) -> Any:
    """What `what(*said)` gives in a process of its own."""
    return begun(what, *said)()


def begun(what: Callable[..., Any], *said: Any) -> Callable[[], Any]:
    """The same, while this process goes on: call what is returned to wait for it."""
    ours, theirs = Pipe(duplex=False)
    process = forked(_answer, theirs, what, *said)
    theirs.close()

    def wait() -> Any:
        try:
            assert ours.poll(PATIENCE), f"{what.__name__} took longer than {PATIENCE} s"
            return ours.recv()
        finally:
            process.kill()
            process.join()

    return wait


def _answer(to: Connection, what: Callable[..., Any], *said: Any) -> None:
    to.send(what(*said))


def busy(pid: int) -> float:
    """Seconds in which a process had a processor until now."""
    with open(f"/proc/{pid}/stat") as said:
        user, system = said.read().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def resident(pid: int | str = "self", most: bool = False) -> float:
    """Megabytes of memory that a process has, or had at most."""
    with open(f"/proc/{pid}/status") as said:
        lines = dict(line.split(":", 1) for line in said)
    return int(lines["VmHWM" if most else "VmRSS"].split()[0]) * 1024 / MEGABYTE
