"""Sixty ways to ask Ann at the same moment: exactly one reaches her, with Redis there and with Redis gone."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from threading import Barrier
from typing import Any

import pytest

from server.core.delivery import TRANSACTIONAL
from server.core.links import hook_signature
from server.flows.deliver import deliver
from server.flows.invite import invite
from server.flows.keep_time import tick
from server.flows.offer import NotNow, Offered
from server.flows.set_up import create_source, source_secret
from server.flows.show import NotShown, show
from server.flows.trigger import Hook, trigger
from server.services import Services
from server.store.tables import Source
from tests.flows.conftest import Town

pytestmark = pytest.mark.both_databases

CROWD = 60


@dataclass
class AtOnce:
    """A queue whose worker is there already."""

    services: Services

    def later(self, job: str, ids: Sequence[str], lane: int = TRANSACTIONAL) -> None:
        deliver(self.services, *ids)

    def waiting(self, lane: int) -> int:
        return 0


def ask_in_a_browser(town: Town, channel: str) -> str:
    made = town.ask(channel=channel)
    if not isinstance(made, Offered):
        return made.reason
    with suppress(NotShown):
        show(town.services, made.token)
    return "offered"


def ask_by_hook(town: Town, source: Source, n: int) -> str:
    body = json.dumps({"person": {"email": "ann@example.com"}}).encode()
    timestamp = str(int(town.clock().timestamp()))
    signature = hook_signature(source_secret(town.services, source), f"m{n}", timestamp, body)
    trigger(town.services, source.key, Hook(f"m{n}", timestamp, signature, body))
    return "told"


def ask_by_api(town: Town) -> str:
    invite(town.services, town.site.id, town.wish())
    return "told"


@pytest.mark.parametrize("redis", ["there", "gone"])
@pytest.mark.parametrize("known", [True, False], ids=["known", "new"])
def test_of_sixty_asks_at_once_one_reaches_her(known: bool, redis: str, town: Town, make_services: Any) -> None:
    source = create_source(town.services, town.site.id, "Desk")
    if known:
        invite(town.services, town.site.id, replace(town.wish(), sends=False))
    processes = [town.services if redis == "there" else make_services(REDIS_URL="unix:///nowhere/redis.sock")]
    processes += [make_services(**({"REDIS_URL": "unix:///nowhere/redis.sock"} if redis == "gone" else {}))]
    doors = [replace(town, services=_with_worker(parts, town)) for parts in processes]
    ways: list[Callable[[Town, int], str]] = [
        lambda door, n: ask_in_a_browser(door, "widget"),
        lambda door, n: ask_in_a_browser(door, "view"),
        lambda door, n: ask_by_api(door),
        lambda door, n: ask_by_hook(door, source, n),
    ]
    start = Barrier(CROWD)

    def one(n: int) -> str:
        start.wait()
        return ways[n % 4](doors[n // 4 % 2], n)

    with ThreadPoolExecutor(CROWD) as crowd:
        said = list(crowd.map(one, range(CROWD)))

    assert reached(town) == 1
    assert redis == "there" or set(said) == {"unavailable", "told"}
    settle(replace(town, services=doors[0].services))
    assert reached(town) == 1
    assert isinstance(town.ask(), NotNow)


def _with_worker(parts: Services, town: Town) -> Services:
    parts = replace(parts, providers=town.services.providers)
    return replace(parts, queue=AtOnce(parts))


def reached(town: Town) -> int:
    """How often she was asked: shown or sent; each with its touch."""
    states = [town.row(id).state for id in town.ids()]
    times = states.count("shown") + len(town.post.sent)
    assert times == len(town.touches())
    return times


def settle(town: Town) -> None:
    """Time goes by until nothing waits any more."""
    for _ in range(3):
        town.clock.forward(minutes=3)
        tick(town.services)
    assert not {town.row(id).state for id in town.ids()} & {"planned", "queued", "calling"}
