"""Sites, and what belongs to their set-up: origins, keys, sources."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.store.scope import SiteScope
from server.store.tables import ApiKey, Origin, PolicyVersion, Site, Source

REFUSED_KEPT = 50
"""Refused origins kept for each site: enough to find one's own, a bound on what strangers may store."""


def all_sites(db: Session) -> list[Site]:
    """Every site, the oldest first."""
    return list(db.scalars(select(Site).order_by(Site.id)))


def by_key(db: Session, key: str) -> Site | None:
    return db.scalars(select(Site).where(Site.key == key)).first()


def by_id(db: Session, id: int) -> Site | None:
    return db.get(Site, id)


def by_name(db: Session, name: str) -> Site | None:
    """A site by the name or the key that its team uses in commands."""
    return db.scalars(select(Site).where((Site.name == name) | (Site.key == name))).first()


def add_site(db: Session, key: str, name: str, now: datetime) -> Site:
    site = Site(key=key, name=name, language="en", accent="#3b5bdb", policy={}, created_at=now)
    db.add(site)
    db.flush()
    return site


def set_policy(scope: SiteScope, document: dict[str, Any], by: str, now: datetime) -> PolicyVersion:
    """`document` in force, as the next version. Call inside a write."""
    scope.one_at_a_time("policy")
    latest = next(iter(policies(scope)), None)
    scope.db.get_one(Site, scope.site_id).policy = document
    number = latest.number + 1 if latest else 1
    return scope.add(PolicyVersion(number=number, document=document, made_by=by[:60], made_at=now))


def policies(scope: SiteScope) -> list[PolicyVersion]:
    """Every version of the policy, the latest first."""
    return list(scope.db.scalars(scope.select(PolicyVersion).order_by(PolicyVersion.number.desc()).limit(500)))


def origins(scope: SiteScope) -> list[Origin]:
    """Origins of a site: allowed ones first, then refused ones, the latest first."""
    order = (Origin.allowed.desc(), Origin.seen_at.desc())
    return list(scope.db.scalars(scope.select(Origin).order_by(*order).limit(500)))


def allow_origin(scope: SiteScope, origin: str, now: datetime) -> Origin:
    """`origin` may show this site's surveys from now on."""
    scope.one_at_a_time("origins")
    row = scope.find(Origin, Origin.origin == origin)
    if row is None:
        return scope.add(Origin(origin=origin, allowed=True, seen_at=now))
    row.allowed = True
    return row


def note_refused(scope: SiteScope, origin: str, now: datetime) -> Literal["noted", "known", "full"]:
    """Remember that `origin` asked and was refused, so that the desk can offer to allow it."""
    scope.one_at_a_time("origins")
    row = scope.find(Origin, Origin.origin == origin)
    if row is not None:
        row.seen_at = now
        return "known"
    kept = scope.db.scalar(
        select(func.count()).select_from(Origin).where(Origin.site_id == scope.site_id, Origin.allowed.is_(False))
    )
    if (kept or 0) >= REFUSED_KEPT:
        return "full"
    scope.add(Origin(origin=origin, allowed=False, seen_at=now))
    return "noted"


def add_key(scope: SiteScope, fingerprint: str, ending: str, now: datetime) -> ApiKey:
    return scope.add(ApiKey(fingerprint=fingerprint, ending=ending, created_at=now))


def keys(scope: SiteScope) -> list[ApiKey]:
    return list(scope.db.scalars(scope.select(ApiKey).order_by(ApiKey.id.desc()).limit(100)))


def site_of_key(db: Session, fingerprint: str) -> Site | None:
    """The site whose secret key has this fingerprint, unless the key was revoked."""
    found = select(Site).join(ApiKey, ApiKey.site_id == Site.id)
    return db.scalars(found.where(ApiKey.fingerprint == fingerprint, ApiKey.revoked_at.is_(None))).first()


def add_source(scope: SiteScope, key: str, name: str, now: datetime) -> Source:
    return scope.add(Source(key=key, name=name, created_at=now))


def sources(scope: SiteScope) -> list[Source]:
    return list(scope.db.scalars(scope.select(Source).order_by(Source.id).limit(200)))


def source_by_key(db: Session, key: str) -> Source | None:
    return db.scalars(select(Source).where(Source.key == key)).first()
