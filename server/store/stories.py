"""Stories: the first message to somebody about something, and what follows it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, inspect, or_, select, update

from server.core.delivery import WAITING
from server.store.scope import SiteScope
from server.store.steps import insert_into
from server.store.tables import Invitation


def of(scope: SiteScope, story: str) -> list[Invitation]:
    """Every message of a story as it stands in the database now, in the order in which they were planned."""
    rows = scope.db.scalars(_OF, {"story": story})
    return [row for row in rows if row.site_id == scope.site_id]


# Put together once, for every answer asks it.
_OF = (
    select(Invitation)
    .where(or_(Invitation.id == bindparam("story"), Invitation.follows == bindparam("story")))
    .order_by(Invitation.follows.is_not(None), Invitation.created_at, Invitation.id)
    .execution_options(populate_existing=True)
)


def add(scope: SiteScope, row: Invitation) -> Invitation | None:
    """`row` planned; None when its story has this step already, whoever planned it."""
    row.site_id = scope.site_id
    columns = [column.key for column in inspect(Invitation).column_attrs]
    said = {key: value for key in columns if (value := getattr(row, key)) is not None}
    step = insert_into(scope.db, Invitation).values(said).on_conflict_do_nothing(index_elements=["follows", "step"])
    made = scope.db.scalar(step.returning(Invitation.id))
    return scope.db.get(Invitation, made) if made else None


def call_off(scope: SiteScope, story: str, steps: Sequence[str], reason: str, now: datetime) -> None:
    """These steps of a story are not sent, as far as they are only planned yet."""
    plans = update(Invitation).where(Invitation.follows == story, Invitation.step.in_(steps), *_ONLY_PLANNED)
    step = plans.values(state="cancelled", reason=reason, state_at=now)
    scope.db.execute(step.execution_options(synchronize_session=False))


def plan_anew(scope: SiteScope, row: Invitation, due_at: datetime, expires_at: datetime, now: datetime) -> None:
    """A step that is planned, or was called off before it was tried, is sent at `due_at`."""
    step = update(Invitation).where(Invitation.id == row.id, Invitation.attempts == 0)
    step = step.where(Invitation.state.in_((*WAITING, "cancelled")))
    changes = {"state": "queued" if due_at <= now else "planned", "due_at": due_at, "expires_at": expires_at}
    step = step.values(reason=None, waits_for=None, state_at=now, **changes)
    scope.db.execute(step.execution_options(synchronize_session=False))
    scope.db.refresh(row)


_ONLY_PLANNED = (Invitation.state.in_(WAITING), Invitation.attempts == 0)
