"""Targeting as it is written down: what each word may be, and everything that is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from server.core.policy_moments import MomentReader

MOST = 50
"""Values in one list."""
LONGEST = 300
"""Characters of one value."""

_PATTERN = re.compile(r"(/|\*|https?://)[^\s?#]*")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{1,8})*")


class Reader(MomentReader):
    """Reads a document and collects what is wrong with it."""

    def lines(self, said: Any, where: str) -> tuple[str, ...]:
        """A list of short texts, in one line each."""
        if said is None:
            return ()
        fine = isinstance(said, list | tuple) and 0 < len(said) <= MOST
        if not fine or not all(
            isinstance(each, str) and 0 < len(each) <= LONGEST and each.isprintable() for each in said
        ):
            self.complaints.append(f"{where} must be a list of 1 to {MOST} texts of 1 to {LONGEST} characters each")
            return ()
        return tuple(dict.fromkeys(said))

    def patterns(self, said: Any, where: str) -> tuple[str, ...]:
        found = self.lines(said, where)
        for each in found:
            if not _PATTERN.fullmatch(each):
                self.complaints.append(f"{where}: “{each}” must begin with /, * or https:// and have no ?, # or space")
            elif each.count("*") > 10:
                self.complaints.append(f"{where}: “{each}” must have at most 10 *")
        return found

    def among(self, said: Any, where: str, known: Sequence[str]) -> tuple[str, ...]:
        """A list of some of `known`."""
        found = self.lines(said, where)
        if not set(found) <= set(known):
            self.complaints.append(f"{where} must be a list of {', '.join(known)}")
        return found

    def one_of(self, said: Any, where: str, known: Collection[str]) -> str | None:
        if said is None:
            return None
        if not isinstance(said, str) or said not in known:
            self.complaints.append(f"{where} must be one of {', '.join(known)}")
            return None
        return said

    def languages(self, said: Any, where: str) -> tuple[str, ...]:
        found = tuple(each.lower() for each in self.lines(said, where))
        for each in found:
            if not _LANGUAGE.fullmatch(each):
                self.complaints.append(f"{where}: “{each}” must be a language, such as de or pt-BR")
        return found

    def properties(self, said: Any, where: str) -> Mapping[str, frozenset[str]]:
        """Allowed values by name; numbers and yes or no as JSON writes them."""
        said = self.mapping(where, {} if said is None else said)
        if len(said) > MOST or not all(isinstance(name, str) and 0 < len(name) <= 60 for name in said):
            self.complaints.append(f"{where} must name at most {MOST} properties, of 1 to 60 characters each")
            return {}
        return {name: frozenset(self.lines(_as_texts(each), f"{where}: {name}")) for name, each in said.items()}

    def number(self, said: Any, where: str, most: int) -> float | None:
        if said is None:
            return None
        if isinstance(said, bool) or not isinstance(said, int | float) or not 0 < said <= most:
            self.complaints.append(f"{where} must be a number above 0 and up to {most}")
            return None
        return said

    def flag(self, said: Any, where: str) -> bool:
        if said is not None and not isinstance(said, bool):
            self.complaints.append(f"{where} must be true or false")
        return said is True


def _as_texts(said: Any) -> Any:
    values = said if isinstance(said, list | tuple) else [said]
    return [as_text(each) for each in values]


def as_text(value: Any) -> Any:
    """`True` → `true`, `3` → `3`: a property's value as both sides compare it. What is no such value stays."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value
