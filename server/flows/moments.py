"""The rules of the moment, in the ledger's own words: send hours, the survey's pace, the channel's budget."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from server.core.called import messages
from server.core.contact import Contact
from server.core.moments import Allowance, judge_hours, judge_spent
from server.core.policy import Policy
from server.core.schedule import closes, zones_of
from server.core.throttle import SENT, Finding, TouchKind
from server.store import counters, people, people_lists, touches
from server.store.scope import SiteScope
from server.store.surveys import StoredSurvey


@dataclass(frozen=True)
class Purse:
    """Something of which there is so much in an hour, a day or a month."""

    rule: str
    name: str
    holds: Allowance
    what: str


def purses(policy: Policy, survey: StoredSurvey, channel: str, kind: TouchKind = "ask") -> tuple[Purse, ...]:
    """What an ask of `survey` on `channel` is paid from, always in one order: two writes that want the same must not
    each hold what the other waits for. What continues an ask costs a message, and is no ask more."""
    pace, budget = policy.of(survey.slug).pace if kind == "ask" else None, policy.budgets.get(channel)
    found = []
    if pace:
        found.append(Purse("pace", counters.pace(survey.id), pace, "asks"))
    if budget:
        found.append(Purse("budget", counters.budget(channel), budget, messages(channel)))
    return tuple(found)


def moments(
    scope: SiteScope,
    policy: Policy,
    person_id: int,
    survey: StoredSurvey,
    contact: Contact,
    now: datetime,
) -> tuple[Finding, ...]:
    """Each of these rules that the site has, pass or fail; what continues an ask waits for the hours alone."""
    channel, hours = contact.channel, policy.send_hours.get(contact.channel)
    asleep: tuple[Finding, ...] = ()
    if hours and channel in SENT and not contact.is_here:
        asleep = (judge_hours(channel, hours, _zones(scope, policy, person_id, contact), now),)
    if contact.kind == "continuation":
        return asleep
    return (*asleep, *spent(scope, policy, survey, channel, now, contact.ticket))


def spent(
    scope: SiteScope, policy: Policy, survey: StoredSurvey, channel: str, now: datetime, ticket: str = ""
) -> tuple[Finding, ...]:
    """The pace and the budget, as far as the site has them."""
    paid = purses(policy, survey, channel)
    own = touches.took(scope, ticket) if ticket and paid else {}
    found = []
    for purse in paid:
        bucket = purse.holds.begins(now, policy.zone)
        gone = counters.spent(scope, purse.name, bucket) - (own.get(purse.rule) == bucket)
        found.append(judge_spent(purse.rule, purse.holds, gone, purse.what, now, policy.zone))
    return tuple(found)


def take(
    scope: SiteScope, policy: Policy, survey: StoredSurvey, contact: Contact, now: datetime
) -> Mapping[str, datetime] | Finding:
    """One of everything that this is paid from, by rule; or the rule of which nothing is left, and then nothing
    is taken. The last thing in a write that has judged every other rule."""
    taken: dict[str, datetime] = {}
    paid = purses(policy, survey, contact.channel, contact.kind)
    for purse in paid:
        bucket = purse.holds.begins(now, policy.zone)
        # What continues an ask is counted, and not held: it was decided on when she was asked.
        if not counters.take(scope, purse.name, bucket, purse.holds.most if contact.kind == "ask" else None):
            for before in paid:
                if before.rule in taken:
                    counters.give_back(scope, before.name, taken[before.rule])
            return judge_spent(purse.rule, purse.holds, purse.holds.most, purse.what, now, policy.zone)
        taken[purse.rule] = bucket
    return taken


def closing(
    scope: SiteScope, policy: Policy, person_id: int, channel: str, address: str | None, now: datetime
) -> datetime | None:
    """When the send hours that are open `now` end for her, wherever she may be; None where there are none."""
    hours = policy.send_hours.get(channel)
    if hours is None or channel not in SENT:
        return None
    return closes(hours, _zones(scope, policy, person_id, Contact(channel, address=address)), now)


def _zones(scope: SiteScope, policy: Policy, person_id: int, contact: Contact) -> tuple[str, ...]:
    """Everywhere she may be: where she lives, else where her number is from, else where the site is."""
    known = people_lists.known_by(scope, [person_id])[person_id]
    phone = contact.address if contact.channel in ("sms", "phone") and contact.address else known.get("phone")
    return zones_of(phone, people.zone_of(scope, person_id), policy.zone)
