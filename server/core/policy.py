"""What a site has decided about asking: its rules, and what each survey makes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

from server.core.moments import SEND_HOURS, Allowance
from server.core.one_click import USUAL, Rule
from server.core.rates import SCALE
from server.core.schedule import Hours
from server.core.throttle import ANY_KIND, FOR_EVER, Window, with_slack

Rest = timedelta | None
"""None switches the rule off, explicitly."""


class BadPolicy(ValueError):
    """A document that is no policy; `complaints` lists everything that is wrong with it."""

    def __init__(self, complaints: Sequence[str]):
        super().__init__("; ".join(complaints))
        self.complaints = tuple(complaints)


RULES = (
    "rest", "rest_after_dismissal", "rest_after_answer",
    "repeat", "until_answered", "group_rest", "load", "after_external",
)  # fmt: skip
"""The names of the windows that a policy can open."""

DEFAULTS: Mapping[str, Rest] = {
    "rest": timedelta(days=30),
    "rest_after_dismissal": timedelta(days=30),
    "rest_after_answer": timedelta(days=90),
}
"""The rests of a site that has said nothing else: between two asks, after a "not now", after an answer."""


SPENDING: Mapping[str, int] = {"sms": 25 * SCALE, "phone": 25 * SCALE}
"""What a site that has said nothing spends in a day on texts, and on calls: some hundred customers, and no ruin when
somebody has stolen a key."""

ALIKE = 30
"""So many numbers of one range within an hour are nobody's customers, most probably: traffic is bought by the range."""


@dataclass(frozen=True)
class SurveyRules:
    """What one survey replaces, and what it adds: None for no rule of its own. `repeat` is its own window;
    `begins` and `ends` are its first and its last day."""

    rests: Mapping[str, Rest] = field(default_factory=dict)
    repeat: Rest = None
    until_answered: bool = False
    group: str = ""
    sample_percent: float | None = None
    pace: Allowance | None = None
    quota: int | None = None
    begins: date | None = None
    ends: date | None = None
    one_click: Rule | None = None


@dataclass(frozen=True)
class Policy:
    """The rules of one site. A rule of a survey replaces the value of the site's rule of the same name."""

    rests: Mapping[str, Rest] = field(default_factory=lambda: dict(DEFAULTS))
    load: tuple[int, timedelta] | None = (4, timedelta(days=7))
    after_external: Rest = timedelta(hours=24)
    groups: Mapping[str, Rest] = field(default_factory=dict)
    surveys: Mapping[str, SurveyRules] = field(default_factory=dict)
    identity: Literal["signed", "trusting"] = "signed"
    """Whether what a page says of its visitor unsigned counts as said of that person."""
    one_click: Rule = USUAL
    """What it takes for the click on a score in a mail to become an answer."""
    zone: str = "UTC"
    """The site's: for people of whom none is known, and for the days of pace, budget and dates."""
    send_hours: Mapping[str, Hours | None] = field(default_factory=lambda: dict(SEND_HOURS))
    budgets: Mapping[str, Allowance | None] = field(default_factory=dict)
    countries: frozenset[str] | None = frozenset()
    """Where texts and calls may go. Empty for the site's own countries; None for everywhere."""
    spending: Mapping[str, int | None] = field(default_factory=lambda: dict(SPENDING))
    """What may be spent on a channel in a day, in ten-thousandths of the account's currency; None for no limit."""
    alike: int | None = ALIKE
    """How many numbers of one range may be written to within an hour."""
    consent_required: frozenset[str] = frozenset()
    """Channels on which nobody is asked who has not said yes."""

    def of(self, slug: str) -> SurveyRules:
        """What the survey `slug` says for itself."""
        return self.surveys.get(slug, SurveyRules())

    def one_click_of(self, slug: str) -> Rule:
        """The rule for clicks on links to the survey `slug`."""
        return self.of(slug).one_click or self.one_click

    @property
    def rules_of_clicks(self) -> set[Rule]:
        """Every rule for clicks that is at work on the site."""
        return {self.one_click, *(own.one_click for own in self.surveys.values() if own.one_click)}

    def windows(self, slug: str, ids: Mapping[str, int]) -> tuple[Window, ...]:
        """The windows that an ask of the survey `slug` must fit into; `ids` has every survey's id by its slug."""
        own = self.of(slug)
        rests = {**self.rests, **own.rests}
        asks: list[Window | None] = [
            _rest("rest", rests["rest"]),
            _rest("rest_after_dismissal", rests["rest_after_dismissal"], outcome="dismissed"),
            _rest("rest_after_answer", rests["rest_after_answer"], outcome="answered"),
            _rest("repeat", own.repeat, surveys=frozenset({ids[slug]})),
            _rest("until_answered", FOR_EVER, surveys=frozenset({ids[slug]}), outcome="answered")
            if own.until_answered
            else None,
            _rest("group_rest", self.groups.get(own.group), self._grouped(own.group, ids)) if own.group else None,
        ]
        return (*(window for window in asks if window), *self.contact_load)

    @property
    def contact_load(self) -> tuple[Window, ...]:
        """The windows that every contact must fit into, also one that only continues an ask."""
        both = (
            Window("load", ANY_KIND, self.load[0], with_slack(self.load[1])) if self.load else None,
            # Said in hours, and meant to the hour.
            Window("after_external", ("external",), 1, self.after_external) if self.after_external else None,
        )
        return tuple(window for window in both if window)

    def rest_of(self, slug: str) -> timedelta:
        """How long after it was shown nothing is asked at all: a browser need not even ask the server."""
        own = self.of(slug)
        lasts = {**self.rests, **own.rests}["rest"]
        return with_slack(lasts) if lasts else timedelta(0)

    def _grouped(self, group: str, ids: Mapping[str, int]) -> frozenset[int]:
        return frozenset(ids[slug] for slug, rules in self.surveys.items() if rules.group == group and slug in ids)


def _rest(rule: str, lasts: Rest, surveys: frozenset[int] = frozenset(), outcome: str = "") -> Window | None:
    return Window(rule, ("ask",), 1, with_slack(lasts), surveys, outcome) if lasts else None
