"""A whole run: all is planned, sent through bad weather by workers that die, and judged when all is at rest."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import ColumnElement, false, func, or_, select

from server.core.people import Claim, claims_of
from server.environment import from_environment
from server.flows.decide import decide
from server.flows.plan_many import Round, plan_many
from server.services import Services, complete, connect
from server.store import identities, sites, surveys
from server.store.scope import SiteScope
from server.store.tables import Invitation
from tests.outbox.judge import Findings, judge
from tests.outbox.office import open_office
from tests.outbox.plan import Plan, mail_to, phone_of
from tests.outbox.workers import mortal
from tests.running import Running, running

AT_ONCE = 500
AT_ANY_HOUR = {
    "send_hours": {"sms": "none", "email": "none"}, "spending": {"sms": "none"}, "numbers_alike": "none",
}  # fmt: skip
"""And whatever it costs: thousands of numbers of one range are no theft here."""
UNDER_WAY = ("planned", "queued", "calling")


@dataclass(frozen=True)
class Outcome:
    """Seconds are those of the storm, and from its end until all was at rest."""

    findings: Findings
    stormy: float
    drained: float
    killed: int
    mails: int
    texts: int
    left: list[str]
    """What had not come to rest when nobody waited any longer, and what it waits for."""

    def report(self, plan: Plan) -> str:
        """For people, in lines."""
        lines = [
            f"{plan.invitations} invitations, {plan.share:.0%} of the calls met a fault; {plan.workers} workers were"
            f" killed {self.killed} times in {self.stormy:.0f} s; at rest {self.drained:.0f} s after the storm",
            f"{self.mails} mails and {self.texts} texts were taken; {len(self.findings.broken)} promises broken",
            *(f"  {what}: {times}" for what, times in sorted(self.findings.counts.items())),
            *(f"  BROKEN {each}" for each in self.findings.broken[:20]),
            *(f"  STILL UNDER WAY {each}" for each in self.left[:20]),
        ]
        return "\n".join(lines)


def run(plan: Plan, database_url: str, folder: Path) -> Outcome:
    """All of it, over an empty database at `database_url`; `folder` takes what the server keeps beside it."""
    with open_office() as office:
        with running(folder / "data", **office.env, **plan.env, DATABASE_URL=database_url) as server:
            office.mails.webhook = f"{server.url}/receipts/sendgrid"
            services = _services(server)
            office.set_weather(plan)
            began = time.monotonic()
            with mortal(plan, server) as killed:
                plan_all(services, plan)
                _until_few_are_left(services, plan, began)
            office.set_weather(None)
            healed = time.monotonic()
            drained = _until_at_rest(services, plan, healed)
            rows, left = _rows(services), _left(services)
            services.db.engine.dispose()
        mails, texts = (sum(map(len, office.taken(channel).values())) for channel in ("email", "sms"))
        return Outcome(judge(rows, office), healed - began, drained, killed.times, mails, texts, left)


def _services(server: Running) -> Services:
    """The database alone: everything else is the server's."""
    return connect(complete(from_environment({**server.env, "REDIS_URL": "unix:///nowhere/redis.sock"})))


def plan_all(services: Services, plan: Plan) -> None:
    """Half mails, half texts, of the first site's first survey, at any hour."""
    with services.db.reading() as db:
        site = sites.all_sites(db)[0]
        survey = surveys.named(SiteScope(db, site.id), None)
    assert survey
    decide(services, site.id, AT_ANY_HOUR, "the run")
    for channel, numbers in (("email", range(plan.invitations // 2)), ("sms", range(plan.invitations // 2))):
        round = Round("all", channel, services.now())
        for start in range(0, len(numbers), AT_ONCE):
            plan_many(services, site.id, survey, round, _people(services, site.id, channel, numbers[start:][:AT_ONCE]))


def _people(services: Services, site_id: int, channel: str, numbers: Sequence[int]) -> list[int]:
    with services.db.writing() as db:
        scope, now = SiteScope(db, site_id), services.now()
        return [identities.find_or_make(scope, _claims(channel, n), "", now).id for n in numbers]


def _claims(channel: str, number: int) -> tuple[Claim, ...]:
    return claims_of(email=mail_to(number)) if channel == "email" else claims_of(phone=phone_of(number))


def _until_few_are_left(services: Services, plan: Plan, began: float) -> None:
    """So that there is something left to be drained."""
    while time.monotonic() < began + plan.storm and under_way(services) > plan.invitations * 0.02:
        time.sleep(0.5)


def _until_at_rest(services: Services, plan: Plan, healed: float) -> float:
    """Seconds since; more than planned when it takes longer."""
    while (spent := time.monotonic() - healed) < plan.drained + 30:
        if not under_way(services, doubts=True):
            return spent
        time.sleep(0.5)
    return spent


def under_way(services: Services, doubts: bool = False) -> int:
    """How many are not sent yet, or not known to be."""
    with services.db.reading() as db:
        return db.scalar(select(func.count()).select_from(Invitation).where(_is_under_way(doubts))) or 0


def _is_under_way(doubts: bool) -> ColumnElement[bool]:
    return or_(Invitation.state.in_(UNDER_WAY), Invitation.look_at.is_not(None) if doubts else false())


def _left(services: Services) -> list[str]:
    with services.db.reading() as db:
        now = services.moment(db)
        return [
            f"{row.channel} {row.state} for {(now - row.state_at).total_seconds():.0f} s, {row.attempts} tries,"
            f" {row.runs} runs, {row.resends} resends; due {_ahead(row.due_at, now)}, looked at"
            f" {_ahead(row.look_at, now)} ({row.reason})"
            for row in db.scalars(select(Invitation).where(_is_under_way(doubts=True)))
        ]


def _ahead(at: datetime | None, now: datetime) -> str:
    return f"in {(at - now).total_seconds():.0f} s" if at else "never"


def _rows(services: Services) -> list[Invitation]:
    with services.db.reading() as db:
        return list(db.scalars(select(Invitation)))
