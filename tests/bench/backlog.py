"""What a million planned invitations cost, and how long urgent ones wait while they are sent."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from server.core.people import claims_of
from server.flows.invite import Wish, invite
from server.flows.plan_many import Round, plan_many
from server.flows.sending.queue_up import queue_up
from server.store import surveys
from server.store.scope import SiteScope
from tests.bench.ground import Ground, begun, beside, clock, elsewhere, ground, resident, settle, worker
from tests.bench.stands import URGENT, Stand, stand
from tests.forks import forked

MORE = 20_000
"""Planned once more, while urgent ones are made."""
URGENT_EVERY = 0.5
"""Seconds."""
TURNS = 5
PATIENCE = 180.0
"""Seconds for the last urgent one to leave."""


@dataclass(frozen=True)
class Planned:
    """Seconds, those in which it had a processor, and megabytes of the process that planned: before, and at most."""

    seconds: float
    busy: float
    before: float
    most: float


@dataclass(frozen=True)
class Waits:
    """Seconds from the wish for each urgent one until its provider had it, and what else was sent in a second."""

    seconds: Sequence[float]
    others: float

    def at(self, share: float) -> float:
        return sorted(self.seconds)[min(len(self.seconds) - 1, int(share * len(self.seconds)))]


def measure_backlog(database: str, invitations: int, urgent: int) -> None:
    """The persons are put in by SQL; all else goes the product's own road: planned by `plan_many`, handed over by the
    clock, sent by one worker to a stand-in for SendGrid. Meanwhile `urgent` ones are wished, two a second."""
    with stand("sendgrid") as there, ground(database, there.env) as here:
        people = settle(here, invitations)
        empty = here.redis_used()
        planned = elsewhere(plan, here.env, here.site_id, "all", people)
        print(f"\n{database}: {invitations} invitations")
        rate = invitations / planned.seconds
        _say("planned", f"{planned.seconds:.1f} s ({planned.busy:.1f} s of a processor), {rate:.0f} a second")
        _say("planner's memory", f"{planned.before:.0f} MB, at most {planned.most:.0f} MB")
        turns = [_timed(lambda: queue_up(here.services)) for _ in range(TURNS)]
        _say("clock's turns", ", ".join(f"{1000 * each:.0f}" for each in turns) + " ms; the first hands over")
        _say("Redis", f"{empty:.1f} MB empty, {here.redis_used():.1f} MB with what was handed over")
        _drain(here, there, people[:MORE], urgent)


def plan(env: Mapping[str, str], site_id: int, name: str, people: range) -> Planned:
    """Each of them is to be asked now."""
    services = beside(env)
    with services.db.reading() as db:
        survey = surveys.named(SiteScope(db, site_id), None)
    assert survey
    before, began, round = resident(), time.process_time(), Round(name, "email", services.now())
    seconds = _timed(lambda: plan_many(services, site_id, survey, round, people))
    return Planned(seconds, time.process_time() - began, before, resident(most=True))


def _drain(here: Ground, there: Stand, some: range, urgent: int) -> None:
    processes = {"clock": forked(clock, here.env), "worker": forked(worker, here.env)}
    try:
        print(f"{'urgent ones':24}{'p50 s':>8}{'p95 s':>8}{'worst':>8}{'others/s':>10}")
        _waited("beside the backlog", _urgent(here, there, "a", urgent))
        planned = begun(plan, here.env, here.site_id, "more", some)
        _waited("and while one plans", _urgent(here, there, "b", urgent))
        rate = len(some) / planned().seconds
        _say("planned meanwhile", f"{rate:.0f} a second")
        memory = {name: resident(process.pid or 0, most=True) for name, process in processes.items()}
        _say("memory at most", ", ".join(f"{name} {each:.0f} MB" for name, each in memory.items()))
        _say("Redis", f"{here.redis_used():.1f} MB")
    finally:
        for process in processes.values():
            process.kill()
            process.join()


def _urgent(here: Ground, there: Stand, name: str, times: int) -> Waits:
    """So many, each to somebody new, at a steady pace however long they wait."""
    wished: dict[str, float] = {}
    before, began = there.count, time.monotonic()
    for n in range(times):
        time.sleep(max(0.0, began + n * URGENT_EVERY - time.monotonic()))
        to = f"{URGENT}-{name}{n}@shop.example"
        wished[to] = time.monotonic()
        wish = Wish(claims_of(email=to), "Ada", "email", timedelta(), True, {}, None)
        invite(here.services, here.site_id, wish)
    taken = there.taken
    while not wished.keys() <= taken.keys():
        assert time.monotonic() < began + times * URGENT_EVERY + PATIENCE, f"{len(taken)} of {times} were taken"
        time.sleep(0.1)
        taken = there.taken
    others = (there.count - before - times) / (time.monotonic() - began)
    return Waits([taken[to] - at for to, at in wished.items()], others)


def _waited(what: str, waits: Waits) -> None:
    print(
        f"{what:24}{waits.at(0.5):>8.2f}{waits.at(0.95):>8.2f}{max(waits.seconds):>8.2f}{waits.others:>10.0f}",
        flush=True,
    )


def _say(what: str, said: str) -> None:
    print(f"{what:24}{said}", flush=True)


def _timed(what: Callable[[], object]) -> float:
    began = time.monotonic()
    what()
    return time.monotonic() - began
