"""Invitations of many at once: put in together, and called off together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, tuple_, update

from server.core.delivery import WAITING, State
from server.store.lanes import STATE
from server.store.scope import SiteScope
from server.store.steps import changed, insert_into
from server.store.tables import Invitation, SurveyRow

Place = tuple[datetime, str]
"""Where in the order of its state an invitation stands: since when it is in it, and its id."""


def add(scope: SiteScope, rows: Sequence[dict[str, Any]]) -> int:
    """How many of these rows (columns of `invitation`) are new; one whose id is there already is left as it is."""
    if not rows:
        return 0
    new = insert_into(scope.db, Invitation).on_conflict_do_nothing().returning(Invitation.id)
    return len(scope.db.scalars(new, [{**row, "site_id": scope.site_id} for row in rows]).all())


def call_off_survey(scope: SiteScope, survey_id: int, now: datetime) -> bool:
    """From this commit on nothing is sent of what was planned of a survey by now. False when the site has no such
    survey."""
    return changed(scope.db, scope.update(SurveyRow).where(SurveyRow.id == survey_id).values(cancelled_at=now)) == 1


def waiting_of_survey(
    scope: SiteScope, survey_id: int, state: State, until: datetime, after: Place, limit: int
) -> list[Place]:
    """Of what is in `state`, was planned of a survey `until` then, and comes `after` that place: the next ones."""
    line = (Invitation.site_id == scope.site_id, Invitation.state == state)
    behind = tuple_(Invitation.state_at, Invitation.id) > after
    found = select(Invitation.state_at, Invitation.id).where(*line, behind, Invitation.survey_id == survey_id)
    found = found.where(Invitation.created_at <= until).order_by(Invitation.state_at, Invitation.id).limit(limit)
    return [(at, id) for at, id in scope.db.execute(found)]


def cancel(scope: SiteScope, ids: Sequence[str], reason: str, now: datetime) -> int:
    """Those of `ids` that wait, of this site, are cancelled. How many. What may have left is not sent again."""
    ours = (Invitation.id.in_(ids), Invitation.site_id + 0 == scope.site_id)  # as STATE: by no index
    changed(scope.db, update(Invitation).where(*ours, STATE == "unconfirmed").values(look_at=None))
    waits = update(Invitation).where(*ours, STATE.in_(WAITING))
    return changed(scope.db, waits.values(state="cancelled", reason=reason[:255], state_at=now))
