"""What was typed into the policy's form, and where a complaint about a part of it belongs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from server.core.policy import BadPolicy

Typed = Mapping[str, str]
"""The form: what stands in each field, by its name."""


@dataclass
class Draft:
    """What a form says, as a document; and where a complaint about a part of it belongs."""

    document: dict[str, Any] = field(default_factory=dict)
    complaints: dict[str, str] = field(default_factory=dict)
    """By field; under "" what belongs to none."""
    places: dict[str, tuple[str, str]] = field(default_factory=dict)
    """How a complaint of `policy_from` begins → the field, and what to say there."""

    def hear(self, why: BadPolicy) -> None:
        """Every complaint goes to its field, in the form's own words."""
        for said in why.complaints:
            known = [begins for begins in self.places if said.startswith(begins)]
            where, words = self.places[max(known, key=len)] if known else ("", said)
            self.complaints.setdefault(where, words)


def filled(typed: Typed, name: str) -> str:
    """What stands in a field, trimmed."""
    return typed.get(name, "").strip()


def number(raw: str) -> int | float | str:
    """What was typed as a number, or as it was typed, for `policy_from` to complain of."""
    if re.fullmatch(r"[0-9]{1,9}", raw):
        return int(raw)
    return float(raw.replace(",", ".")) if re.fullmatch(r"[0-9]{1,9}[.,][0-9]{1,9}", raw) else raw or "?"
