"""One contact with a person that is judged: on which channel, and what is known of it already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from server.core.people import line
from server.core.throttle import TouchKind, Window

OVERRIDABLE = ("rest", "rest_after_dismissal", "rest_after_answer", "repeat", "until_answered", "group_rest")
"""The rules that somebody who has a reason may pass over: what a site asks of itself, and nothing that she has said,
that the law says, or that other systems' contacts are held by."""


@dataclass(frozen=True)
class Override:
    """She is asked although these rules may hold, `because` of something: what she complained about was mended."""

    rules: frozenset[str] = frozenset()
    because: str = ""

    @property
    def document(self) -> dict[str, Any] | None:
        """`{"rules": [name, …], "because"}`, as it is stored and as it is said; None when nothing is overridden."""
        return {"rules": sorted(self.rules), "because": self.because} if self.rules else None

    def left_of(self, windows: Sequence[Window]) -> tuple[Window, ...]:
        """The windows that still hold."""
        return tuple(window for window in windows if window.rule not in self.rules)


NOTHING = Override()


def override_from(document: Mapping[str, Any] | None) -> Override:
    """As it was stored."""
    return Override(frozenset(document["rules"]), document["because"]) if document else NOTHING


def override_in(said: Any, errors: dict[str, list[str]]) -> Override:
    """What somebody says in the shape of `Override.document`; anything else is told in `errors`, by field."""
    if said is None:
        return NOTHING
    if not isinstance(said, dict):
        errors["override"] = ['must be an object: {"rules": ["rest"], "because": "it is mended"}']
        return NOTHING
    rules, why = said.get("rules"), said.get("because")
    because = line(why, 200).strip() if isinstance(why, str) else ""
    if not (isinstance(rules, list) and rules and all(rule in OVERRIDABLE for rule in rules)):
        errors["override.rules"] = ["must be a list of one or more of " + ", ".join(OVERRIDABLE)]
        return NOTHING
    if not because:
        errors["override.because"] = ["is needed: the reason, in words that a colleague understands later"]
        return NOTHING
    return Override(frozenset(rules), because)


@dataclass(frozen=True)
class Contact:
    """`ticket`: the touch that it is or becomes, which is not held against itself. `address`: where a send goes; the
    latest that is known of her without it. `kind`: an ask, or the continuation of one, which only contact load, consent
    and hours hold."""

    channel: str
    ticket: str = ""
    address: str | None = None
    kind: TouchKind = "ask"
    override: Override = NOTHING
    is_here: bool = False
    """She is on the line, or has asked for it this minute: no hour is too late for that."""
