"""The contact ledger: what was asked of whom, and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import product
from typing import Any

from sqlalchemy import CompoundSelect, Integer, Select, bindparam, or_, select, union_all

from server.core.throttle import ANY_KIND, Touch, Window, weightier
from server.store import counters
from server.store.scope import SiteScope
from server.store.tables import TouchRow
from server.store.tables.base import DatabaseNow

READ: tuple[Any, ...] = (
    TouchRow.ticket,
    TouchRow.kind,
    TouchRow.channel,
    TouchRow.survey_id,
    TouchRow.at,
    TouchRow.outcome,
)
ONLY: Mapping[str, Any] = {"kind": TouchRow.kind, "survey": TouchRow.survey_id, "outcome": TouchRow.outcome}
"""What a probe may ask beyond whose touches, and since when."""
NOTHING: Mapping[str, datetime] = {}
PROBES_AT_ONCE = 200
"""SQLite takes no more than 500 in one statement."""


def filling(scope: SiteScope, person_ids: Sequence[int], windows: Sequence[Window], now: datetime) -> tuple[Touch, ...]:
    """The touches that these windows can see: of each the newest that count, at least as many as its limit.

    Nothing but probes of an index: a person with ten thousand touches costs no more than one with ten.
    """
    probes = [probe for window in dict.fromkeys(windows) for probe in _probes(person_ids, window, now)]
    found: dict[str, Touch] = {}
    for start in range(0, len(probes), PROBES_AT_ONCE):
        some = probes[start : start + PROBES_AT_ONCE]
        wanted = {f"{name}{n}": value for n, probe in enumerate(some) for name, value in probe.items()}
        statement = _statement(tuple(tuple(probe) for probe in some))
        rows = scope.db.execute(statement, {"site": scope.site_id, "hers": person_ids, **wanted})
        found |= {row.ticket: touch_of(row) for row in rows}
    return tuple(found.values())


def _probes(person_ids: Sequence[int], window: Window, now: datetime) -> list[dict[str, Any]]:
    """What each looks for. One for each person, kind and survey: an index gives the newest of one of each first; of
    several it would have to read and sort them all."""
    kinds = window.kinds if len(window.kinds) < len(ANY_KIND) else (None,)
    since, most = now - window.lasts, window.limit + 1  # one more: the touch of the asker's own ticket does not count
    return [
        {"person": id, "since": since, "most": most, **{name: value for name, value in only.items() if value}}
        for id, kind, survey in product(dict.fromkeys(person_ids), kinds, sorted(window.surveys) or (None,))
        for only in [{"kind": kind, "survey": survey, "outcome": window.outcome}]
    ]


@lru_cache(maxsize=64)
def _statement(shapes: tuple[tuple[str, ...], ...]) -> CompoundSelect[*tuple[Any, ...]]:
    """The probes that name these of what they look for, in one statement, which takes longer to make than to run."""
    return union_all(*(select(_probe(n, shape).subquery()) for n, shape in enumerate(shapes)))


def _probe(n: int, shape: Sequence[str]) -> Select[*tuple[Any, ...]]:
    fits = select(*READ).where(
        TouchRow.site_id == bindparam("site"),
        TouchRow.person_id == bindparam(f"person{n}"),
        TouchRow.at > bindparam(f"since{n}"),
        TouchRow.voided_at.is_(None),
        # Of somebody who is the same person again, the touch itself counts.
        or_(TouchRow.copied_from.is_(None), TouchRow.copied_from.not_in(bindparam("hers", expanding=True))),
        *(ONLY[name] == bindparam(f"{name}{n}") for name in shape if name in ONLY),
    )
    return fits.order_by(TouchRow.at.desc()).limit(bindparam(f"most{n}", type_=Integer))


def standing(scope: SiteScope, ticket: str) -> Touch | None:
    """The touch of this ticket, unless it was voided."""
    row = scope.db.scalars(_STANDING, {"site": scope.site_id, "ticket": ticket}).first()
    return touch_of(row) if row else None


_STANDING = select(TouchRow).where(
    TouchRow.site_id == bindparam("site"), TouchRow.ticket == bindparam("ticket"), TouchRow.voided_at.is_(None)
)


def standing_among(scope: SiteScope, tickets: Sequence[str]) -> list[Touch]:
    """The touches of these tickets that were not voided."""
    found = select(*READ).where(TouchRow.ticket.in_(tickets), TouchRow.voided_at.is_(None))
    return [touch_of(row) for row in scope.db.execute(found.where(TouchRow.site_id == scope.site_id))]


def took(scope: SiteScope, ticket: str) -> dict[str, datetime]:
    """Which hours, days or months the standing touch of this ticket took one of, by rule: what of it is its own."""
    row = scope.find(TouchRow, TouchRow.ticket == ticket, TouchRow.voided_at.is_(None))
    said = {"pace": row.pace_of, "budget": row.budget_of} if row else {}
    return {rule: bucket for rule, bucket in said.items() if bucket}


def write(scope: SiteScope, person_id: int, touch: Touch, taken: Mapping[str, datetime] = NOTHING) -> None:
    """`touch` in the ledger, with what was `taken` for it of pace and budget. A ticket that was voided and tried again
    stands again, at its new time, and of this person: she may have been part of another when it was tried first."""
    row = scope.find(TouchRow, TouchRow.ticket == touch.ticket)
    if row is None:
        row = TouchRow(ticket=touch.ticket, person_id=person_id, kind=touch.kind, channel=touch.channel, at=touch.at)
        row.survey_id, row.outcome = touch.survey or None, touch.outcome
    else:
        row.person_id, row.at, row.kind, row.voided_at = person_id, touch.at, touch.kind, None
        row.noted_at = DatabaseNow()  # type: ignore[assignment]  # the database says it
    row.pace_of, row.budget_of = taken.get("pace"), taken.get("budget")
    scope.add(row)


def redate(scope: SiteScope, touch: Touch) -> None:
    """The standing touch of this ticket is as of `touch.at` from now on."""
    standing = scope.update(TouchRow).where(TouchRow.ticket == touch.ticket, TouchRow.voided_at.is_(None))
    scope.db.execute(standing.values(at=touch.at).execution_options(synchronize_session=False))


def came_to(scope: SiteScope, ticket: str, outcome: str) -> Touch | None:
    """What came of an ask, unless more has: from now on the rests after that outcome count it. The touch, if there is
    one. Call with the person locked."""
    row = scope.find(TouchRow, TouchRow.ticket == ticket, TouchRow.voided_at.is_(None))
    if row is None:
        return None
    row.outcome = weightier(row.outcome, outcome)
    scope.db.execute(scope.update(TouchRow).where(TouchRow.copy_of == ticket).values(outcome=row.outcome))
    return touch_of(row)


def copied_to(scope: SiteScope, ticket: str) -> list[int]:
    """The ids of the persons who have a copy of this touch."""
    return list(scope.db.scalars(_COPIED, {"ticket": ticket}))


_COPIED = select(TouchRow.person_id).where(TouchRow.copy_of == bindparam("ticket"))


def void(scope: SiteScope, ticket: str, now: datetime) -> None:
    """It is proven that this person noticed nothing: the touch no longer counts, and what it took is given back."""
    either = or_(TouchRow.ticket == ticket, TouchRow.copy_of == ticket)
    step = scope.update(TouchRow).where(either, TouchRow.voided_at.is_(None)).values(voided_at=now)
    gone = step.returning(TouchRow.survey_id, TouchRow.channel, TouchRow.pace_of, TouchRow.budget_of)
    for survey_id, channel, pace_of, budget_of in scope.db.execute(gone).all():
        if pace_of and survey_id:
            counters.give_back(scope, counters.pace(survey_id), pace_of)
        if budget_of:
            counters.give_back(scope, counters.budget(channel), budget_of)


def touch_of(row: Any) -> Touch:
    """The ledger's line (a TouchRow, or a row of READ) as the rules see it."""
    return Touch(row.ticket, row.kind, row.channel, row.survey_id or 0, row.at, row.outcome)
