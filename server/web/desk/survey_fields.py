"""Single fields of a survey's form: each changes its piece of the definition only where somebody typed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from werkzeug.datastructures import MultiDict

from server.core.surveys.edit import Made, put, text_in, with_text

Form = MultiDict[str, str]


def filled(form: Form, name: str) -> str:
    """What stands in a field, trimmed; the text of half a character is no text."""
    raw = form.get(name, "").replace("\r\n", "\n").replace("\x00", "")
    return raw.encode(errors="ignore").decode().strip()


def text(form: Form, name: str, piece: Made, key: str, language: str, own: str) -> None:
    """A text in the language of the form."""
    if name in form and (said := filled(form, name)) != text_in(piece.get(key), language, own):
        put(piece, key, with_text(piece.get(key), language, own, said))


def plain(form: Form, name: str, piece: Made, key: str) -> None:
    """A word that is the same in every language."""
    if name in form and (said := filled(form, name)) != str(piece.get(key) or ""):
        put(piece, key, said)


def number(form: Form, name: str, piece: Made, key: str) -> None:
    """A number; what is none stays as it was typed, for the survey to complain of."""
    if name in form and (said := filled(form, name)) != shown(piece.get(key)):
        put(piece, key, as_number(said))


def flag(form: Form, name: str, piece: Made, key: str) -> None:
    if bool(form.get(name)) != bool(piece.get(key)):
        put(piece, key, bool(form.get(name)))


def lines(form: Form, name: str, piece: Made, key: str) -> None:
    """A list, a line each."""
    if name in form:
        several(piece, key, [each.strip() for each in filled(form, name).split("\n") if each.strip()])


def several(piece: Made, key: str, said: Sequence[Any]) -> None:
    """A list of words."""
    before = piece.get(key)
    if not isinstance(before, list) or [str(each) for each in before] != [str(each) for each in said]:
        put(piece, key, list(said))


def as_number(said: str) -> int | float | str:
    """What was typed as a number, or as it was typed."""
    if re.fullmatch(r"-?[0-9]{1,9}", said):
        return int(said)
    return float(said.replace(",", ".")) if re.fullmatch(r"-?[0-9]{1,9}[.,][0-9]{1,9}", said) else said


def shown(value: Any) -> str:
    """A number as it stands in its field."""
    return "" if value is None or isinstance(value, bool) else str(value)
