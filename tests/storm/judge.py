"""What the storm did: counted by what really left, by the ledger, and by asking everybody once more."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from sqlalchemy import select

from server.flows.keep_time import tick
from server.services import Services, utc_now
from server.store import invitations
from server.store.tables import Invitation, TouchRow
from tests.storm.driver import Storm
from tests.storm.plan import Left, Plan

SKEW_MOST = timedelta(minutes=10)


@dataclass
class Findings:
    """Violations in words, and those that the clocks alone explain."""

    violations: list[str] = field(default_factory=list)
    by_clocks: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


def settle(storm: Storm) -> None:
    """Time goes by until nothing waits any more: leases lapse, lost jobs are found, late ones fall due."""
    ahead = timedelta(minutes=12)
    for _ in range(60):
        services = _at(storm.services, ahead)
        storm.services.queue.services = services  # type: ignore[attr-defined]
        tick(services)
        if not _waiting(services):
            break
        ahead += timedelta(seconds=40)
    storm.services = services


def _at(services: Services, ahead: timedelta) -> Services:
    """As if it were that much later, for everybody."""
    return replace(services, now=lambda: utc_now() + ahead, moment=lambda _: utc_now() + ahead)


def _waiting(services: Services) -> int:
    with services.db.reading() as db:
        states = invitations.every_state(db)
    return sum(states.get(state, 0) for state in ("planned", "queued", "calling"))


def judge(plan: Plan, left: Sequence[Left], services: Services) -> Findings:
    """Every window held, by what really left; and the ledger says the same."""
    found = Findings()
    if waiting := _waiting(services):
        found.violations.append(f"{waiting} invitations wait that nobody takes up")
    hers: Mapping[int, list[Left]] = defaultdict(list)
    for each in _without_second_mails(left):
        hers[each.person].append(each)
    for person in range(plan.persons):
        rules, asks = plan.rules_of(person), sorted(hers[person], key=lambda each: each.at)
        found.counts[f"{rules.name}: {len(asks) if rules.allows else 'any'}"] += 1
        if len({each.ticket for each in asks}) < len(asks):
            found.violations.append(f"person {person} ({rules.name}) got the same ask twice: {asks}")
        for nth, each in enumerate(asks[rules.allows or len(asks) :]):
            gap = each.at - asks[nth].at
            if gap < rules.lasts.total_seconds():
                blame = found.by_clocks if rules.lasts < SKEW_MOST else found.violations
                blame.append(
                    f"person {person} ({rules.name}) was asked by {each.channel} {gap:.3f} s after {asks[nth]}"
                )
        if rules.allows and len(asks) < rules.allows:
            found.violations.append(f"person {person} ({rules.name}) was asked {len(asks)} times, not {rules.allows}")
    _compare_ledger(left, services, found)
    return found


def _without_second_mails(left: Sequence[Left]) -> list[Left]:
    """A mail of which nobody heard whether it left may be sent once more: the later one is the ask."""
    unheard = {each.ticket: each for each in left if each.channel == "email" and not each.heard}
    second = {each.ticket for each in left if each.ticket in unheard and each is not unheard[each.ticket]}
    return [each for each in left if each.ticket not in second or each is not unheard[each.ticket]]


def _compare_ledger(left: Sequence[Left], services: Services, found: Findings) -> None:
    with services.db.reading() as db:
        standing = set(db.scalars(select(TouchRow.ticket).where(TouchRow.voided_at.is_(None))))
        # A call that nobody heard of is given up for dead; what its provider refuses later cannot be taken back.
        given_up = set(db.scalars(select(Invitation.id).where(Invitation.state == "unconfirmed")))
    reached = {each.ticket for each in left}
    found.violations += [f"{ticket} left, and the ledger has it not" for ticket in reached - standing]
    for ticket in standing - reached:
        blame = found.by_clocks if ticket in given_up else found.violations
        blame.append(f"the ledger has {ticket}, which never left")


def ask_once_more(plan: Plan, storm: Storm, found: Findings) -> None:
    """One more ask for everybody is allowed exactly when the rules say so."""
    before = len(storm.left)
    for person in range(plan.persons):
        rules = plan.rules_of(person)
        said = storm.in_browser(person, "widget")
        while said == "unavailable":
            time.sleep(0.05)  # a Redis that is slow, once: what it says next is its word
            said = storm.in_browser(person, "widget")
        wanted = {"rest": ("rest",), "load": ("load",), "none": ("shown",), "short": ("rest", "shown")}[rules.name]
        if said not in wanted:
            found.violations.append(
                f"person {person} ({rules.name}), asked once more: {said}, not {' or '.join(wanted)}"
            )
        found.counts[f"once more, {rules.name}: {said}"] += 1
    del storm.left[before:]
