"""Who is who: the normal form of an address, a number or a name, so that one person is met as one."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import phonenumbers

IdentifierKind = Literal["user", "email", "phone", "visitor"]

STRONG: tuple[IdentifierKind, ...] = ("user", "email", "phone")
"""What names a person; a visitor id names a browser."""

Known = Mapping[IdentifierKind, Collection[str]]
"""What a person is known by: her values of each kind."""

STRONGEST_FIRST: tuple[IdentifierKind, ...] = (*STRONG, "visitor")

# One @, no spaces or control characters, a dot or a bare host behind it: what a mail system could take.
_ATOM = r"[^\s@<>,;:\"\\\x00-\x1f\x7f\ud800-\udfff]"
_EMAIL = re.compile(_ATOM + r"{1,64}@" + _ATOM + r"{1,190}\Z")
_VISITOR = re.compile(r"v_[A-Za-z0-9_-]{16}\Z")


class BadClaim(ValueError):
    """This cannot be the identifier of anybody; the message says why."""


@dataclass(frozen=True)
class Claim:
    """One identifier of a person, in its normal form."""

    kind: IdentifierKind
    value: str

    @property
    def text(self) -> str:
        """As one word, such as `user/42`."""
        return f"{self.kind}/{self.value}"


def email(raw: str) -> str:
    """Lower case, trimmed. Dots and `+tags` stay: for most mail systems they are different people."""
    address = raw.strip().lower()
    if not _EMAIL.match(address) or ".." in address:
        raise BadClaim("is invalid")
    return address


def phone(raw: str) -> str:
    """E.164, `+` and digits. A number without its country is refused, not guessed.

    Possible numbers are taken even when no range is assigned: numbers made for tests and films are of that kind.
    """
    try:
        number = phonenumbers.parse(raw.strip(), None)
    except phonenumbers.NumberParseException as why:
        raise BadClaim("must be in E.164 format, such as +14155552671") from why
    if not phonenumbers.is_possible_number(number):
        raise BadClaim("is not a possible phone number")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def user(raw: str) -> str:
    """The site's own id, as it is: 1 to 255 characters, case kept, for it is theirs."""
    if not 0 < len(raw) <= 255 or not raw.isprintable():
        raise BadClaim("must have 1 to 255 printable characters")
    return raw


def visitor(raw: str) -> str:
    """An id that this server once gave to a browser."""
    if not _VISITOR.match(raw):
        raise BadClaim("is no visitor id of this server")
    return raw


def line(raw: Any, most: int) -> str:
    """`raw` as one line that every database takes: no control characters, no half of a character, at most `most`."""
    return "".join(c for c in str(raw or "") if c >= " " and not "\ud800" <= c <= "\udfff")[:most]


NORMAL_FORMS = {"email": email, "phone": phone, "user": user, "visitor": visitor}


def claims_of(**said: Any) -> tuple[Claim, ...]:
    """Claims in their normal form, strongest first. What is absent or malformed is left out."""
    found = []
    for kind in STRONGEST_FIRST:
        raw = said.get(kind)
        if isinstance(raw, int) and not isinstance(raw, bool):
            raw = str(raw)
        if isinstance(raw, str) and raw.strip():
            try:
                found.append(Claim(kind, NORMAL_FORMS[kind](raw)))
            except BadClaim:
                continue
    return tuple(found)


def guess(text: str) -> Claim:
    """The claim that a person at a keyboard means by `text`: an address, a number, a visitor or a user id."""
    for kind in ("visitor", "email", "phone"):
        try:
            return Claim(kind, NORMAL_FORMS[kind](text))
        except BadClaim:
            continue
    return Claim("user", user(text))


def may_be(known: Known, said: Mapping[IdentifierKind, str], by: IdentifierKind) -> bool:
    """Whether a person found `by` one kind is the one spoken of: nothing stronger may say otherwise.

    A visitor id alone never turns one signed-in person into another.
    """
    if by == "visitor":
        return not (_is_strong(said) and _is_strong(known))
    return all(said[kind] in known[kind] for kind in _stronger(by) if kind in said and kind in known)


def at_odds(one: Known, other: Known, by: IdentifierKind) -> IdentifierKind | None:
    """Why two persons stay two whom one set of claims names, the other of them `by` this kind: the strongest kind
    of which each has a value of her own. None when they are one.

    Only what is stronger than the name counts: who says that user 42 is at a@x has a new address, but two colleagues
    who share a telephone keep their own. A browser where somebody is known already says nothing (`visitor`).
    """
    if by == "visitor":
        return "visitor" if _is_strong(other) else None
    return next((kind for kind in _stronger(by) if one.get(kind) and other.get(kind)), None)


def _stronger(than: IdentifierKind) -> tuple[IdentifierKind, ...]:
    return STRONG[: STRONG.index(than)]


def _is_strong(known: Collection[IdentifierKind]) -> bool:
    return any(kind in known for kind in STRONG)
