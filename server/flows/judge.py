"""May this person be asked this now? Every rule, in the ledger's own words; and the place becomes a touch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from server.core.contact import Contact, Override
from server.core.moments import MOMENT_RULES
from server.core.throttle import Finding, Touch, judge
from server.flows.moments import take
from server.flows.rulebook import Rulebook, rulebook
from server.flows.standing import standing
from server.gate.verdict import Verdict
from server.store import people, touches
from server.store.scope import SiteScope
from server.store.surveys import StoredSurvey


def weigh(
    scope: SiteScope, person_id: int, survey: StoredSurvey, contact: Contact, now: datetime
) -> tuple[Verdict, tuple[Touch, ...]]:
    """The verdict by the ledger alone, and the touches it was read from."""
    return _weigh(scope, rulebook(scope), person_id, survey, contact, now)


def _weigh(
    scope: SiteScope, rules: Rulebook, person_id: int, survey: StoredSurvey, contact: Contact, now: datetime
) -> tuple[Verdict, tuple[Touch, ...]]:
    windows = rules.windows_of(survey, contact.kind)
    known = touches.filling(scope, people.family(scope, person_id), windows, now)
    found = standing(scope, rules.policy, person_id, survey, contact, now)
    judged = judge(windows, known, now, mine=contact.ticket)
    return Verdict(_moments_last((*found, *(_unless_overridden(each, contact.override) for each in judged)))), known


def keep(
    scope: SiteScope, person_id: int, survey: StoredSurvey, contact: Contact, now: datetime,
    rules: Rulebook | None = None,
) -> tuple[Verdict, Touch | None]:  # fmt: skip
    """The place becomes a touch, if the ledger agrees: the last word, one person at a time. `rules`: those in force,
    for whoever has read them in this write.

    Call inside the write that marks the invitation shown or calling. Idempotent by ticket: what was kept stays kept.
    Returns the verdict and the touch, None when it was refused; `note` it to the gate after the commit.
    """
    people.lock(scope, person_id)
    rules = rules or rulebook(scope)
    verdict, known = _weigh(scope, rules, person_id, survey, contact, now)
    kept = touches.standing(scope, contact.ticket)  # among `known` only while a window looks at it
    if kept or not verdict.allowed:
        return verdict, kept
    taken = take(scope, rules.policy, survey, contact, now)
    if isinstance(taken, Finding):  # another person's ask got the last one since we looked
        return replace(verdict, findings=tuple(taken if f.rule == taken.rule else f for f in verdict.findings)), None
    # A clock behind the last touch must not let the next rest begin in the past.
    at = max([now, *(t.at for t in known)])
    touch = Touch(contact.ticket, contact.kind, contact.channel, survey.id, at)
    touches.write(scope, person_id, touch, taken)
    return verdict, touch


def _unless_overridden(finding: Finding, override: Override) -> Finding:
    if finding.passed or finding.rule not in override.rules:
        return finding
    return replace(finding, passed=True, overridden=override.because)


def _moments_last(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Who is held for good is told by which rule, and not that it is night."""
    return tuple(sorted(findings, key=lambda finding: finding.rule in MOMENT_RULES))
