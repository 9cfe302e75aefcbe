"""What really reached each person, and the rules said a second time, as plainly as they can be.

Nothing here comes from the server's own rules: it is the measure that these are held to. A name is anything that a
person is met by (an address, a browser); which names are one person is told from outside, after every step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

DAY = timedelta(days=1)
EVER = timedelta(days=36_500)
Name = str
Person = frozenset[Name]


@dataclass
class Contact:
    """Something that reached a person; or that may have, when it is not `sure`."""

    ticket: str
    kind: str
    channel: str
    survey: str
    at: datetime
    people: Person
    """Every name that was hers at that time."""
    sure: bool = True
    outcome: str = ""
    ever: set[str] = field(default_factory=lambda: {""})
    """Every outcome that it had, or may have."""
    story: str = ""
    """The ticket with which began what it belongs to."""


@dataclass(frozen=True)
class No:
    """She said no to `channel`, or to "all"."""

    said_by: Name
    people: Person
    channel: str
    sure: bool = True


@dataclass(frozen=True)
class Rule:
    """Fewer than `limit` contacts that `counts` (told the contact and its outcome) in the last `lasts`."""

    name: str
    limit: int
    lasts: timedelta
    counts: Callable[[Contact, str], bool]


def length(days: float) -> timedelta:
    """Whole days have half a day of slack."""
    return timedelta(days=days) - (DAY / 2 if days >= 1 and days == int(days) else timedelta(0))


def rules(policy: Mapping[str, Any], survey: str, kind: str = "ask") -> Iterator[Rule]:
    """Every rule of the document `policy` for an ask of `survey`; for what continues one those about all contacts."""
    yield from contact_rules(policy)
    if kind == "continuation":
        return
    own = policy.get("surveys", {}).get(survey, {})
    for name, outcome, usual in (
        ("rest", None, 30), ("rest_after_dismissal", "dismissed", 30), ("rest_after_answer", "answered", 90),
    ):  # fmt: skip
        days = own.get(f"{name}_days", policy.get(f"{name}_days", usual))
        if days != "none":
            yield Rule(name, 1, length(days), lambda c, o, wanted=outcome: c.kind == "ask" and wanted in (None, o))  # type: ignore[misc]
    repeat = own.get("repeat", "none")
    if repeat == "until_answered":
        answered = Rule(repeat, 1, EVER, lambda c, o: c.kind == "ask" and c.survey == survey and o == "answered")
        yield answered
    elif repeat != "none":
        every = EVER - DAY / 2 if repeat == "once" else length(repeat["days"])
        yield Rule("repeat", 1, every, lambda c, o: c.kind == "ask" and c.survey == survey)
    group = own.get("group")
    if group and policy["groups"][group]["rest_days"] != "none":
        grouped = {slug for slug, said in policy["surveys"].items() if said.get("group") == group}
        days = policy["groups"][group]["rest_days"]
        yield Rule("group_rest", 1, length(days), lambda c, o: c.kind == "ask" and c.survey in grouped)


def contact_rules(policy: Mapping[str, Any]) -> Iterator[Rule]:
    load = policy.get("load", {"touches": 4, "days": 7})
    if load != "none":
        yield Rule("load", load["touches"], length(load["days"]), lambda c, o: True)
    hours = policy.get("rest_after_external_hours", 24)
    if hours != "none":
        yield Rule("after_external", 1, timedelta(hours=hours), lambda c, o: c.kind == "external")


@dataclass
class Ledger:
    """The true history of everybody, and what is in force."""

    policy: Mapping[str, Any] = field(default_factory=dict)
    contacts: dict[str, Contact] = field(default_factory=dict)
    earlier: list[Contact] = field(default_factory=list)
    """Mails of which nobody heard whether they left, and that were sent once more since: they may have reached whoever
    was one with her by then. What came of the mail is theirs too: `ever` is the same set."""
    noes: list[No] = field(default_factory=list)
    persons: Mapping[Name, Person] = field(default_factory=dict)
    blur: timedelta = timedelta(0)
    """How far apart the clocks were at most."""

    def person(self, name: Name) -> Person:
        """Every name that is hers now."""
        return self.persons.get(name, frozenset({name}))

    def told(self, story: str, but: str) -> list[Contact]:
        """What has reached, or may have reached, somebody of this story beside one message."""
        return [c for c in self.contacts.values() if story and c.story == story and c.ticket != but]

    def broken(
        self, who: Person, survey: str, channel: str, now: datetime, ticket: str = "", kind: str = "ask"
    ) -> list[str]:
        """The rules that an ask of her, now, or what continues one, breaks for certain."""
        held = [] if not self._said_no(who, channel, sure=True) else ["consent"]
        history = [c for c in self._of(who, ticket) if c.sure]
        for rule in rules(self.policy, survey, kind):
            inside = [c for c in history if now - c.at < rule.lasts - self.blur and rule.counts(c, c.outcome)]
            if len(inside) >= rule.limit:
                held.append(rule.name)
        return held

    def in_question(
        self, who: Person, survey: str, channel: str, now: datetime, ticket: str = "", kind: str = "ask"
    ) -> list[str]:
        """The rules that there may be reason to hold her back by, for somebody who fears the worst."""
        held = [] if not self._said_no(who, channel, sure=False) else ["consent"]
        feared = [*self._of(who, ticket), *self._earlier(who, ticket)]
        for rule in rules(self.policy, survey, kind):
            near = [c for c in feared if now - c.at < rule.lasts + self.blur]
            if len([c for c in near if any(rule.counts(c, o) for o in c.ever)]) >= rule.limit:
                held.append(rule.name)
        return held

    def edges(self, who: Person, survey: str) -> list[datetime]:
        """Every moment at which a rule for `survey` may end for her, the latest first."""
        lengths = {rule.lasts for rule in rules(self.policy, survey) if rule.lasts < timedelta(days=9999)}
        return sorted({c.at + lasts for c in self._of(who, "") for lasts in lengths}, reverse=True)

    def came_to(self, ticket: str, outcome: str, sure: bool) -> None:
        """What she did with it, and so with the ask that it continues. An answer says more than a dismissal, whichever
        came first."""
        own = self.contacts[ticket]
        for contact in [own, *(c for c in self.told(own.story, ticket) if c.kind == "ask")]:
            self._came_to(contact, outcome, sure)

    def _came_to(self, contact: Contact, outcome: str, sure: bool) -> None:
        if "answered" not in contact.ever:
            contact.outcome = outcome if sure else contact.outcome if outcome == "dismissed" else ""
        elif outcome == "answered" and sure:
            contact.outcome = outcome
        contact.ever.add(outcome)

    def _of(self, who: Person, but: str) -> Iterable[Contact]:
        return [c for c in self.contacts.values() if c.people & who and c.ticket != but]

    def _earlier(self, who: Person, but: str) -> Iterable[Contact]:
        """What may have reached her before it was sent once more, to somebody who is not she any longer."""
        hers = [c for c in self.earlier if c.people & who and c.ticket != but]
        return [c for c in hers if not self.contacts[c.ticket].people & who]

    def _said_no(self, who: Person, channel: str, sure: bool) -> bool:
        return any(
            (no.said_by in who and no.sure if sure else no.people & who) and no.channel in ("all", channel)
            for no in self.noes
        )
