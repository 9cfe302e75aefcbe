"""Everything that can happen to a few people, in any order, with everything broken that can break.

After each step the promise is checked on what really left, by the ledger of the model and not by the server's.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from server.flows.offer import NotNow, Visitor, offer
from tests.model.breaks import Breaks
from tests.model.browsers import Browsers
from tests.model.cast import NAMES, SECOND, Open, before, edge, outcomes, pick, who
from tests.model.ledger import Name
from tests.model.names import Names
from tests.model.sends import Sends
from tests.model.world import World


class Promise(Browsers, Sends, Names, Breaks):
    """The windows hold for every person, whatever happens. `world` is set by whoever runs it."""

    @rule(index=edge, less=before, name=who, channel=st.sampled_from(["widget", "email", "sms"]), outcome=outcomes)
    def she_is_asked_when_a_rule_ends(
        self, index: int, less: timedelta, name: Name, channel: str, outcome: Any
    ) -> None:
        if not any(name in contact.people for contact in self.ledger.contacts.values()):
            self.a_hook_tells(name, "link", "nps", None, False)
        self.a_rule_is_about_to_end(name, index, less)
        if channel == "widget":
            self.a_page_asks_and_shows(name, 0, channel)
        else:
            self.a_program_invites_and_it_goes(name, channel, outcome, None)

    @precondition(lambda self: len(self.ledger.persons) > 1)
    @rule(one=pick, other=pick, name=who, apart=st.booleans())
    def she_is_asked_when_she_is_one(self, one: int, other: int, name: Name, apart: bool) -> None:
        self.somebody_says_they_are_one(one, other, None)
        if apart:
            self.a_hook_tells(name, "link", "nps", None, False)
            if merges := self.world.merges():
                self.somebody_takes_it_back(len(merges) - 1, None)
        for each in NAMES[:2]:
            self.a_page_asks_and_shows(each, 1, "view")

    @rule(name=who, channel=st.sampled_from(["widget", "view"]))
    def the_faults_stop_and_she_is_asked_once_more(self, name: Name, channel: str) -> None:
        self.make_whole()
        identity = self.world.identity(name, self.now)
        made = self.step(lambda parts: offer(parts, self.world.site, channel, Visitor(identity)))
        people = self.ledger.person(name)
        if isinstance(made, NotNow):
            for survey in self.world.surveys.values():
                self.held_for_a_reason(people, survey, channel, "", made.reason)
        else:
            open = Open(made.offer.ticket, made.token, name, made.survey.slug, channel, self.now)
            self.reveal(open, None)
            if open.ticket not in self.ledger.contacts:
                self.complain(f"{name}: a gate that knows nothing offered what the ledger refused")

    def make_whole(self) -> None:
        """Redis is back and empty, the clock is right, leases have lapsed, and what waited has come to rest."""
        self.away_for, self.skew, self.offers = 0, timedelta(0), []
        self.redis_is_flushed()
        for _ in range(4):
            self.now += 35 * SECOND + self.ledger.blur  # what was noted by a fast clock lies ahead of a right one
            self.the_clock_turns(None)
            while self.line.ids or self.line.doubts:
                if self.line.ids:
                    self.work(self.line.ids.pop(0), None, None)
                else:
                    self.a_worker_looks_into_doubts(None, None)
        stuck = [
            r.id for r in self.world.invitations(("planned", "queued", "calling")) if r.due_at and r.due_at <= self.now
        ]
        if stuck:
            self.complain("something waits that nobody takes up")
        self.redis_is_flushed()


def machine_for(world: World) -> type[Promise]:
    """The machine, bound to `world`."""
    return type("Promise", (Promise,), {"world": world})
