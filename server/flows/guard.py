"""What texts and calls may cost, and where they may go: who has stolen a key does not make the site pay for it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from channels.channel import Outgoing
from channels.sms.content import number_of
from channels.sms.render import segments
from server.core import rates
from server.core.contact import Contact
from server.core.destinations import Destination, country_of_zone, destination
from server.core.moments import Allowance
from server.core.policy import Policy
from server.core.schedule import hour_of
from server.core.spending import judge_alike, judge_countries, judge_number, judge_spending
from server.core.throttle import Finding, TouchKind
from server.gate.verdict import Verdict
from server.services import Services
from server.settings import Settings
from server.store import counters, pauses, sites
from server.store.scope import SiteScope
from server.store.tables import Invitation, Pause

HOUR = timedelta(hours=1)
DAY = Allowance(1, "day")
UNSAID: frozenset[str] = frozenset()
"""The countries of a site that has not chosen any."""


@dataclass(frozen=True)
class Fare:
    """What a message is paid with."""

    cost: rates.Cost
    day: datetime


@dataclass(frozen=True)
class Till:
    """One message before the guard. `address` is where it would go."""

    services: Services
    scope: SiteScope
    policy: Policy
    channel: str
    address: str
    now: datetime

    @property
    def costs(self) -> bool:
        """Whether anybody pays for it."""
        return self.channel in self.services.settings.paid and bool(self.address)

    @property
    def to(self) -> Destination:
        return destination(self.address)

    @property
    def allowed(self) -> Collection[str] | None:
        return allowed(self.services, self.scope, self.policy)

    def cost(self, units: int) -> rates.Cost:
        return rates.cost(rates_of(self.services.settings, self.channel), self.to.country, units)


def rates_of(settings: Settings, channel: str) -> str:
    """What a channel costs by country."""
    return settings.call_rates if channel == "phone" else settings.text_rates


def allowed(services: Services, scope: SiteScope, policy: Policy) -> Collection[str] | None:
    """Countries to which the site's texts and calls go; None for all. What a site has not said follows from the number
    that it sends from, from its clock, and from whom it reached first."""
    if policy.countries is None or policy.countries:
        return policy.countries
    site, sender = sites.by_id(scope.db, scope.site_id), number_of(services.settings.twilio_from)
    own = (
        destination(sender).country if sender.startswith("+") else "",
        country_of_zone(policy.zone),
        (site.home if site else None) or "",
    )
    return {country for country in own if country}


def decided(till: Till, hold: bool = False) -> tuple[Finding, ...]:
    """What time alone does not mend: a pause, a number that nobody should pay for, a country that was not chosen.
    `hold`: whoever decides otherwise meanwhile waits until this write ends."""
    pause = pauses.of(till.scope, till.channel, hold)
    paused = Finding("paused", pause is None, because=why(pause) if pause else "")
    return (judge_number(till.to), paused, _countries(till)) if till.costs else (paused,)


def _countries(till: Till) -> Finding:
    """The first number of all says where the site is at home."""
    site = sites.by_id(till.scope.db, till.scope.site_id)
    if till.policy.countries == UNSAID and not (site and site.home):
        return Finding("countries", True)
    return judge_countries(till.to, till.allowed, till.channel)


def measured(till: Till, kind: TouchKind = "ask", units: int = 1) -> tuple[Finding, ...]:
    """What is counted: numbers of one range in this hour, and the money of the day, for a message of so many parts."""
    if not till.costs:
        return ()
    to, policy, hour = till.to, till.policy, hour_of(till.now, "UTC")
    found = []
    if kind == "ask":
        sent = counters.spent(till.scope, counters.alike(till.channel, to.prefix), hour)
        found.append(judge_alike(to, sent, policy.alike, till.channel, hour + HOUR))
    spent = counters.spent(till.scope, counters.spending(till.channel), DAY.begins(till.now, policy.zone))
    return (*found, _spending(till, spent, till.cost(units).money))


def _spending(till: Till, spent: int, more: int) -> Finding:
    most, ends = till.policy.spending.get(till.channel), DAY.ends(till.now, till.policy.zone)
    return judge_spending(spent, more, most, till.channel, till.services.settings.currency, ends)


def judged(
    services: Services, scope: SiteScope, policy: Policy, verdict: Verdict, this: Contact, now: datetime
) -> Verdict:
    """`verdict` with what the guard says of a message that would go out now."""
    till = Till(services, scope, policy, this.channel, this.address or "", now)
    found = (*decided(till), *measured(till, this.kind))
    if not till.costs and all(each.passed for each in found):
        return verdict
    return replace(verdict, findings=(*verdict.findings, *found))


def pay(till: Till, kind: TouchKind, message: Outgoing) -> Fare | Finding | None:
    """The message is paid for, in the write that has it called; or the rule of which nothing is left. None when nobody
    pays for it. Take it last in that write, after every other counter."""
    if not till.costs:
        return None
    scope, to, hour = till.scope, till.to, hour_of(till.now, "UTC")
    if till.policy.countries == UNSAID:
        own = {*(till.allowed or ()), pauses.settle_home(scope, to.country)}
        if to.country not in own:  # another was the first meanwhile
            return judge_countries(to, own, till.channel)
    if kind == "ask":
        name, most = counters.alike(till.channel, to.prefix), till.policy.alike
        if not counters.take(scope, name, hour, most):
            return judge_alike(to, most or 0, most, till.channel, hour + HOUR)
    fare = Fare(till.cost(units_of(message)), DAY.begins(till.now, till.policy.zone))
    name, left = counters.spending(till.channel), till.policy.spending.get(till.channel)
    if not counters.take(scope, name, fare.day, left, by=fare.cost.money):
        return _spending(till, counters.spent(scope, name, fare.day), fare.cost.money)
    counters.take(scope, counters.units(till.channel), fare.day, by=fare.cost.units)
    return fare


def charge(till: Till, text: str) -> None:
    """What is said in answer to a text of hers is paid for as well, and never held: she asked, or said stop."""
    if till.costs:
        cost, day = till.cost(segments(text)), DAY.begins(till.now, till.policy.zone)
        counters.take(till.scope, counters.spending(till.channel), day, by=cost.money)
        counters.take(till.scope, counters.units(till.channel), day, by=cost.units)


def paid(fare: Fare | None) -> dict[str, Any]:
    """What is written of a message that was paid for so."""
    return {"units": fare.cost.units, "cost": fare.cost.money, "paid_of": fare.day} if fare else {}


def units_of(message: Outgoing) -> int:
    """Parts of a text; minutes that are set aside for a call."""
    return segments(message.text) if message.kind == "sms" else rates.CALL_MINUTES


def refund(scope: SiteScope, id: str) -> None:
    """The invitation `id` did not leave: what it was paid with is there again, in the write that records it."""
    row = scope.db.get_one(Invitation, id, populate_existing=True)
    if row.paid_of and row.cost is not None and row.units is not None:
        counters.give_back(scope, counters.spending(row.channel), row.paid_of, by=row.cost)
        counters.give_back(scope, counters.units(row.channel), row.paid_of, by=row.units)
    row.paid_of = row.cost = row.units = None


def took(services: Services, scope: SiteScope, id: str, minutes: int) -> None:
    """A call is over: what was set aside for it becomes what it cost. Take it last in its write, as `pay`."""
    row = scope.db.get_one(Invitation, id, populate_existing=True)
    if not row.paid_of or row.cost is None or row.units is None:
        return
    cost = rates.cost(rates_of(services.settings, row.channel), destination(row.address or "").country, minutes)
    for name, was, now in ((counters.spending, row.cost, cost.money), (counters.units, row.units, cost.units)):
        counters.change(scope, name(row.channel), row.paid_of, now - was)
    row.cost, row.units = cost.money, cost.units


def why(pause: Pause) -> str:
    """Why nothing leaves, in words."""
    return f"paused since {pause.at:%d %B %Y, %H:%M} UTC: {pause.because}"
