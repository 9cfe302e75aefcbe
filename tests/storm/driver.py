"""One process of the storm, with a clock of its own."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

from sqlalchemy.exc import DBAPIError

from channels.channel import Accepted, Outcome, Outgoing, Retry, Unknown
from server.core.delivery import TRANSACTIONAL
from server.core.identity import identity_secret, sign
from server.core.people import claims_of
from server.environment import from_environment
from server.flows.deliver import deliver
from server.flows.invite import Wish, invite
from server.flows.keep_time import tick
from server.flows.offer import NotNow, Visitor, offer
from server.flows.sending.resolve import resolve
from server.flows.show import NotShown, show
from server.gate.allowance import Allowance
from server.queue import QueueAway
from server.services import Services, complete, connect, utc_now
from server.store import sites
from server.store.tables import Site
from tests.parts import Scripted
from tests.storm.plan import CHANNELS, SKEWS, Left, Place, Plan, email, phone

SECRET = "s" * 40


@dataclass
class Storm:
    """What one process does and sees."""

    services: Services
    sites: dict[str, Site]
    plan: Plan
    dice: random.Random
    left: list[Left] = field(default_factory=list)
    said: Counter[str] = field(default_factory=Counter)

    def ask(self, person: int, channel: str) -> None:
        """One ask on one channel. A database that is too busy for it has asked nobody."""
        try:
            said = (self.in_browser if channel in ("widget", "view") else self.by_program)(person, channel)
        except DBAPIError:
            said = "busy"
        self.said[f"{channel}: {said}"] += 1

    def in_browser(self, person: int, channel: str) -> str:
        site = self.sites[self.plan.rules_of(person).name]
        identity = sign(identity_secret(SECRET, site.key), now=self.services.now(), email=email(person))
        made = offer(self.services, site, channel, Visitor(identity))
        if isinstance(made, NotNow):
            return made.reason
        try:
            show(self.services, made.token)
        except NotShown:
            return "not shown"
        self.left.append(Left(made.offer.ticket, person, channel, time.time()))
        return "shown"

    def by_program(self, person: int, channel: str) -> str:
        claims = claims_of(email=email(person), phone=phone(person) if channel == "sms" else None)
        wish = Wish(claims, "", channel, timedelta(0), True, {}, None)
        invite(self.services, self.sites[self.plan.rules_of(person).name].id, wish)
        return "invited"

    def turn_clock(self) -> None:
        try:
            tick(self.services)
        except DBAPIError:
            self.said["clock: busy"] += 1


@dataclass
class Relay(Scripted):
    """A provider that takes most messages, refuses a few for now, and does not say what became of some."""

    storm: Storm | None = None

    def send(self, items: Sequence[Outgoing]) -> list[Outcome]:
        assert self.storm
        [item] = items
        throw = self.storm.dice.random()
        if throw < 0.02:
            return [Retry("busy", timedelta(seconds=1))]
        person = int(item.to[1:].split("@")[0]) if "@" in item.to else int(item.to[5:]) - 2_000_000
        self.storm.left.append(Left(item.id, person, self.kind, time.time(), heard=throw >= 0.03))
        return [Unknown("cut") if throw < 0.03 else Accepted(item.id)]


@dataclass
class Hasty:
    """A queue with its worker beside it, which loses some jobs, and is away for others."""

    dice: random.Random
    services: Services | None = None

    def later(self, job: str, ids: Sequence[str], lane: int = TRANSACTIONAL) -> None:
        throw = self.dice.random()
        if throw < 0.05:
            raise QueueAway("the storm")
        assert self.services
        if throw > 0.1:
            {"deliver": deliver, "resolve": resolve}[job](self.services, *ids)

    def waiting(self, lane: int) -> int:
        return 0


def parts(place: Place, skew: timedelta, dice: random.Random, plan: Plan, lossy: bool = True) -> Storm:
    """Everything that one process has. Its clock is `skew` off; what the database says of the time is true."""
    env = {"ASKONCE_DATA": place.data, "DATABASE_URL": place.database_url, "REDIS_URL": place.redis_url}
    made = connect(complete(from_environment({**env, "SECRET_KEY": SECRET})))
    queue = Hasty(dice if lossy else Sober())
    posts: dict[Any, Relay] = {"email": Relay("email"), "sms": Relay("sms")}
    services = replace(
        made,
        queue=queue,
        providers={kind: (post,) for kind, post in posts.items()},
        now=lambda: utc_now() + skew,
        readings=Allowance(1e9),
    )
    queue.services = services
    with services.db.reading() as db:
        known = {name: site for name, id in place.sites.items() if (site := sites.by_id(db, id))}
    storm = Storm(services, known, plan, dice)
    for post in posts.values():
        post.storm = storm
    return storm


class Sober(random.Random):
    """Dice that never bring bad luck."""

    def random(self) -> float:
        return 1.0


def drive(plan: Plan, place: Place, number: int, start: Barrier, out: str) -> None:
    """Asks this process's share of every person's asks, in step with the other processes."""
    dice = random.Random(number)
    storm = parts(place, SKEWS[number % len(SKEWS)], dice, plan)
    began = 0.0
    share = range(number, plan.asks, plan.processes)
    with ThreadPoolExecutor(plan.threads) as crowd:
        for first in range(0, plan.persons, plan.at_once):
            some = range(first, min(first + plan.at_once, plan.persons))
            asks = [(person, channel) for person in some for _ in share for channel in CHANNELS]
            dice.shuffle(asks)
            start.wait(300)
            began = began or time.time()
            list(crowd.map(lambda each: storm.ask(*each), asks))
            storm.turn_clock()
    said = {
        "left": [asdict(each) for each in storm.left],
        "said": dict(storm.said),
        "began": began,
        "ended": time.time(),
    }
    Path(out).write_text(json.dumps(said))
    storm.services.db.engine.dispose()
