"""Writes the invitation text, in letters that cost one message instead of two."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from channels.channel import Outgoing

# GSM 03.38. One letter from elsewhere makes the whole text UCS-2: 70 letters a message instead of 160.
BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
TWICE = frozenset("^{}\\[~]|€\f")
"""These take two places."""

_SIGNS = {
    "'": "\u2018\u2019\u201a\u201b\u2032\u0060\u00b4",  # single quotes, primes, accents standing alone
    '"': "\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb",  # double quotes
    "-": "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2022",  # hyphens, dashes, minus, bullet
    " ": "\t\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u3000",
    "": "\u00ad\u200b\u200c\u200d\u2060\ufeff",  # soft hyphen, joiners, byte order mark
    "\n": "\u2028\u2029",
    "...": "\u2026",
}
PLAIN = {ord(sign): plain for plain, signs in _SIGNS.items() for sign in signs}


@dataclass(frozen=True)
class SmsInvitation:
    """What the text says, in the person's language. Raises ValueError when there is a link that is not absolute."""

    id: str
    to: str
    brand: str
    question: str
    answer_url: str
    """Empty where she answers by a reply alone."""
    hint: str = ""
    """How to answer, e.g. "Reply with 0 to 10, or tap:"."""
    stop_text: str = ""
    """How to end it, e.g. "Reply STOP to opt out"."""
    callback: str = ""
    """Absolute address for status callbacks of this message."""
    language: str = ""
    """Of the words."""
    since: datetime | None = None
    """As `Outgoing.since`, where a link does not tell it from others."""

    def __post_init__(self) -> None:
        if self.answer_url and not _is_absolute(self.answer_url):
            raise ValueError(f"{self.answer_url!r} is no absolute link")


def _is_absolute(link: str) -> bool:
    parts = urlsplit(link)
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def render(invitation: SmsInvitation) -> Outgoing:
    """The finished text: brand and question, how to answer, the link, how to stop."""
    opening = f"{invitation.brand}: {invitation.question}" if invitation.brand else invitation.question
    before = " ".join(part for part in (opening, invitation.hint) if part)
    parts = (plain(before), invitation.answer_url, plain(invitation.stop_text))
    return Outgoing(
        id=invitation.id,
        kind="sms",
        to=invitation.to,
        text="\n".join(part for part in parts if part),
        language=invitation.language,
        parts=tuple(part for part in parts[:2] if part),
        callback=invitation.callback,
        since=None if invitation.answer_url else invitation.since,
    )


def plain(text: str) -> str:
    """Typographic signs become plain ones where that makes the text GSM-7; other texts keep theirs."""
    composed = unicodedata.normalize("NFC", text)
    cheap = composed.translate(PLAIN)
    return cheap if is_gsm(cheap) else composed


def is_gsm(text: str) -> bool:
    """Whether every letter is in GSM 03.38."""
    return all(c in BASIC or c in TWICE for c in text)


def costly(text: str) -> str:
    """The letters that make `text` one of 70 letters a message instead of 160, each once; "" when none does."""
    return "".join(dict.fromkeys(c for c in text if c not in BASIC and c not in TWICE))


def segments(text: str) -> int:
    """How many messages the text costs: 160 places or 70, and 153 or 67 each once it takes several."""
    sizes, (one, each) = (list(_gsm(text)), (160, 153)) if is_gsm(text) else (list(_ucs2(text)), (70, 67))
    if sum(sizes) <= one:
        return 1 if sizes else 0
    count, used = 1, 0
    for size in sizes:
        if used + size > each:  # a pair is never torn apart
            count, used = count + 1, 0
        used += size
    return count


def _gsm(text: str) -> Iterator[int]:
    return (2 if c in TWICE else 1 for c in text)


def _ucs2(text: str) -> Iterator[int]:
    return (2 if ord(c) > 0xFFFF else 1 for c in text)
