"""Lists over everybody: whose no to mail stands, and whose address came back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import aliased

from server.core.consent import ALL, SURVEY
from server.store.merges import ROOT, root_of
from server.store.scope import SiteScope
from server.store.tables import Consent, Identifier, Person, Suppression


@dataclass(frozen=True)
class Page:
    """Which part of a list: pages count from 1."""

    page: int
    per_page: int
    since: datetime | None = None
    until: datetime | None = None

    @property
    def skipped(self) -> int:
        return (self.page - 1) * self.per_page


def unsubscribed(scope: SiteScope, wanted: Page) -> list[tuple[int, datetime]]:
    """The persons with an address whose no to mail stands, by the rules of `server.core.consent`, and since when;
    the oldest first."""
    at = func.max(Consent.at)
    found = (
        select(ROOT, at.label("at"))
        .join(Person, Person.id == Consent.person_id)
        .where(Consent.site_id == scope.site_id, *_is_standing_no(), _has_address())
        .group_by(ROOT)
        .order_by(at, ROOT)
        .limit(wanted.per_page)
        .offset(wanted.skipped)
    )
    if wanted.since:
        found = found.having(at >= wanted.since)
    if wanted.until:
        found = found.having(at <= wanted.until)
    return [(row[0], row.at) for row in scope.db.execute(found)]


def bounced(scope: SiteScope, wanted: Page) -> list[tuple[int, str, datetime]]:
    """The persons whose address came back or is none, that address, and when it was reported; the oldest first."""
    found = (
        select(ROOT, Suppression.address, Suppression.at)
        .join(
            Identifier,
            and_(Identifier.site_id == Suppression.site_id, Identifier.value == Suppression.address),
        )
        .join(Person, Person.id == Identifier.person_id)
        .where(
            Suppression.site_id == scope.site_id,
            Suppression.channel == "email",
            Suppression.reason.in_(("bounced", "invalid")),
            Identifier.kind == "email",
        )
        .order_by(Suppression.at, Suppression.id)
        .limit(wanted.per_page)
        .offset(wanted.skipped)
    )
    if wanted.since:
        found = found.where(Suppression.at >= wanted.since)
    if wanted.until:
        found = found.where(Suppression.at <= wanted.until)
    return [(row[0], row.address, row.at) for row in scope.db.execute(found)]


def _is_standing_no() -> tuple[Any, ...]:
    later = aliased(Consent)
    is_later = or_(later.at > Consent.at, and_(later.at == Consent.at, later.id > Consent.id))
    speaks_of_it = or_(later.scope == Consent.scope, and_(Consent.scope == ALL, later.scope == "email"))
    same = (later.person_id == Consent.person_id, later.purpose == SURVEY, later.given)
    lifted = select(later.id).where(*same, is_later, speaks_of_it).exists()
    return Consent.purpose == SURVEY, Consent.given.is_(False), Consent.scope.in_((ALL, "email")), ~lifted


def _has_address() -> Any:
    record = aliased(Person)
    hers = select(Identifier.id).join(record, record.id == Identifier.person_id)
    return hers.where(Identifier.kind == "email", root_of(record) == ROOT).correlate(Person).exists()
