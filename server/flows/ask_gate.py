"""The gate's quick word, and what it hears of: it is taught from the ledger, and told after each commit.

The gate knows a person by one name: the strongest of her identifiers. So a request that brings a signed identity
needs no database to ask about her.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import get_args

from server.core.people import Claim
from server.core.throttle import Channel, Touch
from server.flows.consent import heard
from server.flows.rulebook import Rulebook
from server.gate.verdict import Docket, Elsewhere, Gate, GateAway, Held, Known, Leased, Unfamiliar
from server.services import Services
from server.store import consents, identities, names, people, touches
from server.store.db import DatabaseError
from server.store.scope import SiteScope

TURNS = 8
"""Another name, the ledger, a third name, all anew: who is not known after that is not asked."""


def name_of(site_id: int, claim: Claim) -> str:
    """How the gate calls whom `claim` names."""
    return f"{site_id}/{claim.text}"


@dataclass(frozen=True)
class Answered:
    """What the gate said, and of whom."""

    answer: Leased | Held
    person: str


Read = Callable[[], AbstractContextManager[SiteScope]]
"""Opens the database, which most asks do not need, for one look: what is looked at again is news."""


def lease(
    gate: Gate,
    read: Read,
    rules: Rulebook,
    ticket: str,
    claims: Sequence[Claim],
    docket: Docket,
    now: datetime,
    lasts: timedelta,
    tried: Callable[[Claim], Sequence[int] | None] = lambda claim: None,
    new: bool = False,
) -> Answered:
    """The gate's word on the person of these claims (the strongest first), who is taught to it first if need be.

    `tried` says which asks are for her at all, `new` that nothing can be known of her. Raises GateAway, also when she
    cannot be made known.
    """
    hers, site_id = claims, rules.site_id
    for _ in range(TURNS):
        person, others = name_of(site_id, hers[0]), _beside(hers)
        answer = gate.lease(ticket, person, docket, now, lasts, tried(hers[0]), new, others)
        if isinstance(answer, Unfamiliar):
            with read() as scope:
                known = _known(scope, rules, hers, others, now)
            gate.learn(person, answer.reading, known, docket.policy, now)
        elif not isinstance(answer, Elsewhere):
            return Answered(answer, person)
        elif hers is claims:
            _, kind, value = answer.person.split("/", 2)
            hers = (Claim(kind, value),)  # type: ignore[arg-type]
        else:  # whose name that was is called otherwise by now, and need not be her any more
            gate.forget(name_of(site_id, claims[0]))
            hers = claims
    raise GateAway("too much happens to this person at once")


def _beside(claims: Sequence[Claim]) -> str:
    """What is said of her beside the first of `claims`, as a mark."""
    return sha256("|".join(claim.text for claim in claims[1:]).encode()).hexdigest()[:8] if claims[1:] else ""


def _known(scope: SiteScope, rules: Rulebook, claims: Sequence[Claim], others: str, now: datetime) -> Known:
    """What the ledger says of the person called by the first of `claims`, or named by the `others` as long as that is
    nobody's name."""
    person = identities.find(scope, claims)
    if person is None:  # not even the first, which would have been found by itself
        return Known(beside=others)
    her = names.called(scope, person.id)
    if her and her != claims[0]:
        is_hers = bool(identities.owners(scope, claims[:1]))
        return Known(elsewhere=name_of(scope.site_id, her), beside=None if is_hers else others)
    family, needed = people.family(scope, person.id), rules.policy.consent_required
    said = consents.latest(scope, family)
    barred = (channel for channel in get_args(Channel) if not heard(said, channel, channel in needed).passed)
    return Known(touches.filling(scope, family, rules.windows, now), frozenset(barred))


def note(services: Services, site_id: int, person_id: int, touch: Touch | None) -> None:
    """After a commit: the gate hears of a touch, or of what came of it. Without Redis it will read the ledger, and
    who cannot tell it because the database is away by now has committed all the same: it reads again in time."""
    if touch is None:
        return
    with suppress(DatabaseError):
        person, others = _whose(services, site_id, person_id, touch.ticket)
        with suppress(GateAway):
            services.gate.note(person, touch)
        forget_names(services, site_id, others)


def give_back(services: Services, site_id: int, person_id: int, ticket: str) -> None:
    """After a commit: the place is free again. A gate that is away is told later, or lets it lapse."""
    person, others = _whose(services, site_id, person_id, ticket)
    with suppress(GateAway):
        services.gate.give_back(ticket, person)
    forget_names(services, site_id, others)


def forget(services: Services, site_id: int, *person_ids: int) -> None:
    """After a commit that changed what is known of these persons: the gate reads again, whatever she is called by."""
    with services.db.reading() as db:
        hers = names.known_as(SiteScope(db, site_id), person_ids)
    forget_names(services, site_id, hers)


def forget_names(services: Services, site_id: int, hers: Sequence[Claim]) -> None:
    """As `forget`, of everybody called so."""
    for claim in hers:
        with suppress(GateAway):  # what it could not be told it makes good when it is back
            services.gate.forget(name_of(site_id, claim))


def _whose(services: Services, site_id: int, person_id: int, ticket: str) -> tuple[str, list[Claim]]:
    """How the gate calls this person; and the names of those who were once taken for her and have a copy of the touch
    of `ticket`, of which the same has become."""
    with services.db.reading() as db:
        scope = SiteScope(db, site_id)
        others = touches.copied_to(scope, ticket)
        return _name(scope, person_id), names.known_as(scope, others) if others else []


def her_name(services: Services, site_id: int, person_id: int) -> str:
    """How the gate calls this person."""
    with services.db.reading() as db:
        return _name(SiteScope(db, site_id), person_id)


def _name(scope: SiteScope, person_id: int) -> str:
    her = names.called(scope, person_id)
    return name_of(scope.site_id, her) if her else f"{scope.site_id}/person/{person_id}"
