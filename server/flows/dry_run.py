"""A dry run that a worker carries out a slice at a time: begun at the desk, its progress seen by every process."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import Any

from server.core.delivery import REMINDER
from server.core.policy import BadPolicy
from server.core.policy_document import policy_from
from server.core.rehearsal import Tale, tale_from
from server.flows.decide import read_policy
from server.flows.rehearse import chances_in, tell
from server.queue import QueueAway
from server.services import Services
from server.store import past, rehearsals
from server.store.scope import SiteScope
from server.store.tables import RehearsalRow

SLICE = 2.0
"""Seconds for which a worker does nothing else: whoever is to be asked now waits no longer behind a dry run."""

EVERY = 0.25
"""Seconds between two words about how far it is."""

SMALL = 20_000
"""Chances that are told within a request, when there is no worker to be reached."""

BY_ITSELF = "The queue (Redis) cannot be reached, so the server carried this out by itself."
TOO_LARGE = (
    "The queue (Redis) cannot be reached, and {:,} chances are too many to be told without a worker. Start Redis and "
    "try again, or run “askonce rehearse FILE” on the server, which needs none."
)
BROKEN = "It failed on the server, whose log says why."
OUTGROWN = "The policy cannot be read any more: {}."


@dataclass(frozen=True)
class Seen:
    """A dry run as it stands. `lost`: nothing was heard of it for a minute; it can be begun again."""

    row: RehearsalRow
    tale: Tale
    lost: bool

    @property
    def running(self) -> bool:
        return self.row.state == "running" and not self.lost


def begin(services: Services, site_id: int, document: Mapping[str, Any], days: int, by: str) -> int:
    """The id of the dry run of this policy over the last `days`: of another one while that runs on this site.

    Raises BadPolicy.
    """
    read_policy(services, site_id, document)
    with services.db.writing() as db:
        row, is_new = rehearsals.begin(SiteScope(db, site_id), document, days, by, services.now())
    if is_new:
        try:
            services.queue.later("rehearse", [str(row.id)], REMINDER)
        except QueueAway:
            _by_ourselves(services, row)
    return row.id


def seen(services: Services, site_id: int, id: int) -> Seen | None:
    """How the dry run stands; None when the site has none of this id, or has it no more."""
    with services.db.reading() as db:
        row = rehearsals.of_site(SiteScope(db, site_id), id)
    return Seen(row, tale_from(row.result), rehearsals.is_lost(row, services.now())) if row else None


def carry_out(services: Services, id: int) -> None:
    """One slice of it; what is left is put off again, behind whatever else waits in the queue by now."""
    while _slice(services, id, SLICE):
        try:
            services.queue.later("rehearse", [str(id)], REMINDER)
            return
        except QueueAway:
            continue  # nobody else would go on with it


def _by_ourselves(services: Services, row: RehearsalRow) -> None:
    total = chances_in(services, row.site_id, row.days)
    with services.db.writing() as db:
        if total > SMALL:
            rehearsals.fail(db, row.id, TOO_LARGE.format(total), services.now())
            return
        rehearsals.tell(db, row.id, 0, services.now(), note=BY_ITSELF)
    _slice(services, row.id, lasts=float("inf"))


def _slice(services: Services, id: int, lasts: float) -> bool:
    """Go on for about so many seconds; whether anything is left."""
    with services.db.reading() as db:
        row = rehearsals.get(db, id)
    if row is None or row.state != "running":
        return False
    try:
        return _told_for(services, row, lasts)
    except BadPolicy as why:
        _fail(services, id, OUTGROWN.format(why))
        return False
    except Exception:
        _fail(services, id, BROKEN)
        raise


def _told_for(services: Services, row: RehearsalRow, lasts: float) -> bool:
    since = row.made_at - timedelta(days=row.days)
    tale, after = tale_from(row.result), row.last_person
    if row.total is None and not _count(services, row):
        return False
    began = told = monotonic()
    with closing(tell(services, row.site_id, policy_from(row.document), since, tale, after)) as people:
        for person_id in people:
            if monotonic() - told < EVERY:
                continue
            if not _say(services, row.id, after, tale, last_person=person_id):
                return False  # somebody else took it up
            after, told = person_id, monotonic()
            if told - began >= lasts:
                return True
    _say(services, row.id, after, tale, state="done", total=tale.chances)
    return False


def _count(services: Services, row: RehearsalRow) -> bool:
    """How much there is to tell, said before the first of it."""
    with services.db.reading() as db:
        total = past.total(SiteScope(db, row.site_id), row.made_at - timedelta(days=row.days))
    with services.db.writing() as db:
        return rehearsals.tell(db, row.id, 0, services.now(), total=total)


def _say(services: Services, id: int, after: int, tale: Tale, **news: Any) -> bool:
    with services.db.writing() as db:
        return rehearsals.tell(db, id, after, services.now(), done=tale.chances, result=tale.as_json(), **news)


def _fail(services: Services, id: int, note: str) -> None:
    with services.db.writing() as db:
        rehearsals.fail(db, id, note, services.now())
