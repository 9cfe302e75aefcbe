"""What is learned about who is who, and about whom others wrote to."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from server.flows.merge import merge, undo
from server.flows.report import report
from server.store.tables import Merge
from tests.model.cast import MINUTE, NAMES, dies, pick, who
from tests.model.faults import Died
from tests.model.ledger import Contact, Name
from tests.model.observed import Observed


class Names(Observed):
    """Persons become one, and are taken apart."""

    @precondition(lambda self: len(self.ledger.persons) > 1)
    @rule(one=pick, other=pick, left=dies)
    def somebody_says_they_are_one(self, one: int, other: int, left: int | None) -> None:
        known = sorted(self.ledger.persons, key=lambda name: (name not in NAMES, self.world.record_of(name), name))
        self.join(known[one % len(known)], known[(one + 1 + other % (len(known) - 1)) % len(known)], left)

    def join(self, one: Name, other: Name, left: int | None) -> None:
        ids = [self.world.record_of(name) or 0 for name in (one, other)]
        said = self.step(lambda parts: merge(parts, self.world.site.id, ids[0], ids[1], "desk"), left)
        if isinstance(said, Merge) and other not in self.ledger.person(one):
            self.complain(f"{one} and {other} were merged, and are two")

    @precondition(lambda self: self.world.merges())
    @rule(index=pick, left=dies)
    def somebody_takes_it_back(self, index: int, left: int | None) -> None:
        merges = self.world.merges()
        if merges:
            self.undone = self.now + 5 * MINUTE
            self.step(lambda parts: undo(parts, self.world.site.id, merges[index % len(merges)]), left)

    @rule(
        name=who,
        kind=st.sampled_from(["external", "ask"]),
        ago=st.sampled_from([0, 60, 3600, 86_400, 3 * 86_400]),
        left=dies,
    )
    def another_system_reports(self, name: Name, kind: str, ago: int, left: int | None) -> None:
        self.told += 1
        at = self.now.replace(microsecond=0) - timedelta(seconds=ago)
        said = {"id": f"x{self.told}", "kind": kind, "channel": "mail", "person": {"email": name}, "at": at.timestamp()}
        done = self.step(lambda parts: report(parts, self.world.site.id, [said]), left)
        people = self.ledger.person(name)
        told = Contact(f"x{self.told}", kind, "mail", "", at, people, sure=done is not Died)
        self.ledger.contacts[told.ticket] = told
