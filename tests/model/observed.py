"""One step of the machine, and what it did as seen from outside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine

from server.core.links import seal
from server.services import Services
from tests.model.cast import INSTANT, MINUTE, NAMES, PHONES, Open
from tests.model.faults import Died, Fuse, Line
from tests.model.ledger import Contact, Ledger, No, Person
from tests.model.world import Snapshot, World, posts
from tests.parts import NOON

LEASES_LAPSE = 15 * MINUTE


class Observed(RuleBasedStateMachine):
    """What has been seen so far, and the promise that is held against it."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.world.clean()
        self.ledger = Ledger()
        self.now = NOON
        self.skew = timedelta(0)
        self.skews = {self.skew}
        self.line, self.posts = Line(), posts()
        self.away_for = 0
        self.doubt = False
        self.places: list[Open] = []
        self.undone: datetime | None = None
        self.told = 0
        self.unheard: set[str] = set()
        self.times: Counter[str] = Counter()
        self.offers: list[Open] = []
        self.seen: list[Open] = []
        self.browsers: list[str] = ["", ""]
        self.gone: set[str] = set()
        self.known: Snapshot = []

    def process(self, fuse: Fuse) -> Services:
        return self.world.process(fuse, self.now + self.skew, self.now, self.away_for > 0, self.line, self.posts)

    def step(self, deed: Callable[[Services], Any], left: int | None = None) -> Any:
        """`deed` by a process that dies after `left` steps. Died when it did; what left is looked at in any case."""
        self.doubt |= self.away_for > 0
        self.now += INSTANT
        try:
            return deed(self.process(Fuse(left)))
        except Died:
            self.doubt = True
            self.look(died=True)
            self.perhaps_sent()
            return Died
        finally:
            self.away_for = max(0, self.away_for - 1)
            self.look()

    def look(self, died: bool = False) -> None:
        """Who is who now, and what was sent."""
        self.ledger.persons = self.world.who_is_who()
        for channel, post in self.posts.items():
            for item, sure in post.left:
                if item.to in self.gone and sure:
                    self.complain(f"{item.to} is known to be no address, and got {item.id}")
                name = next(n for n in NAMES if item.to in (n, PHONES[n]))
                survey, token = self.world.survey_of(item.id), seal(self.world.services.secret, "survey", item.id)
                is_second = item.id in self.unheard
                if died or not sure:
                    self.unheard.add(item.id)
                open = Open(item.id, token, name, survey, channel, self.now, by_mail=True)
                self.asked(open, sure, is_second)
            for item, scope in post.refused:
                name = next(n for n in NAMES if item.to in (n, PHONES[n]))
                # An address that is not there says nothing of her others.
                is_hers = scope == "optout" and not died
                self.ledger.noes.append(No(name, self.ledger.person(name), channel, sure=is_hers))
                if scope == "address" and not died:
                    self.gone.add(item.to)
            post.left, post.refused = [], []

    def asked(self, open: Open, sure: bool = True, is_second: bool = False) -> None:
        """It reached her. The promise: no rule forbade it, and she got it once; a mail of which nobody heard whether
        it left (`is_second`) may be sent once more."""
        people, (story, step, kind) = self.ledger.person(open.name), self.continues(open.ticket)
        broken = self.ledger.broken(people, open.survey, open.channel, self.now, open.ticket, kind)
        has_answered = any(contact.outcome == "answered" for contact in self.ledger.told(story, open.ticket))
        if sure and has_answered and "follow_up" not in step:
            self.complain(f"{open.name} had answered {open.survey}, and was written to again by {open.channel}")
        if broken and sure:
            history = [c for c in self.ledger.contacts.values() if c.people & people]
            self.complain(
                f"{open.name} was asked {open.survey} by {open.channel} at {self.now} against {broken}; she is"
                f" {sorted(people)} and there was {history}"
            )
        before = self.ledger.contacts.get(open.ticket)
        self.times[open.ticket] += sure or open.by_mail  # a frame that heard nothing shows nothing
        if self.times[open.ticket] > 1 + (is_second and open.channel == "email"):
            self.complain(f"{open.name} got {open.survey} by {open.channel} {self.times[open.ticket]} times")
        now = Contact(open.ticket, kind, open.channel, open.survey, self.now, people, sure, story=story)
        if before:
            if open.by_mail and not before.sure:
                self.ledger.earlier.append(before)
            now.kind, now.outcome, now.ever, now.sure = before.kind, before.outcome, before.ever, sure or before.sure
        self.ledger.contacts[open.ticket] = now
        if sure or open.by_mail:
            self.seen = [*[s for s in self.seen if s.ticket != open.ticket], open][-8:]

    def continues(self, ticket: str) -> tuple[str, str, str]:
        """The story that a message belongs to, its step there, and what it is: who has heard of it before is not asked
        once more."""
        story, step = self.world.story_of(ticket)
        return story, step, "continuation" if self.ledger.told(story, ticket) else "ask"

    def in_question(self, people: Person, survey: str, channel: str, ticket: str = "") -> list[str]:
        return self.ledger.in_question(people, survey, channel, self.now, ticket, self.continues(ticket)[2])

    def is_certain(self, people: Person) -> bool:
        """Redis is there and knows what there is to know, and nobody else is about to ask her."""
        recent = [o for o in self.places if self.now - o.at < LEASES_LAPSE + self.ledger.blur]
        return not self.doubt and not any(self.ledger.person(o.name) & people for o in recent)

    def held_for_a_reason(self, people: Person, survey: str, channel: str, ticket: str, reason: str) -> None:
        if self.is_certain(people):
            why = self.in_question(people, survey, channel, ticket)
            if not why:
                self.complain(f"{sorted(people)}: {survey} by {channel} was held by {reason}, and nothing holds it")

    def complain(self, about: str) -> None:
        """The promise is broken."""
        raise AssertionError(about)

    def perhaps_sent(self) -> None:
        """A worker died before the call: nothing left, and nobody but us knows."""
        for row in self.world.invitations(("calling",)):
            if row.id not in self.ledger.contacts:
                people = self.ledger.person(next(n for n in NAMES if row.address in (n, PHONES[n])))
                survey, (story, _, kind) = self.world.surveys[row.survey_id], self.continues(row.id)
                self.ledger.contacts[row.id] = Contact(
                    row.id, kind, row.channel, survey, self.now, people, sure=False, story=story
                )
