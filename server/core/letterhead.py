"""What a site's mails look like and whom they are from: sender, logo, colour, words, and the postal address below."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from server.core.people import BadClaim, email
from server.core.surveys.mail import AS_THE_SITE, MailWords, mail_from
from server.core.surveys.words import Words
from server.core.themes import COLOUR

SENDER_MAX = 78
"""Characters of a display name; lists of mails show about 25."""
FOOTER_MAX = 600
FOOTER_LINES = 8

_PARTS = ("sender", "address", "reply_to", "colour", "subject", "intro", "footer", "logo")


class BadLetterhead(ValueError):
    """No letterhead; `complaints` has what is wrong, by part."""

    def __init__(self, complaints: Mapping[str, str]):
        super().__init__("; ".join(complaints.values()))
        self.complaints = dict(complaints)


@dataclass(frozen=True)
class Picture:
    """A logo that we serve, by its name there, and as large as it is shown, in CSS pixels."""

    name: str
    width: int
    height: int


@dataclass(frozen=True)
class Letterhead:
    """Empty wherever the site leaves it to the server, to its own name and colour, or to our words."""

    sender: str = ""
    address: str = ""
    reply_to: str = ""
    colour: str = ""
    words: MailWords = AS_THE_SITE
    footer: str = ""
    logo: Picture | None = None


def letterhead_from(said: Any, own: str, language: str = "", domains: Collection[str] | None = None) -> Letterhead:
    """The letterhead that `said` (JSON; None for none) describes, with its words in `language`; BadLetterhead with
    every complaint otherwise. Plain texts are in the site's `own` language. Addresses are held to `domains`, unless
    that is None.

    Shape: `{"sender"?, "address"?, "reply_to"?, "colour"?: "#rrggbb", "subject"?: text, "intro"?: text, "footer"?:
    lines, "logo"?: {"name", "width", "height"}}`; a text is one, or one by language.
    """
    said = {} if said is None else said
    if not isinstance(said, Mapping) or said.keys() - set(_PARTS):
        raise BadLetterhead({"": f"a letterhead is an object with any of {', '.join(_PARTS)}"})
    wrong: dict[str, str] = {}
    found = Letterhead(
        sender=_sender(said.get("sender"), wrong),
        address=_address(said, "address", domains, wrong),
        reply_to=_address(said, "reply_to", domains, wrong),
        colour=_colour(said.get("colour"), wrong),
        words=_words(said, own, language, wrong),
        footer=_footer(said.get("footer"), wrong),
        logo=_logo(said.get("logo"), wrong),
    )
    if wrong:
        raise BadLetterhead(wrong)
    return found


def _sender(said: Any, wrong: dict[str, str]) -> str:
    name = " ".join(str(said or "").split())
    if len(name) > SENDER_MAX or not name.isprintable():
        wrong["sender"] = f"Give a name of at most {SENDER_MAX} letters."
    return name


def _address(said: Mapping[str, Any], part: str, domains: Collection[str] | None, wrong: dict[str, str]) -> str:
    raw = str(said.get(part) or "").strip()
    if not raw:
        return ""
    try:
        address = email(raw)
    except BadClaim:
        wrong[part] = "Give an address such as hello@example.com."
        return ""
    domain = address.rpartition("@")[2]
    if domains is not None and domain not in domains:
        known = " or ".join(sorted(domains))
        wrong[part] = f"Mail may only name addresses at {known}; whoever runs this server allows more by MAIL_DOMAINS."
    return address


def _colour(said: Any, wrong: dict[str, str]) -> str:
    if said and not (isinstance(said, str) and COLOUR.fullmatch(said)):
        wrong["colour"] = "Give a colour such as #3553cf."
        return ""
    return str(said or "").lower()


def _words(said: Mapping[str, Any], own: str, language: str, wrong: dict[str, str]) -> MailWords:
    complaints: list[str] = []
    words = mail_from(
        {part: said.get(part) for part in ("subject", "intro")}, Words(language or own, own, complaints), complaints
    )
    for complaint in complaints:
        part, _, text = complaint.removeprefix("mail: ").partition(" ")
        wrong[part.rstrip(":")] = text[:1].upper() + text[1:] + "."
    return words


def _footer(said: Any, wrong: dict[str, str]) -> str:
    lines = [" ".join(line.split()) for line in str(said or "").splitlines()]
    footer = "\n".join(lines).strip()
    if len(footer) > FOOTER_MAX or footer.count("\n") >= FOOTER_LINES:
        wrong["footer"] = f"Keep it to {FOOTER_LINES} lines and {FOOTER_MAX} letters."
    return footer


def _logo(said: Any, wrong: dict[str, str]) -> Picture | None:
    if said is None:
        return None
    said = said if isinstance(said, Mapping) else {}
    name, width, height = said.get("name"), said.get("width"), said.get("height")
    is_name = isinstance(name, str) and re.fullmatch(r"[0-9a-f]{32}\.(png|jpg|gif)", name)
    if not is_name or not isinstance(width, int) or not isinstance(height, int) or min(width, height) < 1:
        wrong["logo"] = "Upload the logo again."
        return None
    return Picture(str(name), width, height)
