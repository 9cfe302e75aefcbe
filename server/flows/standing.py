"""The rules that are no windows: is the survey running, and may this person be spoken to on this channel?"""

from __future__ import annotations

from server.core.throttle import Finding
from server.store import people
from server.store.scope import SiteScope
from server.store.surveys import StoredSurvey


def standing(scope: SiteScope, person_id: int | None, survey: StoredSurvey, channel: str) -> tuple[Finding, ...]:
    """Each of these rules, pass or fail."""
    running = Finding("running", survey.state == "live", because=f"the survey is {survey.state}")
    return (running, consent(scope, person_id, channel))


def consent(scope: SiteScope, person_id: int | None, channel: str) -> Finding:
    for no in people.opt_outs(scope, person_id) if person_id else ():
        if no.scope in ("all", channel):
            where = "every channel" if no.scope == "all" else no.scope
            return Finding("consent", False, because=f"unsubscribed from {where} on {no.at:%d %B %Y}, by {no.source}")
    return Finding("consent", True)
