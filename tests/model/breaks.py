"""What breaks: Redis, clocks, and the patience of whoever decides the rules."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from server.flows.decide import decide
from tests.model.cast import DAY, INSTANT, MINUTE, before, edge, leaps, policies, who
from tests.model.ledger import Name
from tests.model.observed import Observed


class Breaks(Observed):
    """Time, rules and Redis are not what they were."""

    @initialize(policy=policies())
    def first_rules(self, policy: dict[str, Any]) -> None:
        self.new_rules(policy)

    @rule(policy=policies())
    def new_rules(self, policy: dict[str, Any]) -> None:
        self.step(lambda parts: decide(parts, self.world.site.id, policy, "the team"))
        self.ledger.policy = policy

    @rule()
    def redis_is_flushed(self) -> None:
        self.world.flush()
        self.line.ids, self.line.doubts = [], []
        self.doubt, self.places = False, []

    @rule(steps=st.integers(1, 4))
    def redis_goes_away(self, steps: int) -> None:
        self.away_for = steps

    @rule()
    def somebody_copies_redis(self) -> None:
        self.known = self.world.snapshot()

    @precondition(lambda self: self.known)
    @rule()
    def redis_is_yesterdays(self) -> None:
        self.world.go_back_to(self.known)
        self.doubt = True

    @rule(by=leaps)
    def time_passes(self, by: timedelta) -> None:
        self.now += by

    @precondition(lambda self: self.ledger.contacts)
    @rule(name=who, index=edge, less=before)
    def a_rule_is_about_to_end(self, name: Name, index: int, less: timedelta) -> None:
        ahead = [
            e for e in self.ledger.edges(self.ledger.person(name), "nps") if INSTANT < e - less - self.now <= 100 * DAY
        ]
        if ahead:
            self.now = ahead[index % len(ahead)] - less - INSTANT  # the next step is at that very moment

    @rule(minutes=st.sampled_from([-5, -2, 0, 5]))
    def a_clock_is_wrong(self, minutes: int) -> None:
        self.skew = minutes * MINUTE
        self.skews.add(self.skew)
        self.ledger.blur = max(self.skews) - min(self.skews)
