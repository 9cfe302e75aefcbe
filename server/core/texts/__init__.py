"""Our own words to people who are asked, in their language. One more language is one more file here, and its line in
LANGUAGES."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import ceil

from server.core.texts.ar import ARABIC
from server.core.texts.de import GERMAN
from server.core.texts.en import ENGLISH

LANGUAGES: Mapping[str, Mapping[str, str]] = {"en": ENGLISH, "de": GERMAN, "ar": ARABIC}

RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})

_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}")


def language_tag(said: object) -> str:
    """`said` as a tag of BCP 47, as far as anybody uses one here: `pt_BR` is `pt-BR`; "" for what is none."""
    tag = str(said or "").replace("_", "-")
    return tag if _TAG.fullmatch(tag) else ""


def texts(language: str) -> Mapping[str, str]:
    """The words in `language` (BCP 47), English where there is no table for it."""
    return LANGUAGES.get(language.split("-")[0].lower(), ENGLISH)


def direction(language: str) -> str:
    """`rtl` or `ltr`, for the page's `dir`."""
    return "rtl" if language.split("-")[0].lower() in RIGHT_TO_LEFT else "ltr"


def takes(t: Mapping[str, str], seconds: int) -> str:
    """How long it takes, in words: seconds up to 90, then minutes."""
    if seconds <= 90:
        return t["takes"].format(n=rounded(seconds))
    return t["takes_minutes"].format(n=ceil(seconds / 60))


def rounded(seconds: int) -> int:
    """Up, to what one says: 5 seconds within a minute, 30 above it."""
    step = 5 if seconds <= 60 else 30
    return max(5, step * ceil(seconds / step))
