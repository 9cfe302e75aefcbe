"""What one worker sends in a second, beside the very calls of its provider in a bare loop, on one processor each."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from server.flows.compose import compose
from server.flows.sending.keep import about
from server.flows.sending.queue_up import queue_up
from server.flows.sending.route import kind_of
from server.store.scope import SiteScope
from server.store.tables import Invitation
from tests.bench.ground import Ground, beside, busy, elsewhere, ground, settle, worker
from tests.bench.stands import stand
from tests.forks import forked
from tests.outbox.run import under_way

CHANNELS = {"sendgrid": "email", "smtp": "email", "twilio_sms": "sms"}
UNBOUND = {"SENDGRID_PER_SECOND": "10000", "SMTP_PER_SECOND": "10000", "TWILIO_PER_SECOND": "10000"}
"""What providers allow is not what is measured."""
WARM = 10
"""Messages that are sent before it counts: the first of a process wait for its client library."""
PATIENCE = 300.0
"""Seconds for one round."""


@dataclass(frozen=True)
class Took:
    """Seconds for each message, and those of them in which there was a processor: a busy machine leaves the latter as
    they are."""

    seconds: float
    busy: float


@dataclass(frozen=True)
class Pair:
    """Of the worker and of the bare loop, and how many messages one call carries at most."""

    ours: Took
    bare: Took
    at_once: int

    @property
    def ratio(self) -> float:
        """Of the messages a second."""
        return self.bare.seconds / self.ours.seconds


def measure_sends(database: str, messages: int, rounds: int) -> None:
    """Rounds of ours and of the bare loop by turns, each of so many messages, HANDED_MOST at most, to new persons; the
    round with the median ratio is shown."""
    print(f"\n{database:12}{'at once':>8}{'sends/s':>10}{'bare/s':>10}{'ratio':>7}{'cpu ms':>9}{'bare cpu':>10}")
    for name in CHANNELS:
        pairs = sorted((pair_of(database, name, messages) for _ in range(rounds)), key=lambda pair: pair.ratio)
        one = pairs[rounds // 2]
        print(
            f"{name:12}{one.at_once:>8}{1 / one.ours.seconds:>10.0f}{1 / one.bare.seconds:>10.0f}{one.ratio:>7.2f}"
            f"{1000 * one.ours.busy:>9.2f}{1000 * one.bare.busy:>10.2f}",
            flush=True,
        )


def pair_of(database: str, name: str, messages: int) -> Pair:
    """The same messages by the worker, and then by the bare loop; the stand-in has a processor of its own."""
    cores, channel, every = sorted(os.sched_getaffinity(0)), CHANNELS[name], WARM + messages
    with stand(name, cores[-1]) as there, ground(database, {**there.env, **UNBOUND}) as here:
        ours = _by_a_worker(here, channel, settle(here, every), cores[0])
        assert there.count == every, f"{there.count} of {every} were taken"
        beside = elsewhere(bare, here.env, channel, cores[0])
        assert there.count == 2 * every, f"{there.count - every} of {every} were taken"
        at_once = here.services.providers[kind_of(channel)][0].caps.batch_max
        return Pair(ours, beside, at_once)


def _by_a_worker(here: Ground, channel: str, people: range, core: int) -> Took:
    """From the clock's hand to the last word that is written, once the worker has sent WARM."""
    process = forked(worker, here.env, core)
    try:
        _sent(here, "first", channel, people[:WARM])
        before, some = busy(process.pid or 0), people[WARM:]
        seconds = _sent(here, "all", channel, some)
        return Took(seconds / len(some), (busy(process.pid or 0) - before) / len(some))
    finally:
        process.kill()
        process.join()


def _sent(here: Ground, name: str, channel: str, people: range) -> float:
    """Seconds."""
    here.plan(name, channel, people)
    began = time.monotonic()
    queue_up(here.services)
    while left := under_way(here.services):
        assert time.monotonic() < began + PATIENCE, f"{left} of {len(people)} were not sent in {PATIENCE} s"
        time.sleep(0.02)
    return time.monotonic() - began


def bare(env: Mapping[str, str], channel: str, core: int) -> Took:
    """A loop that gives the same messages, composed already, to the same provider."""
    services = beside(env, core)
    provider = services.providers[kind_of(channel)][0]
    with services.db.reading() as db:
        rows = list(db.scalars(select(Invitation).order_by(Invitation.id)))
        items = [compose(services, *about(SiteScope(db, row.site_id), row), row) for row in rows]
    provider.send(items[:WARM])
    most, began, before = provider.caps.batch_max, time.monotonic(), time.process_time()
    for n in range(WARM, len(items), most):
        provider.send(items[n : n + most])
    count = len(items) - WARM
    return Took((time.monotonic() - began) / count, (time.process_time() - before) / count)
