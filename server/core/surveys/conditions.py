"""Of whom a question is asked: by what she answered before, her score's group, or what is known of her."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MOST = 20
"""Conditions on one question, and alternatives in one of them."""


@dataclass(frozen=True)
class Said:
    """What is known when a question may come up: answers by question id, as the survey reads them; the group of each
    score; and properties of the person or the occasion."""

    answers: Mapping[str, Any]
    groups: Mapping[str, str]
    properties: Mapping[str, Any]


@dataclass(frozen=True)
class Condition:
    """One thing that must be so. Exactly one of `question` and `property` is set."""

    question: str = ""
    property: str = ""
    among: frozenset[str] = frozenset()
    not_among: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    at_least: float | None = None
    at_most: float | None = None
    answered: bool | None = None

    def holds(self, said: Said) -> bool:
        value = said.properties.get(self.property) if self.property else said.answers.get(self.question)
        if self.answered is not None:
            return self.answered == (value not in (None, ""))
        if self.groups:
            return said.groups.get(self.question) in self.groups
        words = _words(value)
        if self.not_among:
            return not words & self.not_among
        if self.among:
            return bool(words & self.among)
        number = _number(value)
        return number is not None and (
            (self.at_least is None or number >= self.at_least) and (self.at_most is None or number <= self.at_most)
        )


@dataclass(frozen=True)
class When:
    """All of these must hold; of each only one of its alternatives."""

    all: tuple[tuple[Condition, ...], ...] = ()

    def holds(self, said: Said) -> bool:
        return all(any(condition.holds(said) for condition in either) for either in self.all)

    @property
    def questions(self) -> frozenset[str]:
        """The ids that it looks at."""
        return frozenset(c.question for either in self.all for c in either if c.question)


ALWAYS = When()


def when_from(raw: Any, where: str, complaints: list[str]) -> When:
    """The conditions that `raw` lists; what is wrong goes to `complaints`, beginning with `where`.

    Shape: a list of which all must hold, each `{"question": id, …}` or `{"property": name, …}` with one of `is` and
    `not` (lists of values, or of options' ids), `from` and `to` (numbers), `group` (list; scores only), `answered`
    (true or false); or `{"any": [such, …]}`.
    """
    if raw in (None, []):
        return ALWAYS
    if not isinstance(raw, list) or len(raw) > MOST:
        complaints.append(f"{where}: when must be a list of at most {MOST} conditions")
        return ALWAYS
    found = []
    for each in raw:
        either = each.get("any") if isinstance(each, Mapping) and "any" in each else [each]
        if not isinstance(either, list) or not 0 < len(either) <= MOST:
            complaints.append(f"{where}: any must be a list of 1 to {MOST} conditions")
            continue
        found.append(tuple(_condition(one, where, complaints) for one in either))
    return When(tuple(found))


def _condition(raw: Any, where: str, complaints: list[str]) -> Condition:
    raw = raw if isinstance(raw, Mapping) else {}
    tests = [name for name in ("is", "not", "group", "answered") if name in raw]
    tests += ["from and to"] if {"from", "to"} & raw.keys() else []
    unknown = sorted(raw.keys() - {"question", "property", "is", "not", "group", "answered", "from", "to"})
    if unknown:
        complaints.append(f"{where}: a condition has no {', '.join(map(str, unknown))}")
    if ("question" in raw) == ("property" in raw):
        complaints.append(f"{where}: a condition looks at one question or one property")
    if len(tests) != 1:
        complaints.append(f"{where}: a condition says one of is, not, group, answered, or from and to")
    ends = (raw.get("from"), raw.get("to"))
    if any(end is not None and (isinstance(end, bool) or not isinstance(end, int | float)) for end in ends):
        complaints.append(f"{where}: from and to must be numbers")
        ends = (None, None)
    answered = raw.get("answered")
    return Condition(
        question=str(raw.get("question") or ""),
        property=str(raw.get("property") or ""),
        among=_values(raw, "is", where, complaints),
        not_among=_values(raw, "not", where, complaints),
        groups=_values(raw, "group", where, complaints),
        at_least=ends[0],
        at_most=ends[1],
        answered=bool(answered) if answered is not None else None,
    )


def _values(raw: Mapping[str, Any], name: str, where: str, complaints: list[str]) -> frozenset[str]:
    said = raw.get(name, [])
    if not isinstance(said, list) or len(said) > 100 or (name in raw and not said):
        complaints.append(f"{where}: {name} must be a list of 1 to 100 values")
        return frozenset()
    return frozenset(str(value) for value in said)


def _words(value: Any) -> frozenset[str]:
    """What `value` may be called in a condition: itself, or each option that was chosen."""
    if value is None:
        return frozenset()
    if isinstance(value, Mapping):
        return frozenset(map(str, value.get("chosen", ())))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return frozenset(map(str, value))
    return frozenset({str(value)})


def _number(value: Any) -> float | None:
    try:
        return float(value) if not isinstance(value, bool | Mapping) else None
    except (TypeError, ValueError):
        return None
