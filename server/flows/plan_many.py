"""Many people are to be asked the same: planned some thousand at a time, behind everything that somebody waits for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from itertools import islice
from typing import Any

from server.core.delivery import BULK, EXPIRES_AFTER
from server.flows.consent import ADDRESSES
from server.services import Services
from server.store import consents, people_lists, planned
from server.store.merges import families
from server.store.scope import SiteScope
from server.store.surveys import StoredSurvey

AT_ONCE = 1_000
"""People in one commit: who writes between two of these waits no longer than for a page."""


@dataclass(frozen=True)
class Round:
    """They are asked together. `name` tells this round from every other: planned again under the same name, whoever
    has an invitation gets no second one."""

    name: str
    channel: str
    due_at: datetime
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class PlannedMany:
    """How many invitations were made, and how many of the people have no address on this channel."""

    made: int
    without_address: int


def plan_many(
    services: Services, site_id: int, survey: StoredSurvey, round: Round, person_ids: Iterable[int]
) -> PlannedMany:
    """Each of these persons is planned to be asked `survey`; whether she may be is decided when it is sent.

    Every AT_ONCE persons are one commit, so that nothing is told twice and nothing lost when this dies in the middle
    and is begun again.
    """
    made = without = 0
    ids = iter(person_ids)
    while some := list(islice(ids, AT_ONCE)):
        # Before the write begins: SQLite lets in whoever asks next, and others would find no moment to write in.
        with services.db.reading() as db:
            found = _addresses(SiteScope(db, site_id), some, round.channel)
        with services.db.writing() as db:
            scope, now = SiteScope(db, site_id), services.moment(db)
            rows = [_row(scope, survey, round, root, *to, now) for root, to in found.items() if to]
            made += planned.add(scope, rows)
            without += len(found) - len(rows)
    return PlannedMany(made, without)


def _addresses(scope: SiteScope, person_ids: Iterable[int], channel: str) -> dict[int, tuple[int, str] | None]:
    """For each person of whom these are records: where she is reached, as `flows.consent.address_of`, and the record
    that has this address."""
    known = {family[0]: family for family in families(scope, person_ids).values()}
    own = people_lists.own(scope, [id for family in known.values() for id in family])
    kind = ADDRESSES.get(channel)
    hers = {
        root: sorted((row for id in family for row in own[id] if row.kind == kind), key=lambda row: -row.id)
        for root, family in known.items()
    }
    every = [row.value for rows in hers.values() for row in rows]
    bad = {row.address for row in consents.suppressed(scope, channel, every)} if every else set()
    best = {
        root: next((row for row in rows if row.value not in bad), next(iter(rows), None)) for root, rows in hers.items()
    }
    return {root: (row.person_id, row.value) if row else None for root, row in best.items()}


def _row(
    scope: SiteScope, survey: StoredSurvey, round: Round, root: int, record: int, address: str, now: datetime
) -> dict[str, Any]:
    about = f"{scope.site_id}/{round.name}/{survey.id}/{round.channel}/{root}"
    return {
        "id": "m" + sha256(about.encode()).hexdigest()[:30],
        "survey_id": survey.id,
        "version_id": survey.version_id,
        "person_id": record,
        "channel": round.channel,
        "state": "planned",
        "lane": BULK,
        "address": address,
        "properties": dict(round.properties),
        "due_at": max(round.due_at, now),
        "expires_at": max(round.due_at, now) + EXPIRES_AFTER,
        "created_at": now,
        "state_at": now,
    }
