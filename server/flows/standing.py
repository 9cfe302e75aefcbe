"""The rules that are no windows: is the survey running, for this person, and may she be spoken to on this channel?"""

from __future__ import annotations

from datetime import date, datetime

from server.core.contact import Contact
from server.core.people import Claim
from server.core.policy import Policy
from server.core.sampling import in_sample
from server.core.schedule import day_of, midnight
from server.core.throttle import Finding
from server.flows.consent import consent, reachable
from server.flows.moments import moments, spent
from server.store import counters, names
from server.store.scope import SiteScope
from server.store.surveys import StoredSurvey


def standing(
    scope: SiteScope,
    policy: Policy,
    person_id: int,
    survey: StoredSurvey,
    contact: Contact,
    now: datetime,
) -> tuple[Finding, ...]:
    """Each of these rules, pass or fail; those that the site does not have, or that do not hold what only continues an
    ask, are not named."""
    channel, is_ask, found = contact.channel, contact.kind == "ask", [running(policy, survey, now)]
    percent = policy.of(survey.slug).sample_percent
    if is_ask and percent is not None:
        found.append(_sample(scope, survey, names.called(scope, person_id), percent))
    found.append(consent(scope, person_id, channel, needed=channel in policy.consent_required))
    found += reachable(scope, person_id, channel)
    found += _quota(scope, policy, survey) if is_ask else ()
    return (*found, *moments(scope, policy, person_id, survey, contact, now))


def for_everybody(
    scope: SiteScope, policy: Policy, survey: StoredSurvey, channel: str, now: datetime
) -> tuple[Finding, ...]:
    """Those of these rules that ask about nobody."""
    return (running(policy, survey, now), *_quota(scope, policy, survey), *spent(scope, policy, survey, channel, now))


def running(policy: Policy, survey: StoredSurvey, now: datetime) -> Finding:
    """Live, and between its first and its last day, in the site's zone."""
    own, today = policy.of(survey.slug), day_of(now, policy.zone)
    if survey.state != "live":
        return Finding("running", False, because=f"the survey is {survey.state}")
    if own.begins and today < own.begins:
        opens = midnight(own.begins, policy.zone)
        return Finding("running", False, opens, because=f"the survey begins on {_said(own.begins)}")
    if own.ends and today > own.ends:
        return Finding("running", False, because=f"the survey ended on {_said(own.ends)}")
    return Finding("running", True)


def _sample(scope: SiteScope, survey: StoredSurvey, her: Claim | None, percent: float) -> Finding:
    if in_sample(scope.site_id, survey.id, her.text if her else "", percent):
        return Finding("sample", True)
    return Finding("sample", False, because=f"not among the {percent:g} % of people whom this survey is for")


def _quota(scope: SiteScope, policy: Policy, survey: StoredSurvey) -> tuple[Finding, ...]:
    """Holds further asks only: whoever was asked before may still answer, so that there may come more."""
    most = policy.of(survey.slug).quota
    if most is None:
        return ()
    came = counters.spent(scope, counters.quota(survey.id), counters.EVER)
    return (Finding("quota", came < most, because=f"{came} of {most} responses have come"),)


def _said(day: date) -> str:
    return f"{day:%d %B %Y}".lstrip("0")
