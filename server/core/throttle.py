"""How often is too often: every frequency rule is a window over the touches of one person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

TouchKind = Literal["ask", "continuation", "external", "answered"]
Channel = Literal["widget", "view", "link", "email", "sms", "phone"]
SENT: tuple[Channel, ...] = ("email", "sms", "phone")
"""Channels on which something comes to her; the others she opens or sees where she is."""
ANY_KIND: tuple[TouchKind, ...] = ("ask", "continuation", "external", "answered")

OUTCOMES = ("", "dismissed", "answered")
"""What may have come of an ask: each says more than those before it, whichever was heard of last."""

SLACK = timedelta(hours=12)
"""Taken off windows of whole days, so that "every 90 days" does not creep a little later each time."""

FOR_EVER = timedelta(days=36_500)
"""As long as anybody keeps a ledger: the window of "once"."""

LEASE_SHOWN = timedelta(minutes=2)
LEASE_SENT = timedelta(minutes=10)
"""How long a place is held between the decision and the deed: a blocked frame, a dead worker."""


def weightier(one: str, other: str) -> str:
    """Of two of OUTCOMES the one that says more."""
    return max(one, other, key=OUTCOMES.index)


@dataclass(frozen=True)
class Touch:
    """A line of the contact ledger. `survey` is 0 for what another system reported; `outcome` comes later. `story`: of
    a continuation, what it continues, where somebody has looked that up."""

    ticket: str
    kind: TouchKind
    channel: str
    survey: int
    at: datetime
    outcome: str = ""
    story: str = ""


@dataclass(frozen=True)
class Window:
    """At most `limit` touches of `kinds` in the last `lasts`; of some surveys only, or with one outcome only, when
    these are set."""

    rule: str
    kinds: tuple[TouchKind, ...]
    limit: int
    lasts: timedelta
    surveys: frozenset[int] = frozenset()
    outcome: str = ""

    def counts(self, touch: Touch) -> bool:
        """Whether this window looks at `touch` at all."""
        return (
            touch.kind in self.kinds
            and (not self.surveys or touch.survey in self.surveys)
            and self.outcome in ("", touch.outcome)
        )


@dataclass(frozen=True)
class Finding:
    """One rule looked at: passed, or held until a time by a touch."""

    rule: str
    passed: bool
    until: datetime | None = None
    touch: Touch | None = None
    because: str = ""
    is_lease: bool = False
    """Held by a place that another ask is about to take; it may yet come free."""
    overridden: str = ""
    """Why it was passed over, where it would hold."""

    @property
    def ends(self) -> datetime | None:
        """When it holds no more; None when waiting alone will not do: a window of FOR_EVER ends on a date for which
        nobody waits."""
        is_for_good = self.touch and self.until and self.until - self.touch.at > FOR_EVER / 2
        return None if is_for_good else self.until


def with_slack(lasts: timedelta) -> timedelta:
    """`lasts`, less the slack when it is a number of whole days."""
    whole_days = lasts >= timedelta(days=1) and lasts % timedelta(days=1) == timedelta(0)
    return lasts - SLACK if whole_days else lasts


def judge(windows: Sequence[Window], touches: Iterable[Touch], now: datetime, mine: str = "") -> tuple[Finding, ...]:
    """Each window against the ledger, at `now`. The touch of ticket `mine` is not held against itself.

    A touch later than `now` counts: a clock that went back must not make a rest shorter.
    """
    others = [t for t in touches if t.ticket != mine]
    return tuple(_judge_one(window, others, now) for window in windows)


def _judge_one(window: Window, touches: Sequence[Touch], now: datetime) -> Finding:
    counted = sorted((t for t in touches if window.counts(t) and t.at > now - window.lasts), key=lambda t: t.at)
    if len(counted) < window.limit:
        return Finding(window.rule, passed=True)
    last = counted[-window.limit]
    return Finding(window.rule, passed=False, until=last.at + window.lasts, touch=last)
