"""Asks that were held back: counted by survey, channel, rule and UTC day, and the last ones kept for each person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Select, cast, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from server.store import invitations
from server.store.merges import hers
from server.store.scope import SiteScope
from server.store.tables import HeldCount, HeldRow, Invitation, Number, Table

KEPT_EACH = 200
"""Rows kept of one person, the latest."""

KEPT_FOR = timedelta(days=400)
"""Rows of persons are older than any rest by then, and go. The counts name nobody, and stay."""

AT_ONCE = 500
"""Rows in one statement."""


class Line(NamedTuple):
    """What is counted together."""

    survey_id: int
    channel: str
    rule: str


class Hers(NamedTuple):
    """What is kept of one person."""

    person_id: int
    survey_id: int
    channel: str
    rule: str


def day_of(at: datetime) -> str:
    """Days are days in UTC, for every site, so that one server's counts add up: `2026-11-23`."""
    return at.astimezone(UTC).date().isoformat()


def hold(db: Session, id: str, rule: str, until: datetime | None, now: datetime) -> bool:
    """The invitation `id` ends as held by `rule`, for good, and is counted. False when it may not any more.

    Call it last in a write: from then on others who count the same wait.
    """
    if not invitations.move(db, id, "held", now, reason=rule, held_until=until):
        return False
    row = db.get_one(Invitation, id)
    if row.follows is None:  # what continues an ask was no chance of its own
        count(SiteScope(db, row.site_id), {Line(row.survey_id, row.channel, rule): 1}, now)
    return True


def count(scope: SiteScope, times: Mapping[Line, int], now: datetime) -> None:
    """So many more today. In one order in every process, so that two of them never wait for each other."""
    said = {"site_id": scope.site_id, "day": day_of(now)}
    rows = [{**said, **line._asdict(), "times": n} for line, n in sorted(times.items())]
    _add_up(scope.db, HeldCount, rows, ("site_id", "day", "survey_id", "channel", "rule"))


def note(scope: SiteScope, times: Mapping[Hers, int], now: datetime) -> None:
    """So many more today of these people. Of each the last KEPT_EACH rows stay."""
    scope.one_at_a_time("held")
    said = {"site_id": scope.site_id, "day": day_of(now), "at": now}
    # One row a person, survey, rule and day, whichever of the channels it was last.
    rows: dict[tuple[int, int, str], dict[str, Any]] = {}
    for line, n in sorted(times.items()):
        row = rows.setdefault((line.person_id, line.survey_id, line.rule), {**said, **line._asdict(), "times": 0})
        row["times"] += n
    _add_up(scope.db, HeldRow, list(rows.values()), ("person_id", "survey_id", "rule", "day"), last=("at", "channel"))
    _trim(scope.db, sorted({line.person_id for line in times}))


def _add_up(
    db: Session, table: type[Table], rows: Sequence[dict[str, Any]], key: tuple[str, ...], last: tuple[str, ...] = ()
) -> None:
    """Each row's `times` more on the row with the same `key`; of `last` the new value."""
    if not rows:
        return
    insert: Any = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}[db.get_bind().dialect.name]
    new = insert(table.__table__)
    more = {"times": table.__table__.c.times + new.excluded.times, **{name: new.excluded[name] for name in last}}
    # One short statement for all rows: the server's other threads wait while a long one is put together.
    db.connection().execute(new.on_conflict_do_update(index_elements=key, set_=more), list(rows))


def _trim(db: Session, person_ids: Sequence[int]) -> None:
    for at in range(0, len(person_ids), AT_ONCE):
        some = HeldRow.person_id.in_(person_ids[at : at + AT_ONCE])
        full = select(HeldRow.person_id).where(some).group_by(HeldRow.person_id).having(func.count() > KEPT_EACH)
        for person_id in db.scalars(full).all():
            hers = select(HeldRow.id).where(HeldRow.person_id == person_id)
            last = hers.order_by(HeldRow.at.desc(), HeldRow.id.desc()).limit(KEPT_EACH)
            gone = delete(HeldRow).where(HeldRow.person_id == person_id, HeldRow.id.not_in(last))
            db.execute(gone.execution_options(synchronize_session=False))


def of_person(scope: SiteScope, person_id: int, limit: int) -> list[HeldRow]:
    """What was held back from one person, the latest first."""
    found = select(HeldRow).where(HeldRow.person_id.in_(hers(scope, person_id)))
    return list(scope.db.scalars(found.order_by(HeldRow.at.desc()).limit(limit)))


def outdated(db: Session, now: datetime, limit: int) -> list[int]:
    """Ids of rows that were kept long enough, over all sites."""
    return list(db.scalars(old(now).order_by(HeldRow.at).limit(limit)))


def old(now: datetime) -> Select[int]:
    """As `outdated`, all of them."""
    return select(HeldRow.id).where(HeldRow.at < now - KEPT_FOR)


def forget(db: Session, ids: Sequence[int]) -> None:
    db.execute(delete(HeldRow).where(HeldRow.id.in_(ids)).execution_options(synchronize_session=False))


class Counted(NamedTuple):
    """How many asks of one survey one rule held back on one channel."""

    survey_id: int
    channel: str
    rule: str
    times: int


def counted(scope: SiteScope, first: date, last: date) -> list[Counted]:
    """What was held back from `first` to `last`, days in UTC, both counted."""
    of = (HeldCount.survey_id, HeldCount.channel, HeldCount.rule)
    days = HeldCount.day.between(first.isoformat(), last.isoformat())
    found = (
        select(*of, cast(func.sum(HeldCount.times), Number))
        .where(HeldCount.site_id == scope.site_id, days)
        .group_by(*of)
    )
    return [Counted(*line) for line in scope.db.execute(found)]
