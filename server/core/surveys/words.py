"""Texts of a survey's author, in as many languages as she wrote them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}")
"""A BCP 47 tag, as far as anybody uses one here."""
TEXT_MAX = 2000


class Words:
    """Reads texts in one language: a text is a string, or `{"en": …, "de": …}`. Where there is none in that language,
    the region's parent, then the survey's own language, then whatever there is."""

    def __init__(self, language: str, own: str, complaints: list[str]) -> None:
        parent = language.split("-")[0]
        self.language = language
        self._own = own
        self._wanted = (language, parent, own)
        self._complaints = complaints

    def is_text(self, raw: Any) -> bool:
        return isinstance(raw, Mapping) and bool(raw) and all(LANGUAGE.fullmatch(str(key)) for key in raw)

    def has(self, raw: Any) -> bool:
        """Whether `raw` was written in this very language, or in its region's parent."""
        if isinstance(raw, Mapping):
            return any(raw.get(language) for language in self._wanted[:2])
        return bool(raw) and self.language.split("-")[0] == self._own.split("-")[0]

    def read(self, raw: Any, where: str) -> str:
        """The text in `raw`, "" for none; what is none goes to the complaints."""
        if isinstance(raw, Mapping):
            if not self.is_text(raw) and raw:
                self._complaints.append(f"{where}: a text in several languages is an object by language, such as en")
                return ""
            raw = next((raw[language] for language in (*self._wanted, *raw) if language in raw), "")
        text = "" if raw is None else str(raw).replace("\x00", "")
        if len(text) > TEXT_MAX:
            self._complaints.append(f"{where}: a text has at most {TEXT_MAX} characters; this has {len(text)}")
        return text[:TEXT_MAX]


def languages_in(definition: Any) -> frozenset[str]:
    """Every language in which anything in `definition` is written."""
    found: set[str] = set()
    waiting, seen = [definition], 0
    while waiting and seen < 10_000:
        seen += 1
        each = waiting.pop()
        if isinstance(each, Mapping):
            tags = [str(key) for key in each if LANGUAGE.fullmatch(str(key))]
            is_text = tags and len(tags) == len(each) and "url" not in each  # a link without a label
            if is_text and all(isinstance(text, str) for text in each.values()):
                found |= set(tags)
            else:
                waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)
    return frozenset(found)
