"""Our own words to people who are asked, in their language. One more language is one more file here, and its line in
LANGUAGES."""

from __future__ import annotations

from collections.abc import Mapping

from server.core.texts.ar import ARABIC
from server.core.texts.de import GERMAN
from server.core.texts.en import ENGLISH

LANGUAGES: Mapping[str, Mapping[str, str]] = {"en": ENGLISH, "de": GERMAN, "ar": ARABIC}

RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})


def texts(language: str) -> Mapping[str, str]:
    """The words in `language` (BCP 47), English where there is no table for it."""
    return LANGUAGES.get(language.split("-")[0].lower(), ENGLISH)


def direction(language: str) -> str:
    """`rtl` or `ltr`, for the page's `dir`."""
    return "rtl" if language.split("-")[0].lower() in RIGHT_TO_LEFT else "ltr"
