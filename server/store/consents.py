"""What people said about being asked, line by line; and the addresses that must not be used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, bindparam, func, or_, select

from server.core.consent import Said, Statement, is_news, lifted, lifts
from server.store.scope import SiteScope
from server.store.tables import Consent, Suppression


def latest(scope: SiteScope, records: Sequence[int], until: datetime | None = None) -> list[Statement]:
    """Of each of these records the latest statement of every scope and purpose, or the latest by then."""
    if until:
        return _read(scope, _latest(Consent.at <= until), records)
    known, these = scope.read_already("consent"), tuple(records)
    if these not in known:
        known[these] = _read(scope, LATEST, records)
    return list(known[these])


def _latest(*where: Any) -> Select[Consent]:
    place = func.row_number().over(
        partition_by=(Consent.person_id, Consent.purpose, Consent.scope),
        order_by=(Consent.at.desc(), Consent.id.desc()),
    )
    hers = Consent.person_id.in_(bindparam("records", expanding=True))
    ranked = select(Consent.id, place.label("place")).where(hers, *where).subquery()
    found = select(Consent).join(ranked, ranked.c.id == Consent.id).where(ranked.c.place == 1)
    return found.order_by(Consent.at, Consent.id)


LATEST = _latest()
"""Built once: it is asked for whomever anything is asked."""


def _read(scope: SiteScope, statement: Select[Consent], records: Sequence[int]) -> list[Statement]:
    return _ours(scope, scope.db.scalars(statement, {"records": records}))


def told(scope: SiteScope, records: Sequence[int], limit: int) -> list[Statement]:
    """Everything that was said of these records, the latest first."""
    said = select(Consent).where(Consent.person_id.in_(records))
    return _ours(scope, scope.db.scalars(said.order_by(Consent.at.desc(), Consent.id.desc()).limit(limit)))


def _ours(scope: SiteScope, rows: Iterable[Consent]) -> list[Statement]:
    """Asked for by record alone: given the site too, SQLite may well choose to read the whole site."""
    return [statement_of(row) for row in rows if row.site_id == scope.site_id]


def say(scope: SiteScope, records: Sequence[int], record: int, said: Said, now: datetime) -> bool:
    """`said` of `record`; a yes also on each of her other `records` where it lifts a no. False when it is no news.

    What is said now comes after all that was said before, whatever the clocks of other servers showed. Call with the
    person locked.
    """
    at = said.at or max([now, *(s.at for s in latest(scope, records))])
    known = latest(scope, records, at)
    news = [record] if is_news(known, record, said) else []
    where = [*news, *(id for id in lifted(known, said) if id != record)]
    for id in where:
        note(scope, id, said, at)
    return bool(where)


def note(scope: SiteScope, record: int, said: Said, at: datetime) -> Statement:
    """One more line, whatever stands."""
    row = Consent(
        person_id=record, scope=said.scope, given=said.given, purpose=said.purpose, basis=said.basis,
        source=said.source, evidence=said.evidence[:255], noted_by=said.noted_by, at=at,
    )  # fmt: skip
    scope.read_anew()
    return statement_of(scope.add(row))


def suppress(
    scope: SiteScope, channel: str, address: str, reason: str, source: str, detail: str, now: datetime
) -> bool:
    """`address` must not be used on `channel` from now on. The first reason stays; False when there was one."""
    scope.one_at_a_time(f"address/{channel}/{address}")
    if suppressed(scope, channel, [address]):
        return False
    scope.add(Suppression(channel=channel, address=address, reason=reason, source=source, detail=detail[:255], at=now))
    return True


def suppressed(scope: SiteScope, channel: str, addresses: Sequence[str]) -> list[Suppression]:
    """Those of `addresses` that must not be used on `channel`."""
    said = {"site": scope.site_id, "channel": channel, "addresses": list(addresses)}
    return list(scope.db.scalars(_SUPPRESSED, said))


_SUPPRESSED = (
    select(Suppression)
    .where(
        Suppression.site_id == bindparam("site"),
        Suppression.channel == bindparam("channel"),
        Suppression.address.in_(bindparam("addresses", expanding=True)),
    )
    .order_by(Suppression.id)
)


def suppressions(scope: SiteScope, after: int, limit: int) -> list[Suppression]:
    """The site's lines in the order in which they were made, from behind the id `after`."""
    found = scope.select(Suppression).where(Suppression.id > after)
    return list(scope.db.scalars(found.order_by(Suppression.id).limit(limit)))


def lift(scope: SiteScope, row: Suppression) -> None:
    """The address may be used again."""
    scope.db.delete(row)
    scope.db.flush()


def statement_of(row: Consent) -> Statement:
    """A line as the rules see it."""
    return Statement(
        row.id,
        row.person_id,
        row.scope,
        row.given,
        row.purpose,
        row.basis,
        row.source,
        row.evidence,
        row.noted_by,
        row.at,
    )


def share(
    scope: SiteScope, staying: Sequence[int], leaving: Sequence[int], since: Mapping[int, datetime], now: datetime
) -> None:
    """Two are taken apart who were one person, each of their records `since` then, the first of `leaving` from those
    who stay. The stricter word holds for both, for nobody can tell which of them it was.

    A no said since then of those who stay is also of her who leaves. A yes said since then of either lifts no no any
    more: whoever meant it can say it again.
    """
    lines = latest(scope, [*staying, *leaving])
    noes = [s for s in _read(scope, _latest(_no_yes(since)), [*staying, *leaving]) if not s.given]
    shared = [(leaving[0], no) for no in noes if no.record in staying and no.at >= since[no.record]]
    for record, no in [*((no.record, no) for no in noes), *shared]:
        was_lifted = any(lifts(yes, no, record) for yes in lines if yes.at >= since[yes.record])
        if was_lifted or (record != no.record and is_news(lines, record, _again(no))):
            lines.append(note(scope, record, _again(no), now if was_lifted else no.at))


def _no_yes(since: Mapping[int, datetime]) -> Any:
    """A no, or what was said before."""
    before = [and_(Consent.person_id == record, Consent.at < then) for record, then in since.items()]
    return or_(Consent.given.is_(False), *before)


def _again(no: Statement) -> Said:
    return Said(no.scope, False, no.source, no.purpose, evidence=no.evidence, noted_by=no.noted_by)
