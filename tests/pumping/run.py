"""A stolen key: hooks that are signed as they should be, for thousands of numbers; and what came of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from channels.sms.twilio_fake import TwilioFake
from server.core import rates
from server.core.links import hook_signature
from server.core.policy import ALIKE
from server.environment import from_environment
from server.flows.decide import decide
from server.flows.deliver import deliver
from server.flows.keep_time import TICK, tick
from server.flows.set_up import create_site, create_source, source_secret
from server.flows.trigger import Hook, trigger
from server.migrations import migrate
from server.services import Services, complete, connect
from server.store import counters
from server.store.scope import SiteScope
from server.store.tables import Counter as Counted
from server.store.tables import Invitation, Notice, Pause, Site, Source
from tests.parts import Clock, Waiting
from tests.pumping.numbers import HOME

ACCOUNT, TOKEN = "AC" + "a" * 32, "t0ken"
A_SECOND = 100
"""Hooks a second."""
WORKERS = 4
CAP = 25 * rates.SCALE
"""What a site that has said nothing spends in a day."""
ALERTED_WITHIN = timedelta(seconds=60)


@dataclass
class Outcome:
    """What the provider was handed, what the team was told and when, and what is wrong with that."""

    asked: int = 0
    texts: int = 0
    spent: int = 0
    states: Counter[str] = field(default_factory=Counter)
    began: datetime | None = None
    last_text: datetime | None = None
    alerted: datetime | None = None
    because: str = ""
    faults: list[str] = field(default_factory=list)

    def report(self) -> str:
        states = ", ".join(f"{n:,} {what}" for what, n in self.states.most_common())
        after = (self.alerted - self.began).total_seconds() if self.alerted and self.began else -1
        return (
            f"{self.asked:,} numbers asked for, {self.texts:,} texts left for {rates.said(self.spent, 'USD')} "
            f"(cap {rates.said(CAP, 'USD')}); paused and told {after:.0f} s after the first: {self.because}\n"
            f"  {states}\n  {len(self.faults)} faults" + "".join(f"\n  {fault}" for fault in self.faults[:10])
        )


@dataclass(frozen=True)
class Thief:
    """Has the secret of a source, and time."""

    services: Services
    source: Source
    clock: Clock
    queue: Waiting

    def ask(self, phone: str, n: int) -> None:
        body = json.dumps({"event": "solved", "channel": "sms", "person": {"phone": phone}}).encode()
        id, at = f"stolen-{n}", str(int(self.clock().timestamp()))
        signature = hook_signature(source_secret(self.services, self.source), id, at, body)
        trigger(self.services, self.source.key, Hook(id, at, signature, body))


def run(
    phones: Sequence[str], database_url: str, redis_url: str, folder: Any, rate: str = "0.15", alike: int = ALIKE
) -> Outcome:
    """The attack over real HTTP to the provider's stand-in, by the clock that is set."""
    with TwilioFake(ACCOUNT, TOKEN) as twilio:
        thief = _house(twilio, database_url, redis_url, folder, rate)
        decide(thief.services, thief.source.site_id, {"numbers_alike": alike}, "the team")
        outcome = Outcome(asked=len(phones))
        thief.ask(HOME, 0)  # the owner's own first text says where the site is at home
        _second(thief, outcome, twilio)
        outcome.began = thief.clock()
        for n in range(0, len(phones), A_SECOND):
            for m, phone in enumerate(phones[n : n + A_SECOND], start=n + 1):
                thief.ask(phone, m)
            _second(thief, outcome, twilio)
        for _ in range(30):
            _second(thief, outcome, twilio)
        _judge(thief, outcome, twilio)
    thief.services.db.engine.dispose()
    return outcome


def _house(twilio: TwilioFake, database_url: str, redis_url: str, folder: Any, rate: str) -> Thief:
    env = {
        "ASKONCE_DATA": str(folder), "DATABASE_URL": database_url, "REDIS_URL": redis_url, "SECRET_KEY": "s" * 40,
        "SMS_PROVIDER": "twilio_sms", "TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_FROM": "MG" + "b" * 32, "TWILIO_URL": twilio.url, "TWILIO_PER_SECOND": "100",
        "TEXT_RATES": f"*={rate}",
    }  # fmt: skip
    clock, queue = Clock(), Waiting()
    services = replace(connect(complete(from_environment(env))), queue=queue, now=clock, moment=lambda _: clock())
    migrate(services.db)
    site = create_site(services, "Harbour")
    return Thief(services, create_source(services, site.id, "Desk"), clock, queue)


def _second(thief: Thief, outcome: Outcome, twilio: TwilioFake) -> None:
    """A second passes, and the workers do what is there to do."""
    before, ids = twilio.count, list(thief.queue.ids)
    thief.queue.ids.clear()
    with ThreadPoolExecutor(WORKERS) as workers:
        list(workers.map(lambda id: deliver(thief.services, id), ids))
    if thief.clock().second % int(TICK.total_seconds()) == 0:
        tick(thief.services)
    if twilio.count > before:
        outcome.last_text = thief.clock()
    thief.clock.forward(seconds=1)


def _judge(thief: Thief, outcome: Outcome, twilio: TwilioFake) -> None:
    with thief.services.db.reading() as db:
        rows = list(db.scalars(select(Invitation)))
        pause, notices = db.scalars(select(Pause)).first(), list(db.scalars(select(Notice)))
        scope = SiteScope(db, db.scalars(select(Site.id)).one())
        counted = select(Counted.n).where(Counted.name == counters.spending("sms"), Counted.site_id == scope.site_id)
        outcome.spent = db.scalar(counted) or 0
    outcome.texts = twilio.count
    outcome.states = Counter(_state(row) for row in rows)
    told = [each for each in notices if each.kind == "paused"]
    outcome.alerted = told[0].since if told else None
    outcome.because = pause.because if pause else "nobody was told"
    sent = [message["to"] for message in twilio.messages]
    paid = sum(row.cost or 0 for row in rows)
    _expect(outcome, outcome.spent <= CAP, f"{outcome.spent} was spent of {CAP}")
    _expect(outcome, paid == outcome.spent, f"texts cost {paid}, and {outcome.spent} is counted")
    _expect(outcome, len(set(sent)) == len(sent), "somebody was sent two texts")
    _expect(outcome, all(to.startswith("+49") for to in sent), "a text went abroad")
    _expect(outcome, not any(to.startswith("+49900") for to in sent), "a text went to a premium number")
    _expect(outcome, len(told) == 1 and told[0].times == 1, f"the team was told {len(told)} times of the pause")
    _expect(outcome, len(rows) == outcome.asked + 1, "an invitation was lost")
    unsaid = [row.id for row in rows if row.state in ("planned", "held") and not row.reason]
    _expect(outcome, not unsaid, f"{len(unsaid)} wait and nobody says why")
    if outcome.alerted and outcome.began and outcome.last_text:
        _expect(outcome, outcome.alerted - outcome.began <= ALERTED_WITHIN, "the team was told too late")
        _expect(outcome, outcome.last_text <= outcome.alerted, "a text left after the alarm")


def _expect(outcome: Outcome, is_so: bool, fault: str) -> None:
    if not is_so:
        outcome.faults.append(fault)


def _state(row: Invitation) -> str:
    return f"{row.state} ({row.waits_for or row.reason})" if row.state in ("planned", "held") else row.state
