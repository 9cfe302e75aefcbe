"""What would a policy have done? The past is told again, one person at a time, and every ask judged by other rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from server.core.policy import RULES, Policy
from server.core.throttle import Touch, Window, judge


@dataclass(frozen=True)
class Chance:
    """A moment at which a person might have been asked, and what came of it: `held_by` is empty when she was. `ticket`
    names the story that began with it."""

    at: datetime
    survey: str
    channel: str
    ticket: str
    held_by: str = ""
    outcome: str = ""


@dataclass
class Tale:
    """How many chances became asks, by channel, and which rules held the others; as it was, and as it would be."""

    was_asked: Counter[str] = field(default_factory=Counter)
    would_be_asked: Counter[str] = field(default_factory=Counter)
    was_held: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By channel and rule."""
    would_be_held: Counter[tuple[str, str]] = field(default_factory=Counter)
    people: int = 0

    @property
    def chances(self) -> int:
        return self.was_asked.total() + self.was_held.total()

    def as_json(self) -> dict[str, Any]:
        """`{"people", "chances", "happened": {"asked": {channel: n}, "held": {channel: {rule: n}}}, "would": …}`."""
        return {
            "people": self.people,
            "chances": self.chances,
            "happened": {"asked": dict(self.was_asked), "held": _by_channel(self.was_held)},
            "would": {"asked": dict(self.would_be_asked), "held": _by_channel(self.would_be_held)},
        }


def tale_from(said: Mapping[str, Any]) -> Tale:
    """The tale of which `as_json` said this; nothing said is a tale not begun."""
    happened, would = said.get("happened", {}), said.get("would", {})
    return Tale(
        was_asked=Counter(happened.get("asked", {})),
        would_be_asked=Counter(would.get("asked", {})),
        was_held=_by_both(happened.get("held", {})),
        would_be_held=_by_both(would.get("held", {})),
        people=said.get("people", 0),
    )


def _by_channel(held: Mapping[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for (channel, rule), count in held.items():
        found.setdefault(channel, {})[rule] = count
    return found


def _by_both(held: Mapping[str, Mapping[str, int]]) -> Counter[tuple[str, str]]:
    return Counter({(channel, rule): n for channel, rules in held.items() for rule, n in rules.items()})


class Rehearsal:
    """One policy, tried on the past of one person after the other; `tale` is what is told so far."""

    def __init__(self, policy: Policy, ids: Mapping[str, int], tale: Tale | None = None) -> None:
        self._ids = ids
        self._windows: dict[str, tuple[Window, ...]] = {slug: policy.windows(slug, ids) for slug in ids}
        self.tale = tale or Tale()

    def person(self, history: Iterable[Touch], chances: Sequence[Chance]) -> None:
        """`history`: touches that these chances did not make, before and between them (what other systems reported,
        what she opened herself, what came before the time that is told), and what continued them, which would not have
        come without them. `chances`: in order of time."""
        stories = {chance.ticket for chance in chances}
        past = sorted(history, key=lambda touch: touch.at)
        ledger = [touch for touch in past if touch.story not in stories]
        continued = [touch for touch in past if touch.story in stories]
        self.tale.people += 1
        for chance in chances:
            self._happened(chance)
            held_by = self._held_by(chance, [touch for touch in ledger if touch.at <= chance.at])
            if held_by:
                self.tale.would_be_held[chance.channel, held_by] += 1
            else:
                self.tale.would_be_asked[chance.channel] += 1
                ledger += [self._touch(chance), *(touch for touch in continued if touch.story == chance.ticket)]

    def _held_by(self, chance: Chance, past: Sequence[Touch]) -> str:
        if chance.held_by and chance.held_by not in RULES:
            return chance.held_by  # she had said no, or the survey was not running: no policy changes that
        found = judge(self._windows[chance.survey], past, chance.at)
        return next((f.rule for f in found if not f.passed), "")

    def _happened(self, chance: Chance) -> None:
        if chance.held_by:
            self.tale.was_held[chance.channel, chance.held_by] += 1
        else:
            self.tale.was_asked[chance.channel] += 1

    def _touch(self, chance: Chance) -> Touch:
        # Whoever was really asked is taken to answer as she did; of the others nobody knows, and nothing is assumed.
        return Touch(chance.ticket, "ask", chance.channel, self._ids[chance.survey], chance.at, chance.outcome)
