"""May this person be asked this now? Every rule, in the ledger's own words; and the place becomes a touch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from server.core.policy import Policy, policy_from
from server.core.throttle import Finding, Touch, Window, judge
from server.gate.verdict import Ask, Gate, GateAway, Held, Leased, Unfamiliar, Verdict
from server.store import people, sites, surveys, touches
from server.store.scope import SiteScope
from server.store.surveys import StoredSurvey


def subject(site_id: int, person_id: int) -> str:
    """The name under which the gate knows a person."""
    return f"{site_id}/person/{person_id}"


@dataclass(frozen=True)
class Rulebook:
    """A site's policy, on its surveys. `name` differs whenever any window does."""

    policy: Policy
    ids: Mapping[str, int]
    name: str

    def ask(self, survey: StoredSurvey, channel: str) -> Ask:
        """What the gate is asked for `survey`."""
        return Ask(survey.id, channel, self.policy.windows(survey.slug, self.ids))

    @property
    def windows(self) -> tuple[Window, ...]:
        """Every window that any survey of the site looks through: what the gate must know to judge them all."""
        return tuple(dict.fromkeys(w for slug in self.ids for w in self.policy.windows(slug, self.ids)))


def rulebook(scope: SiteScope) -> Rulebook:
    """The rules in force."""
    site = sites.by_id(scope.db, scope.site_id)
    document = site.policy if site else {}
    ids = {slug: id for id, slug in surveys.names(scope).items()}
    name = sha256(json.dumps([document, ids], sort_keys=True).encode()).hexdigest()[:12]
    return Rulebook(policy_from(document), ids, name)


def known_touches(scope: SiteScope, person_id: int, windows: tuple[Window, ...], now: datetime) -> tuple[Touch, ...]:
    """Her touches, as far as these windows look."""
    return touches.filling(scope, people.family(scope, person_id), windows, now)


def lease(
    gate: Gate,
    scope: SiteScope,
    rules: Rulebook,
    ticket: str,
    person_id: int,
    asks: list[Ask],
    now: datetime,
    lasts: timedelta,
) -> Leased | Held | Unfamiliar:
    """The gate's word on a person we know, who is taught to it first if need be. Raises GateAway."""
    name = subject(scope.site_id, person_id)
    answer = gate.lease(ticket, name, asks, rules.name, now, lasts)
    if isinstance(answer, Unfamiliar):
        gate.learn(name, known_touches(scope, person_id, rules.windows, now), rules.name, now)
        answer = gate.lease(ticket, name, asks, rules.name, now, lasts)
    return answer


def note(gate: Gate, site_id: int, person_id: int, touch: Touch | None) -> None:
    """After a commit: the gate hears of a touch, or of what came of it. Without Redis it will read the ledger."""
    if touch:
        with suppress(GateAway):
            gate.note(subject(site_id, person_id), touch)


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
    windows = rulebook(scope).ask(survey, channel).windows
    known = known_touches(scope, person_id, windows, now)
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
