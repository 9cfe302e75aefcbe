"""Somebody says that she may be asked, or may not: told here, by whichever road."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from server.core.consent import SURVEY, Said, standing
from server.core.people import Claim
from server.core.throttle import SENT
from server.flows.ask_gate import forget
from server.flows.consent import unsubscribed
from server.flows.merge import NoSuchPerson, forget_merged
from server.services import Services
from server.store import consents, identities, invitations, people, people_lists
from server.store.scope import SiteScope
from server.store.tables import Person


@dataclass(frozen=True)
class Stated:
    """Of whom it was said, and whether it was news."""

    person: Person
    is_news: bool


def state_consent(services: Services, site_id: int, person: int | Sequence[Claim], said: Said) -> Stated:
    """`said` of the person with this id, or of the one whom these claims name, made when nobody has them.

    After a no nothing that waits for her is sent. Saying again now what stands already writes nothing. Raises
    NoSuchPerson.
    """
    with services.db.writing() as db:
        scope = SiteScope(db, site_id)
        if isinstance(person, int):
            record = person
            if people.get(scope, record) is None:
                raise NoSuchPerson(record)
        else:
            known = identities.find_or_make(scope, person, "", services.now(), "api")
            record = _record_of(scope, known.id, person[0])
        stated = state(scope, record, said, services.moment(db))
    forget_merged(services, scope)
    forget(services, site_id, stated.person.id)
    return stated


def state(scope: SiteScope, record: int, said: Said, now: datetime) -> Stated:
    """As `state_consent`, inside a write, of the very record that it was said of. `forget` her after the commit."""
    her = people.lock(scope, record)
    family = people.family(scope, record)
    is_news = consents.say(scope, family, record, said, now)
    if not said.given and said.purpose == SURVEY:
        stand = {channel: standing(consents.latest(scope, family), channel) for channel in SENT}
        for channel, no in stand.items():
            if no and not no.given:
                invitations.cancel_waiting(scope, record, (channel,), now, unsubscribed(no))
    return Stated(her, is_news)


def _record_of(scope: SiteScope, person_id: int, claim: Claim) -> int:
    """Of her records the one that is known by `claim`."""
    holder = people_lists.holder(scope, claim.kind, claim.value)
    return holder if holder in people.family(scope, person_id) else person_id
