"""What she said before, and what is known of her, in the words of a later question."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

_PLACE = re.compile(r"\{(answer|property|person)\.([^{}|\n]{1,60})(?:\|([^{}\n]{0,200}))?\}")
LONGEST = 200
"""Characters of a piped value: a page of comment must not become a heading."""


def fill(text: str, answers: Mapping[str, str], properties: Mapping[str, Any], name: str = "") -> str:
    """`text` with its places filled: `{answer.reason}` by what she answered, in words, `{property.plan}`,
    `{person.name}`; after a bar what stands there otherwise: `{person.name|friend}`. Plain text: whoever shows it
    escapes it."""

    def found(place: re.Match[str]) -> str:
        of, key, otherwise = place.groups()
        value = answers.get(key) if of == "answer" else properties.get(key) if of == "property" else name
        said = "" if value is None or isinstance(value, dict | list) else " ".join(str(value).split())
        return said[:LONGEST] or otherwise or ""

    return _PLACE.sub(found, text)


def marked(text: str, mark: Callable[[str], str]) -> str:
    """`text` with `mark` of each place in its stead: what is the same for everybody, and where the rest belongs."""
    return _PLACE.sub(lambda place: mark(place[0]), text)


def places_in(text: str) -> frozenset[str]:
    """The questions whose answers `text` wants."""
    return frozenset(key for of, key, _ in _PLACE.findall(text) if of == "answer")
