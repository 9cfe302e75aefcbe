"""What was held back in browsers is written down, many counts in one write."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from server.core.people import Claim
from server.gate.tally import HeldAsk
from server.services import Services
from server.store import held, identities
from server.store.held import Hers, Line
from server.store.scope import SiteScope

NAMED = 1000
"""Different people of one site who are looked up in one go; what is beyond is counted, and kept for nobody."""

AT_ONCE = 200


def note_held(services: Services) -> None:
    """Empty this process's tally into the database, a write for each site.

    What cannot be written goes back into the tally; the failure rises. These are counts and no answers: when a
    commit's own acknowledgement is lost, its lines may count twice.
    """
    left: dict[int, dict[HeldAsk, int]] = {}
    for ask, times in services.tally.take().items():
        left.setdefault(ask.site_id, {})[ask] = times
    try:
        for site_id in sorted(left):
            _write(services, site_id, left[site_id])
            del left[site_id]
    finally:
        for unwritten in left.values():
            services.tally.put_back(unwritten)


def _write(services: Services, site_id: int, asks: Mapping[HeldAsk, int]) -> None:
    """People are looked up before the write begins: nobody else should wait for that."""
    with services.db.reading() as db:
        known = _people(SiteScope(db, site_id), asks)
    lines: Counter[Line] = Counter()
    hers: Counter[Hers] = Counter()
    for ask, times in asks.items():
        lines[Line(ask.survey_id, ask.channel, ask.rule)] += times
        if ask.claims in known:
            hers[Hers(known[ask.claims], ask.survey_id, ask.channel, ask.rule)] += times
    now = services.now()
    with services.db.writing() as db:
        scope = SiteScope(db, site_id)
        held.note(scope, hers, now)
        held.count(scope, lines, now)


def _people(scope: SiteScope, asks: Mapping[HeldAsk, int]) -> dict[tuple[Claim, ...], int]:
    """Who is meant by each set of claims, of those whom anybody knows."""
    named = list(dict.fromkeys(ask.claims for ask in asks if ask.claims))[:NAMED]
    found: dict[tuple[Claim, ...], int] = {}
    for some in (named[at : at + AT_ONCE] for at in range(0, len(named), AT_ONCE)):
        owners = identities.owners(scope, [claims[0] for claims in some])
        for claims in some:
            person = None if claims[0] in owners else identities.find(scope, claims)
            id = person.id if person else owners.get(claims[0])
            found |= {claims: id} if id else {}
    return found
