"""What would a policy have done in the last days, beside what happened? Told person by person; reads only."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from datetime import datetime, timedelta

from server.core.policy import Policy
from server.core.rehearsal import Chance, Rehearsal, Tale
from server.core.throttle import Touch
from server.flows.rulebook import rulebook
from server.services import Services
from server.store import past
from server.store.scope import SiteScope

FAR_BACK = timedelta(days=400)
"""How far before the told days touches are read: past the longest rest that anybody sets."""


def rehearse(
    services: Services,
    site_id: int,
    policy: Policy,
    days: int,
    told: Callable[[int], None] = lambda chances: None,
) -> Tale:
    """Tell the last `days` again under `policy`. `told` hears now and then how many chances are done."""
    tale = Tale()
    for _ in tell(services, site_id, policy, services.now() - timedelta(days=days), tale):
        if tale.people % 500 == 0:
            told(tale.chances)
    told(tale.chances)
    return tale


def chances_in(services: Services, site_id: int, days: int) -> int:
    """How many chances there were to ask somebody in the last `days`: how much `rehearse` has to tell."""
    with services.db.reading() as db:
        return past.total(SiteScope(db, site_id), services.now() - timedelta(days=days))


def tell(
    services: Services, site_id: int, policy: Policy, since: datetime, tale: Tale, after: int = 0
) -> Generator[int, None, None]:
    """Tell into `tale` what happened since then, person by person in the order of their ids, from `after` on.

    Gives each one's id when she is told. Memory does not grow with the past; close it when you stop before the end.
    """
    with services.db.reading() as db, services.db.reading() as beside:
        scope = SiteScope(db, site_id)
        rehearsal = Rehearsal(policy, rulebook(scope).ids, tale)
        others = past.other_touches(SiteScope(beside, site_id), since, since - FAR_BACK, after)
        # Either stream may end before its last row; closing it ends its cursor with it.
        with closing(others), closing(past.chances(scope, since, after)) as chances:
            for person_id, hers, touches in _side_by_side(chances, others):
                rehearsal.person(touches, hers)
                yield person_id


def _side_by_side(
    chances: Iterator[tuple[int, list[Chance]]], others: Iterator[tuple[int, list[Touch]]]
) -> Iterator[tuple[int, list[Chance], list[Touch]]]:
    """Both streams come in order of persons: each person's chances with her other touches, in one pass."""
    whose, touches = next(others, (None, []))
    for person_id, hers in chances:
        while whose is not None and whose < person_id:
            whose, touches = next(others, (None, []))
        yield person_id, hers, touches if whose == person_id else []
