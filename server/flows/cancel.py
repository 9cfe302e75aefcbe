"""What is planned is called off: from the commit on nothing of it leaves, wherever it is on its way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from server.services import Services
from server.store import planned
from server.store.scope import SiteScope

AT_ONCE = 1_000


class NoSuchSurvey(Exception):
    """The site has no survey with this id."""


def cancel(services: Services, site_id: int, ids: Sequence[str], by: str) -> int:
    """Those of these invitations of the site that have not left are not sent. How many were called off."""
    done = 0
    for n in range(0, len(ids), AT_ONCE):
        with services.db.writing() as db:
            some = ids[n : n + AT_ONCE]
            done += planned.cancel(SiteScope(db, site_id), some, f"cancelled by {by}", services.moment(db))
    return done


def cancel_survey(services: Services, site_id: int, survey_id: int, by: str) -> int:
    """Nothing that is planned of this survey is sent, also not what is in a worker's hands and not yet called. How
    many were called off. Raises NoSuchSurvey.

    It holds from the first commit on, however many there are; that each is counted as cancelled takes longer.
    """
    with services.db.writing() as db:
        until = services.moment(db)
        if not planned.call_off_survey(SiteScope(db, site_id), survey_id, until):
            raise NoSuchSurvey(survey_id)
    done = 0
    while some := _some(services, site_id, survey_id, until, by):
        done += some
    return done


def _some(services: Services, site_id: int, survey_id: int, until: datetime, by: str) -> int:
    with services.db.writing() as db:
        scope, now = SiteScope(db, site_id), services.moment(db)
        return planned.cancel_of_survey(scope, survey_id, until, f"cancelled by {by}", AT_ONCE, now)
