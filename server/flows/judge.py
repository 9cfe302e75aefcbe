"""May this person be asked this now? Every rule, in the ledger's own words; and the place becomes a touch."""

from __future__ import annotations

from datetime import datetime

from server.core.throttle import Touch, judge
from server.flows.rulebook import rulebook
from server.flows.standing import standing
from server.gate.verdict import Verdict
from server.store import people, touches
from server.store.scope import SiteScope
from server.store.surveys import StoredSurvey


def weigh(
    scope: SiteScope, person_id: int, survey: StoredSurvey, channel: str, now: datetime, ticket: str = ""
) -> tuple[Verdict, tuple[Touch, ...]]:
    """The verdict by the ledger alone, and the touches it was read from. `ticket` is not held against itself."""
    windows = rulebook(scope).ask(survey, channel).windows
    known = touches.filling(scope, people.family(scope, person_id), windows, now)
    findings = standing(scope, person_id, survey, channel) + judge(windows, known, now, mine=ticket)
    return Verdict(findings), known


def keep(
    scope: SiteScope, person_id: int, survey: StoredSurvey, channel: str, ticket: str, now: datetime
) -> tuple[Verdict, Touch | None]:
    """The place becomes a touch, if the ledger agrees: the last word, one person at a time.

    Call inside the write that marks the invitation shown or calling. Idempotent by ticket: what was kept stays kept.
    Returns the verdict and the touch, None when it was refused; `note` it to the gate after the commit.
    """
    people.lock(scope, person_id)
    verdict, known = weigh(scope, person_id, survey, channel, now, ticket)
    kept = touches.standing(scope, ticket)  # among `known` only while a window looks at it
    if kept or not verdict.allowed:
        return verdict, kept
    # A clock behind the last touch must not let the next rest begin in the past.
    at = max([now, *(t.at for t in known)])
    touch = Touch(ticket, "ask", channel, survey.id, at)
    touches.write(scope, person_id, touch)
    return verdict, touch
