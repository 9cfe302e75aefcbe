"""Channels of a site on which nothing leaves until somebody resumes them, and what waits for a decision."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from server.store.scope import SiteScope
from server.store.steps import changed, insert_into
from server.store.tables import Invitation, Pause, Site


def of(scope: SiteScope, channel: str, hold: bool = False) -> Pause | None:
    """The pause of this channel. To `hold` it means that whoever resumes the channel waits until this write ends, and
    finds what it put aside."""
    return scope.db.scalars(_HELD if hold else _OF, {"site": scope.site_id, "channel": channel}).first()


_OF = select(Pause).where(Pause.site_id == bindparam("site"), Pause.channel == bindparam("channel"))
_HELD = _OF.with_for_update(read=True)


def every(scope: SiteScope) -> dict[str, Pause]:
    """All pauses of the site, by channel."""
    return {row.channel: row for row in scope.db.scalars(scope.select(Pause))}


def pause(scope: SiteScope, channel: str, because: str, by: str, now: datetime) -> bool:
    """Nothing leaves on this channel from now on. False when it was paused already, for whatever reason."""
    said = {"site_id": scope.site_id, "channel": channel, "because": because[:255], "by": by[:60], "at": now}
    line = insert_into(scope.db, Pause).values(**said).on_conflict_do_nothing()
    return scope.db.scalar(line.returning(Pause.channel)) is not None


def resume(scope: SiteScope, channel: str) -> bool:
    """The channel is in use again; `release` what waits for it, in the same write. False when it was not paused."""
    return changed(scope.db, scope.delete(Pause).where(Pause.channel == channel)) == 1


def wait(db: Session, id: str, rule: str, reason: str, until: datetime, now: datetime) -> None:
    """A waiting invitation stays planned until somebody has decided about `rule`, or until then."""
    line = update(Invitation).where(Invitation.id == id, Invitation.state.in_(("planned", "queued")))
    held = {"due_at": until, "waits_for": rule, "reason": reason[:255], "lease": None, "runs": 0}
    changed(db, line.values(state="planned", state_at=now, **held))


def release(scope: SiteScope, rule: str, now: datetime, channel: str = "") -> int:
    """What waits for a decision about `rule` is due: on `channel`, or on every one. How many."""
    waiting = scope.update(Invitation).where(Invitation.state == "planned", Invitation.waits_for == rule)
    if channel:
        waiting = waiting.where(Invitation.channel == channel)
    return changed(scope.db, waiting.values(due_at=now, waits_for=None, reason=None, state_at=now))


def waiting(scope: SiteScope, rule: str) -> dict[str, int]:
    """How many wait for a decision about `rule`, by channel."""
    found = select(Invitation.channel, func.count()).where(Invitation.site_id == scope.site_id)
    found = found.where(Invitation.state == "planned", Invitation.waits_for == rule).group_by(Invitation.channel)
    return dict(scope.db.execute(found).all())


def settle_home(scope: SiteScope, country: str) -> str:
    """The country of the first number that the site has paid to reach: `country`, unless there was another before."""
    first = update(Site).where(Site.id == scope.site_id, Site.home.is_(None)).values(home=country)
    if changed(scope.db, first):
        return country
    return scope.db.scalar(select(Site.home).where(Site.id == scope.site_id)) or ""


def rules_stand(scope: SiteScope, countries: object) -> bool:
    """Whether the policy still says this of countries; whoever decides otherwise waits until this write ends."""
    policy = scope.db.scalar(select(Site.policy).where(Site.id == scope.site_id).with_for_update(read=True))
    return bool((policy or {}).get("countries") == countries)
