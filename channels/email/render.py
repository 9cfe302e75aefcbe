"""Writes the invitation mail: one question, one row to tap, readable in every mail program."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from channels.channel import Outgoing
from channels.email.colour import mix, readable

LIGHT, DARK = "#ffffff", "#15181b"


@dataclass(frozen=True)
class EmailInvitation:
    """Everything that stands in the mail, in the person's language. Links are absolute.

    Raises ValueError when a link or the colour cannot stand in a mail.
    """

    id: str
    to: str
    subject: str
    brand: str
    question: str
    choices: Sequence[tuple[str, str]]
    """Label and link of each. Short labels make one row, long ones a list; none leaves the answer link."""
    answer_url: str
    answer_text: str
    unsubscribe_url: str
    unsubscribe_text: str
    one_click_url: str = ""
    """Where the header leads that mail programs unsubscribe by; the page's own address when empty."""
    to_name: str = ""
    preheader: str = ""
    """What the list of mails shows beside the subject."""
    intro: str = ""
    low_label: str = ""
    high_label: str = ""
    footer: str = ""
    lang: str = "en"
    dir: str = "ltr"
    accent: str = "#2457c5"
    """`#rrggbb`; shades that can be read are made from it."""
    seconds: str = ""
    """How long it takes, in words, e.g. "Takes 20 seconds"."""
    stream: str = "feedback"
    """Which mailing this belongs to: mailbox providers count complaints by it (List-Id, Feedback-ID)."""

    def __post_init__(self) -> None:
        links = [self.answer_url, self.unsubscribe_url, self.header_url, *(url for _, url in self.choices)]
        for url in links:
            if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc:
                raise ValueError(f"{url!r} is no absolute link")
        if not re.fullmatch(r"#[0-9a-fA-F]{6}", self.accent):
            raise ValueError(f"{self.accent!r} is no colour such as #2457c5")
        if self.dir not in ("ltr", "rtl"):
            raise ValueError(f"{self.dir!r} is neither ltr nor rtl")

    @property
    def header_url(self) -> str:
        return self.one_click_url or self.unsubscribe_url

    @property
    def is_row(self) -> bool:
        """Whether the choices fit side by side on a phone."""
        return len(self.choices) <= 11 and all(len(label) <= 3 for label, _ in self.choices)

    @property
    def ends(self) -> tuple[str, str] | None:
        """What the first and the last choice of a row mean, in words; None when nothing says so."""
        if not (self.choices and self.is_row and (self.low_label or self.high_label)):
            return None
        (low, _), (high, _) = self.choices[0], self.choices[-1]
        return (
            f"{low} = {self.low_label}" if self.low_label else "",
            f"{high} = {self.high_label}" if self.high_label else "",
        )


def render(invitation: EmailInvitation) -> Outgoing:
    """The finished mail, with its headers for one-click unsubscribing (RFC 8058)."""
    return Outgoing(
        id=invitation.id,
        kind="email",
        to=invitation.to,
        to_name=invitation.to_name,
        subject=_one_line(invitation.subject),
        text=_write("invitation.txt", invitation),
        html=_write("invitation.html", invitation),
        headers=_headers(invitation),
    )


def _headers(invitation: EmailInvitation) -> dict[str, str]:
    stream = re.sub(r"[^A-Za-z0-9]+", "-", invitation.stream).strip("-") or "feedback"
    return {
        "List-Unsubscribe": f"<{invitation.header_url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Id": f"<{stream}.{urlsplit(invitation.unsubscribe_url).hostname}>",
        "Feedback-ID": f"{stream}:invitation:askonce",
    }


def _write(template: str, invitation: EmailInvitation) -> str:
    return _templates().get_template(template).render(mail=invitation, ink=_inks(invitation.accent))


def _inks(accent: str) -> dict[str, str]:
    tint, dusk = mix(accent, LIGHT, 0.10), mix(accent, DARK, 0.30)
    return {
        "tint": tint,
        "digit": readable(accent, tint),
        "link": readable(accent, LIGHT),
        "dark": DARK,
        "dark_tint": dusk,
        "dark_digit": readable(accent, dusk),
        "dark_link": readable(accent, DARK),
    }


def _one_line(text: str) -> str:
    """Other people's text may hold line breaks; a subject may not."""
    return "".join(c for c in " ".join(text.split()) if c.isprintable())


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
