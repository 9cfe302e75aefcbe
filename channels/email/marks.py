"""What is each person's own in a letter to many: a mark holds its place, and what she reads is put there last."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Any
from unicodedata import bidirectional, category

from channels.channel import Letter

BLANKS_MAX = 10_000
"""Bytes of one person's marks and values together: what SendGrid takes in `substitutions` (Twilio docs, Mail Send
limits). Who needs more gets a mail of her own."""

_FORMS = "stha"
"""In the subject, in plain text, in HTML, in an attribute or the title of it: the same words are written differently
there."""
_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that turn the direction of all that follows, also behind her name."""


@dataclass(frozen=True)
class Marks:
    """Marks of one server. `secret`: letters and digits that nobody who writes into a letter can guess, for else she
    could have a name that is a mark."""

    secret: str

    def of(self, name: str) -> str:
        """The mark that stands for `name` (a-z0-9) in a text: `-t.link.3fa9c2-`."""
        if not re.fullmatch("[a-z0-9]{1,20}", name):
            raise ValueError(f"{name!r} names no mark")
        return f"-t.{name}.{self.secret}-"

    def in_subject(self, text: str) -> str:
        """`text` with its marks as they stand in a subject."""
        return self._plain.sub(rf"-s.\1.{self.secret}-", text)

    def in_html(self, text: str) -> str:
        """`text`, still to be escaped, with its marks as they stand in HTML."""
        return self._plain.sub(rf"-h.\1.{self.secret}-", text)

    def in_attribute(self, text: str) -> str:
        """The same where there are no tags: in an attribute, or in the title."""
        return self._plain.sub(rf"-a.\1.{self.secret}-", text)

    def blanks(self, letter: Letter, said: Mapping[str, str]) -> dict[str, str]:
        """For each mark in `letter` what stands there for the one of whom `said` tells, by name."""
        return {mark: self._written(form, said[name]) for mark, form, name in _used(letter, self.secret)}

    def _written(self, form: str, said: str) -> str:
        clean = "".join(c for c in said if c == "\n" or (category(c) not in ("Cc", "Cs") and c not in _TURNS))
        if form == "s":
            clean = one_line(clean)
        # Providers may go over a letter once for each mark: what somebody wrote must not be taken for one.
        is_mark = self.secret in clean
        if form in "ha":
            markup = escape(clean)
            if form == "h" and any(bidirectional(c) in ("R", "AL") for c in clean):
                markup = f"<bdi>{markup}</bdi>"  # or the comma behind her name goes before it
            markup = markup.replace("\n", " " if form == "a" else "<br>")
            return markup.replace("-", "&#45;") if is_mark else markup
        return clean.replace("-", "\u2010") if is_mark else clean

    @property
    def _plain(self) -> re.Pattern[str]:
        return re.compile(rf"-t\.([a-z0-9]+)\.{self.secret}-")


@lru_cache(256)  # a letter goes to many
def _used(letter: Letter, secret: str) -> tuple[tuple[str, str, str], ...]:
    """Every mark in `letter` once, with its form and its name."""
    marks = re.compile(rf"(-([{_FORMS}])\.([a-z0-9]+)\.{secret}-)")
    return tuple(dict.fromkeys(marks.findall("\n".join((letter.subject, letter.text, letter.html)))))


def filled(letter: Letter, blanks: Mapping[str, str]) -> Letter:
    """`letter` as one person reads it: every mark is replaced once, and nothing that it is replaced by."""
    if not blanks:
        return letter
    marks = re.compile("|".join(map(re.escape, blanks)))

    def put(text: str) -> str:
        return marks.sub(lambda found: blanks[found[0]], text)

    return Letter(put(letter.subject), put(letter.text), put(letter.html))


def fits(blanks: Mapping[str, Any]) -> bool:
    """Whether a provider that sends many at once takes them."""
    return len(json.dumps(blanks)) <= BLANKS_MAX


def one_line(text: str) -> str:
    """Other people's text may hold line breaks; a subject may not."""
    return "".join(c for c in " ".join(text.split()) if c.isprintable())
