"""The contact ledger: what was asked of whom, and when."""

from __future__ import annotations

from datetime import datetime

from server.core.throttle import Touch
from server.store.scope import SiteScope
from server.store.tables import TouchRow

READ_MOST = 1000
"""Touches read for one person; no rule counts further, and a person with ten thousand costs no more."""


def recent(scope: SiteScope, person_id: int, since: datetime) -> tuple[Touch, ...]:
    """The person's touches after `since`, the latest first, at most READ_MOST."""
    found = (
        scope.select(TouchRow)
        .where(TouchRow.person_id == person_id, TouchRow.at > since, TouchRow.voided_at.is_(None))
        .order_by(TouchRow.at.desc())
        .limit(READ_MOST)
    )
    return tuple(_touch(row) for row in scope.db.scalars(found))


def has(scope: SiteScope, ticket: str) -> bool:
    """Whether this ticket has a touch that stands."""
    return scope.find(TouchRow, TouchRow.ticket == ticket, TouchRow.voided_at.is_(None)) is not None


def write(scope: SiteScope, person_id: int, touch: Touch) -> None:
    """`touch` in the ledger. A ticket that was voided and tried again stands again, at its new time."""
    row = scope.find(TouchRow, TouchRow.ticket == touch.ticket)
    if row is None:
        row = TouchRow(ticket=touch.ticket, person_id=person_id, kind=touch.kind, channel=touch.channel, at=touch.at)
        row.survey_id = touch.survey or None
        scope.add(row)
    else:
        row.at, row.voided_at = touch.at, None


def void(scope: SiteScope, ticket: str, now: datetime) -> None:
    """It is proven that this person noticed nothing: the touch no longer counts."""
    scope.db.execute(scope.update(TouchRow).where(TouchRow.ticket == ticket).values(voided_at=now))


def _touch(row: TouchRow) -> Touch:
    return Touch(row.ticket, row.kind, row.channel, row.survey_id or 0, row.at)  # type: ignore[arg-type]
