"""Calls: each by its provider's name for it once, and each of their turns answered once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, or_, select, update
from sqlalchemy.orm import Session

from server.core.people import Claim
from server.store.scope import SiteScope
from server.store.steps import changed, insert_into
from server.store.tables import CallRow, CallTurn, ExpectedCall, Invitation


def begin(scope: SiteScope, provider: str, ref: str, **facts: Any) -> tuple[CallRow, bool]:
    """The call of this name, and whether it is new: told twice at once, one of the two waits for the other."""
    said = {"site_id": scope.site_id, "provider": provider, "ref": ref, **facts}
    step = insert_into(scope.db, CallRow).values(said).on_conflict_do_nothing(index_elements=["provider", "ref"])
    made = scope.db.scalar(step.returning(CallRow.id))
    row = scope.db.scalars(select(CallRow).where(CallRow.provider == provider, CallRow.ref == ref)).one()
    return row, made is not None


def get(db: Session, id: int) -> CallRow | None:
    """A call by its id, which comes from a sealed address."""
    return db.get(CallRow, id)


def turn(scope: SiteScope, call_id: int, number: int) -> CallTurn | None:
    return scope.find(CallTurn, CallTurn.call_id == call_id, CallTurn.number == number)


def last_turn(scope: SiteScope, call_id: int) -> CallTurn | None:
    """Where the call has come to."""
    found = scope.select(CallTurn).where(CallTurn.call_id == call_id).order_by(CallTurn.number.desc()).limit(1)
    return scope.db.scalars(found).first()


def add_turn(scope: SiteScope, call: CallRow, after: CallTurn | None, **facts: Any) -> CallTurn:
    """What is said next; what somebody else has made the next one meanwhile stands."""
    number = after.number + 1 if after else 1
    said = {"site_id": scope.site_id, "call_id": call.id, "number": number, **facts}
    step = insert_into(scope.db, CallTurn).values(said)
    scope.db.execute(step.on_conflict_do_nothing(index_elements=["call_id", "number"]))
    found = turn(scope, call.id, number)
    assert found
    return found


def hear(scope: SiteScope, turn: CallTurn, how: str, heard: str, now: datetime) -> bool:
    """What came back is written beside it, once; False when something had been."""
    step = update(CallTurn).where(CallTurn.id == turn.id, CallTurn.heard_at.is_(None))
    return changed(scope.db, step.values(how=how, heard=heard, heard_at=now)) == 1


def of_stories(scope: SiteScope, stories: Sequence[str]) -> dict[str, list[tuple[CallRow, list[CallTurn]]]]:
    """The calls about these invitations, or about what followed them, with all of their turns, by invitation."""
    story = func.coalesce(Invitation.follows, Invitation.id)
    found = select(CallRow, story).join(Invitation, Invitation.id == CallRow.invitation_id)
    wanted = or_(Invitation.id.in_(stories), Invitation.follows.in_(stories))
    rows = scope.db.execute(found.where(CallRow.site_id == scope.site_id, wanted).order_by(CallRow.id)).all()
    turns: dict[int, list[CallTurn]] = {call.id: [] for call, _ in rows}
    for each in scope.db.scalars(scope.select(CallTurn).where(CallTurn.call_id.in_(turns)).order_by(CallTurn.number)):
        turns[each.call_id].append(each)
    result: dict[str, list[tuple[CallRow, list[CallTurn]]]] = {}
    for call, began in rows:
        result.setdefault(began, []).append((call, turns[call.id]))
    return result


def expect(scope: SiteScope, id: str, claims: Sequence[Claim], **facts: Any) -> ExpectedCall:
    return scope.add(ExpectedCall(id=id, claims=[[c.kind, c.value] for c in claims], **facts))


def expected(scope: SiteScope, id: str, now: datetime) -> ExpectedCall | None:
    """The one of this id, while it is open."""
    return _open(scope, now, ExpectedCall.id == id)


def expected_from(scope: SiteScope, phone: str, since: datetime, now: datetime) -> ExpectedCall | None:
    """The latest from this number."""
    return _open(scope, now, ExpectedCall.phone == phone, ExpectedCall.created_at >= since)


def expected_by_pin(scope: SiteScope, pin: str, now: datetime) -> ExpectedCall | None:
    return _open(scope, now, ExpectedCall.pin == pin)


def _open(scope: SiteScope, now: datetime, *where: Any) -> ExpectedCall | None:
    found = scope.select(ExpectedCall).where(ExpectedCall.expires_at > now, ExpectedCall.call_id.is_(None), *where)
    return scope.db.scalars(found.order_by(ExpectedCall.created_at.desc()).limit(1)).first()


def forget_expected(db: Session, before: datetime, limit: int) -> None:
    """What was expected and did not come, or came long ago."""
    for row in db.scalars(select(ExpectedCall).where(ExpectedCall.id.in_(over(before).limit(limit)))):
        db.delete(row)


def over(before: datetime) -> Select[str]:
    """Expected calls that are to be forgotten."""
    return select(ExpectedCall.id).where(ExpectedCall.expires_at < before)
