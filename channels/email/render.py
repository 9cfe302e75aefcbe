"""Writes the invitation mail: one question, one row to tap, readable in every mail program."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from css_inline import CSSInliner
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from channels.channel import Letter
from channels.email.colour import mix, readable
from channels.email.marks import Marks, one_line

LIGHT, DARK = "#ffffff", "#15181b"
ROW_MOST = 11
"""Choices side by side on a phone: cells of 25 px at least, above the 24 px of WCAG 2.2."""


@dataclass(frozen=True)
class Choice:
    """One of what a click can choose. `query` is what it adds to the link, e.g. `score=9`."""

    seen: str
    query: str
    name: str = ""
    """What it is called where that is not what is seen, e.g. "4 of 5 stars"."""
    picture: str = ""
    """Absolute address of what is seen above the words, e.g. a face."""


@dataclass(frozen=True)
class Logo:
    """A picture of the sender, at an absolute address, in CSS pixels."""

    url: str
    width: int
    height: int


@dataclass(frozen=True)
class EmailInvitation:
    """Everything that stands in the letter, in one language. What is each person's own is a mark of `marks`, in any
    text; `link` and `unsubscribe` lead to her survey and to her unsubscribe page.

    Raises ValueError when a picture's address or the colour cannot stand in a mail.
    """

    marks: Marks
    subject: str
    brand: str
    question: str
    answer_text: str
    unsubscribe_text: str
    choices: tuple[Choice, ...] = ()
    """Short ones make one row, long ones a list; none leaves a button."""
    look: str = "numbers"
    """Of a row: `numbers`, `stars`, or `pictures` beside which there may be words."""
    preheader: str = ""
    """What the list of mails shows beside the subject."""
    intro: str = ""
    hint: str = ""
    low_label: str = ""
    high_label: str = ""
    footer: str = ""
    lang: str = "en"
    dir: str = "ltr"
    accent: str = "#2457c5"
    """`#rrggbb`; shades that can be read are made from it."""
    logo: Logo | None = None
    seconds: str = ""
    """How long it takes, in words, e.g. "Takes 20 seconds"."""
    notice: str = ""
    """Said above everything else, e.g. that this is a test."""

    def __post_init__(self) -> None:
        for url in [*(choice.picture for choice in self.choices), self.logo.url if self.logo else ""]:
            if url and (urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc):
                raise ValueError(f"{url!r} is no absolute link")
        if not re.fullmatch(r"#[0-9a-fA-F]{6}", self.accent):
            raise ValueError(f"{self.accent!r} is no colour such as #2457c5")
        if self.dir not in ("ltr", "rtl"):
            raise ValueError(f"{self.dir!r} is neither ltr nor rtl")

    @property
    def link(self) -> str:
        return self.marks.of("link")

    @property
    def unsubscribe(self) -> str:
        return self.marks.of("stop")

    @property
    def trap(self) -> str:
        """A link that no person sees: who follows it is a program."""
        return self.marks.of("trap")

    @property
    def is_row(self) -> bool:
        """Whether the choices fit side by side on a phone."""
        if self.look == "pictures":
            return True
        return len(self.choices) <= ROW_MOST and all(len(choice.seen) <= 3 for choice in self.choices)

    @property
    def ends(self) -> tuple[str, str] | None:
        """What the first and the last choice of a row mean, in words; None when nothing says so."""
        if not (self.choices and self.is_row and (self.low_label or self.high_label)):
            return None
        low, high = self.choices[0].seen, self.choices[-1].seen
        return _end(low, self.low_label), _end(high, self.high_label)


def _end(seen: str, label: str) -> str:
    return f"{seen} = {label}" if seen and label else label


@lru_cache(256)  # one for each version, language and site that is written to these days
def render(invitation: EmailInvitation) -> Letter:
    """The letter, with its styles where every mail program finds them."""
    return Letter(
        subject=invitation.marks.in_subject(one_line(invitation.subject)),
        text=_write("invitation.txt", invitation),
        html=_inlined(invitation),
    )


def headers(unsubscribe_url: str, stream: str) -> dict[str, str]:
    """One click unsubscribes (RFC 8058). `stream`: which mailing this belongs to; mailbox providers count complaints by
    it."""
    if urlsplit(unsubscribe_url).scheme not in ("http", "https") or not urlsplit(unsubscribe_url).netloc:
        raise ValueError(f"{unsubscribe_url!r} is no absolute link")
    stream = re.sub(r"[^A-Za-z0-9]+", "-", stream).strip("-") or "feedback"
    return {
        "List-Unsubscribe": f"<{unsubscribe_url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Id": f"<{stream}.{urlsplit(unsubscribe_url).hostname}>",
        "Feedback-ID": f"{stream}:invitation:askonce",
    }


def _inlined(invitation: EmailInvitation) -> str:
    """Style elements stay as they are, for what only they can say; all else stands in the tags, for Gmail forgets
    the elements when a mail is passed on, and Outlook reads hardly any of them."""
    style = _write("invitation.css", invitation)
    inliner = CSSInliner(extra_css=style, keep_style_tags=True, load_remote_stylesheets=False, minify_css=True)
    written = inliner.inline(_write("invitation.html", invitation)).replace(' data-css-inline="ignore"', "")
    return "\n".join(line for line in written.splitlines() if line.strip()) + "\n"


def _write(template: str, invitation: EmailInvitation) -> str:
    marks = invitation.marks
    return (
        _templates()
        .get_template(template)
        .render(mail=invitation, ink=_inks(invitation.accent), words=marks.in_html, part=marks.in_attribute)
    )


def _inks(accent: str) -> dict[str, str]:
    tint, dusk = mix(accent, LIGHT, 0.12), mix(accent, DARK, 0.30)
    return {
        "light": LIGHT,
        "tint": tint,
        "digit": readable(accent, tint),
        "link": readable(accent, LIGHT),
        "dark": DARK,
        "dark_tint": dusk,
        "dark_digit": readable(accent, dusk),
        "dark_link": readable(accent, DARK),
    }


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
