"""A dry run: what would a policy have done in the last days, beside what happened? Reads only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta

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
    told: Callable[[int], None] = lambda people: None,
) -> Tale:
    """Tell the last `days` again under `policy`. `told` hears now and then how many people are done."""
    since = services.now() - timedelta(days=days)
    with services.db.reading() as db, services.db.reading() as beside:
        scope = SiteScope(db, site_id)
        rehearsal = Rehearsal(policy, rulebook(scope).ids)
        # The second stream may end before its last row; closing it ends the cursor with it.
        with closing(past.other_touches(SiteScope(beside, site_id), since, since - FAR_BACK)) as others:
            for chances, touches in _side_by_side(past.chances(scope, since), others):
                rehearsal.person(touches, chances)
                if rehearsal.tale.people % 1000 == 0:
                    told(rehearsal.tale.people)
    return rehearsal.tale


def _side_by_side(
    chances: Iterator[tuple[int, list[Chance]]], others: Iterator[tuple[int, list[Touch]]]
) -> Iterator[tuple[list[Chance], list[Touch]]]:
    """Both streams come in order of persons: each person's chances with her other touches, in one pass."""
    whose, touches = next(others, (None, []))
    for person_id, hers in chances:
        while whose is not None and whose < person_id:
            whose, touches = next(others, (None, []))
        yield hers, touches if whose == person_id else []
