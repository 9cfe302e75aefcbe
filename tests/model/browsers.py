"""What browsers do, and the people before them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from server.core.links import BadLink, seal
from server.flows.answer import Closed, answer, dismiss
from server.flows.offer import NotNow, Offered, Visitor, offer
from server.flows.show import NotShown, show, withdraw
from server.flows.unsubscribe import unsubscribe
from server.services import Services
from tests.model.cast import DAY, SECOND, Open, dies, pick, who
from tests.model.faults import Died
from tests.model.ledger import Name, No
from tests.model.observed import Observed

FOR_A_PAGE = 55 * SECOND


class Browsers(Observed):
    """Pages ask and show; she answers, closes, says no."""

    @rule(
        name=who,
        signed=st.booleans(),
        browser=st.integers(0, 1),
        channel=st.sampled_from(["widget", "view"]),
        left=dies,
    )
    def a_page_asks(self, name: Name, signed: bool, browser: int, channel: str, left: int | None) -> None:
        self.visit(name if signed else "", browser, channel, left)

    @rule(name=who, browser=st.integers(0, 1), channel=st.sampled_from(["widget", "view"]))
    def a_page_asks_and_shows(self, name: Name, browser: int, channel: str) -> None:
        if self.visit(name, browser, channel, None):
            self.reveal(self.offers.pop(), None)

    def visit(self, name: Name, browser: int, channel: str, left: int | None) -> bool:
        identity = self.world.identity(name, self.now + self.skew) if name else ""
        visitor = Visitor(identity, self.browsers[browser])
        made = self.step(lambda parts: offer(parts, self.world.site, channel, visitor), left)
        if isinstance(made, Offered):
            open = Open(
                made.offer.ticket, made.token, name or made.visitor, made.survey.slug, channel, self.now, browser,
                made.visitor,
            )  # fmt: skip
            self.offers = [*self.offers, open][-8:]
            self.places.append(open)
            return True
        if isinstance(made, NotNow) and made.reason not in ("unavailable", "identity"):
            people = self.ledger.person(name) | self.ledger.person(self.browsers[browser])
            for survey in self.world.surveys.values():
                self.held_for_a_reason(people, survey, channel, "", made.reason)
        return False

    @precondition(lambda self: self.offers)
    @rule(index=pick, left=dies, again=st.booleans())
    def a_frame_is_ready(self, index: int, left: int | None, again: bool) -> None:
        open = self.offers.pop(index % len(self.offers))
        self.reveal(open, left)
        if again:
            self.reveal(open, None)

    def reveal(self, open: Open, left: int | None) -> None:
        """200 from `show`, and she sees it; anything else, and she does not."""
        try:
            said = self.step(lambda parts: show(parts, open.token), left)
        except NotShown as why:
            if str(why) != "withdrawn":
                people = self.ledger.person(open.name) | self.ledger.person(open.visitor)
                self.held_for_a_reason(people, open.survey, open.channel, open.ticket, str(why))
            return
        except BadLink:
            assert self.now - open.at + self.ledger.blur >= DAY - SECOND
            return
        self.places = [o for o in self.places if o.ticket != open.ticket or said is Died]
        before = self.ledger.contacts.get(open.ticket)
        if before is None or not before.sure:
            self.asked(open, sure=said is not Died)
        if open.browser is not None and said is not Died:
            self.browsers[open.browser] = open.visitor

    @precondition(lambda self: self.offers or self.seen)
    @rule(index=pick, shown=st.booleans(), left=dies)
    def a_frame_never_came_up(self, index: int, shown: bool, left: int | None) -> None:
        known = [s for s in self.seen if not s.by_mail and s.channel != "link"] if shown else self.offers
        if not known:
            return
        open = known[index % len(known)]
        contact = self.ledger.contacts.get(open.ticket)
        try:
            said = self.step(lambda parts: withdraw(parts, open.token), left)
        except BadLink:
            return
        self.seen = [s for s in self.seen if s is not open]
        if said is not Died:
            self.offers, self.places = ([o for o in some if o is not open] for some in (self.offers, self.places))
        if contact is None:
            return
        contact.sure = False
        clear = not self.undone and said is not Died and not self.ledger.blur and contact.ever == {""}
        if clear and not self.doubt and self.now - open.at <= FOR_A_PAGE:
            del self.ledger.contacts[open.ticket]

    @precondition(lambda self: self.seen)
    @rule(index=pick, left=dies)
    def she_answers(self, index: int, left: int | None) -> None:
        self.came_to("answered", index, left, lambda parts, open: answer(parts, open.token, {"score": 1}))

    @precondition(lambda self: self.seen)
    @rule(index=pick, left=dies)
    def she_closes_it(self, index: int, left: int | None) -> None:
        self.came_to("dismissed", index, left, lambda parts, open: dismiss(parts, open.token))

    def came_to(self, outcome: str, index: int, left: int | None, deed: Callable[[Services, Open], Any]) -> None:
        open = self.seen[index % len(self.seen)]
        try:
            said = self.step(lambda parts: deed(parts, open), left)
        except (BadLink, Closed):
            return
        self.ledger.came_to(open.ticket, outcome, sure=said is not Died)

    @precondition(lambda self: self.seen and not self.ledger.noes[1:])
    @rule(index=pick, everything=st.sampled_from([False, False, True]), left=dies)
    def she_says_no(self, index: int, everything: bool, left: int | None) -> None:
        open = self.seen[index % len(self.seen)]
        sealed = seal(self.world.services.secret, "unsubscribe", open.ticket)
        token = sealed if "." not in open.token else open.token
        people = self.ledger.contacts[open.ticket].people
        try:
            said = self.step(lambda parts: unsubscribe(parts, token, "all" if everything else "channel", "page"), left)
        except BadLink:
            return
        channel = "all" if everything else open.channel
        hers = people | self.ledger.person(open.name)
        self.ledger.noes.append(No(open.name, hers, channel, sure=said is not Died))
