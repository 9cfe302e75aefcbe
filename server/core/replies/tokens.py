"""Letters as phones send them, made plain, and cut into words and numbers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

LONGEST = 1600
"""Characters looked at; a text message has no more (https://www.twilio.com/docs/glossary/what-sms-character-limit)."""

_KEYCAP = dict.fromkeys((0xFE0E, 0xFE0F, 0x20E3))
_ARABIC = {0x0623: "ا", 0x0625: "ا", 0x0622: "ا", 0x0649: "ي", 0x0640: None}
"""Alef with and without hamza, final yeh, and the stroke that stretches a word are written as it comes."""
_MARKS = re.compile(r"[\u064b-\u0652\u0670]")
_TOKEN = re.compile(r"[-−+]?\d+(?:[.,]\d+)*|[^\W\d_]+|[^\w\s]|\n")

NUMBERS: Mapping[str, Mapping[str, int]] = {
    "en": {"zero": 0, "nought": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
           "eight": 8, "nine": 9, "ten": 10},
    "de": {"null": 0, "eins": 1, "zwei": 2, "zwo": 2, "drei": 3, "vier": 4, "fünf": 5, "fuenf": 5, "sechs": 6,
           "sieben": 7, "acht": 8, "neun": 9, "zehn": 10},
    "ar": {"صفر": 0, "واحد": 1, "واحدة": 1, "اثنان": 2, "اثنين": 2, "ثلاثة": 3, "ثلاث": 3, "اربعة": 4, "اربع": 4,
           "خمسة": 5, "خمس": 5, "ستة": 6, "ست": 6, "سبعة": 7, "سبع": 7, "ثمانية": 8, "ثمان": 8, "تسعة": 9, "تسع": 9,
           "عشرة": 10, "عشر": 10},
}  # fmt: skip


def words(text: str) -> frozenset[str]:
    """A list of words, as it is written down."""
    return frozenset(text.split())


@dataclass(frozen=True)
class Token:
    """A word (`number` is None), a sign, or a number, which may have been a word."""

    text: str
    number: int | None = None
    is_whole: bool = True
    """False for what is a number and no whole one, such as 9.5."""

    @property
    def is_number(self) -> bool:
        return self.number is not None or not self.is_whole

    @property
    def is_word(self) -> bool:
        return not self.is_number and self.text[0].isalpha()


def plain(text: str) -> str:
    """One spelling for what looks alike: wide and circled digits, keycaps, capitals, Arabic written with marks."""
    text = unicodedata.normalize("NFKC", text[:LONGEST]).translate(_KEYCAP)
    return _MARKS.sub("", text).translate(_ARABIC).casefold().replace("’", "'")


def tokens(text: str, language: str) -> list[Token]:
    """`text` in order. Number words are understood in English and in `language`."""
    known = {**NUMBERS["en"], **NUMBERS.get(language.split("-")[0].lower(), {})}
    return [_token(found, known) for found in _TOKEN.findall(plain(text).strip().replace("'", ""))]


def _token(text: str, known: Mapping[str, int]) -> Token:
    if text in known:
        return Token(text, known[text])
    if not text[-1].isdigit():
        return Token(text)
    if "." in text or "," in text:
        return Token(text, is_whole=False)
    # A number of many digits is no score, however many they are.
    return Token(text, int(text.replace("−", "-")[:9]))
