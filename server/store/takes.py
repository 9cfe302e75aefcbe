"""How long each survey really takes."""

from __future__ import annotations

from datetime import datetime
from statistics import median

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from server.store.tables import Response, SurveyRow


def unlooked(before: datetime) -> Select[int]:
    """Ids of surveys whose time was not looked at since then."""
    old = or_(SurveyRow.takes_at.is_(None), SurveyRow.takes_at < before)
    return select(SurveyRow.id).where(old).order_by(SurveyRow.id)


def look(db: Session, survey_id: int, last: int, enough: int, now: datetime) -> None:
    """What the survey takes: the median of those `last` who answered last in one sitting, once they are `enough`."""
    row = db.get_one(SurveyRow, survey_id, with_for_update=True)
    newest = select(Response.took).where(Response.survey_id == survey_id, Response.took.is_not(None))
    took = [each for each in db.scalars(newest.order_by(Response.id.desc()).limit(last)) if each is not None]
    row.takes = round(median(took)) if len(took) >= enough else None
    row.takes_at = now
