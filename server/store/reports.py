"""The questions that the desk asks, as SQL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select

from server.core.delivery import WAITING
from server.store.merges import families
from server.store.scope import SiteScope
from server.store.tables import HeldRow, Invitation, Response, TouchRow


def scores(scope: SiteScope, since: datetime) -> dict[int, dict[int, int]]:
    """How often each score was given since then: survey id → score → count."""
    counted = (
        select(Response.survey_id, Response.score, func.count())
        .where(Response.site_id == scope.site_id, Response.created_at >= since)
        .group_by(Response.survey_id, Response.score)
    )
    found: dict[int, dict[int, int]] = {}
    for survey_id, value, count in scope.db.execute(counted):
        if value is not None:
            found.setdefault(survey_id, {})[value] = count
    return found


ASKED = ("accepted", "delivered", "bounced", "unconfirmed", "shown")
"""States of an invitation whose person was asked, or may have been."""


@dataclass
class Coverage:
    """Of how many chances how many were asked, and why the others were not: rule or state → count."""

    asked: int = 0
    unasked: Counter[str] = field(default_factory=Counter)

    @property
    def chances(self) -> int:
        return self.asked + self.unasked.total()


def coverage(scope: SiteScope, since: datetime) -> dict[int, Coverage]:
    """For each survey: who was asked since then and who was not; a score says little without it."""
    sent = (
        select(Invitation.survey_id, Invitation.state, Invitation.reason, func.count())
        .where(Invitation.site_id == scope.site_id, Invitation.created_at >= since, Invitation.channel != "link")
        .group_by(Invitation.survey_id, Invitation.state, Invitation.reason)
    )
    in_browsers = (
        select(HeldRow.survey_id, HeldRow.rule, func.sum(HeldRow.times))
        .where(HeldRow.site_id == scope.site_id, HeldRow.at >= since)
        .group_by(HeldRow.survey_id, HeldRow.rule)
    )
    found: dict[int, Coverage] = {}
    for survey_id, state, reason, count in scope.db.execute(sent):
        covered = found.setdefault(survey_id, Coverage())
        if state in ASKED:
            covered.asked += count
        elif state not in (*WAITING, "calling"):
            covered.unasked[{"held": reason or "held", "suppressed": "consent"}.get(state, state)] += count
    for survey_id, rule, count in scope.db.execute(in_browsers):
        found.setdefault(survey_id, Coverage()).unasked[rule] += int(count)
    return found


def states(scope: SiteScope, since: datetime) -> dict[str, int]:
    """How many invitations made since then are in each state."""
    counted = (
        select(Invitation.state, func.count())
        .where(Invitation.site_id == scope.site_id, Invitation.created_at >= since)
        .group_by(Invitation.state)
    )
    return dict(scope.db.execute(counted).all())


def last_sent(scope: SiteScope, person_ids: Sequence[int]) -> dict[int, datetime]:
    """When each person was last asked, on any channel."""
    known = families(scope, person_ids)
    asked = (
        select(TouchRow.person_id, func.max(TouchRow.at))
        .where(
            TouchRow.site_id == scope.site_id,
            TouchRow.person_id.in_({id for family in known.values() for id in family}),
            TouchRow.kind == "ask",
            TouchRow.voided_at.is_(None),
        )
        .group_by(TouchRow.person_id)
    )
    times = dict(scope.db.execute(asked).all())
    return {id: max(times[m] for m in family if m in times) for id, family in known.items() if times.keys() & family}
