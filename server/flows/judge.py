"""May this person be asked this now? Every rule, in the ledger's own words; and the place becomes a touch."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from server.core.throttle import Finding, Policy, Touch, judge, policy_from, reach
from server.gate.verdict import Ask, Verdict
from server.store import people, sites, touches
from server.store.scope import SiteScope
from server.store.surveys import StoredSurvey


def subject(site_id: int, person_id: int) -> str:
    """The name under which the gate knows a person."""
    return f"{site_id}/person/{person_id}"


def policy_of(scope: SiteScope) -> Policy:
    site = sites.by_id(scope.db, scope.site_id)
    return policy_from(site.policy if site else {})


def ask_for(policy: Policy, survey: StoredSurvey, channel: str) -> Ask:
    """What the gate is asked for `survey`."""
    return Ask(survey.id, channel, policy.windows(survey.id))


def recent(scope: SiteScope, person_id: int, asks: Sequence[Ask], now: datetime) -> tuple[Touch, ...]:
    """Her touches, as far back as any of these asks looks."""
    back = max(reach(ask.windows) for ask in asks)
    return touches.recent(scope, person_id, now - back)


def standing(scope: SiteScope, person_id: int | None, survey: StoredSurvey, channel: str) -> tuple[Finding, ...]:
    """The rules that are no windows: is the survey running, and did she say no?"""
    running = Finding("running", survey.state == "live", because=f"the survey is {survey.state}")
    return (running, consent(scope, person_id, channel))


def consent(scope: SiteScope, person_id: int | None, channel: str) -> Finding:
    for no in people.opt_outs(scope, person_id) if person_id else ():
        if no.scope in ("all", channel):
            where = "every channel" if no.scope == "all" else no.scope
            return Finding("consent", False, because=f"unsubscribed from {where} on {no.at:%d %B %Y}, by {no.source}")
    return Finding("consent", True)


def weigh(
    scope: SiteScope, person_id: int, survey: StoredSurvey, channel: str, now: datetime, ticket: str = ""
) -> tuple[Verdict, tuple[Touch, ...]]:
    """The verdict by the ledger alone, and the touches it was read from. `ticket` is not held against itself."""
    ask = ask_for(policy_of(scope), survey, channel)
    known = recent(scope, person_id, [ask], now)
    findings = standing(scope, person_id, survey, channel) + judge(ask.windows, known, now, mine=ticket)
    return Verdict(findings), known


def keep(
    scope: SiteScope, person_id: int, survey: StoredSurvey, channel: str, ticket: str, now: datetime
) -> tuple[Verdict, tuple[Touch, ...]]:
    """The place becomes a touch, if the ledger agrees: the last word, one person at a time.

    Call inside the write that marks the invitation shown or calling. Idempotent by ticket: what was kept stays kept.
    Returns the verdict and the person's touches, the new one included.
    """
    people.lock(scope, person_id)
    verdict, known = weigh(scope, person_id, survey, channel, now, ticket)
    if not verdict.allowed or any(t.ticket == ticket for t in known):
        return verdict, known
    # A clock behind the last touch must not let the next rest begin in the past.
    at = max([now, *(t.at for t in known)])
    touch = Touch(ticket, "ask", channel, survey.id, at)
    touches.write(scope, person_id, touch)
    return verdict, (*known, touch)
