"""What is planned is called off: from the commit on nothing of it leaves, wherever it is on its way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from server.core.delivery import WAITING, State
from server.services import Services
from server.store import planned
from server.store.counters import EVER
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
    return sum(_cancel_all(services, site_id, survey_id, state, until, by) for state in WAITING)


def _cancel_all(services: Services, site_id: int, survey_id: int, state: State, until: datetime, by: str) -> int:
    """What moves meanwhile is missed here, and stopped where it goes."""
    done, after = 0, (EVER, "")
    while True:
        with services.db.writing() as db:
            scope = SiteScope(db, site_id)
            some = planned.waiting_of_survey(scope, survey_id, state, until, after, AT_ONCE)
            done += planned.cancel(scope, [id for _, id in some], f"cancelled by {by}", services.moment(db))
        if len(some) < AT_ONCE:
            return done
        after = some[-1]
