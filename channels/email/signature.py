"""Writes a row of scores to stand at the foot of other people's mails: as HTML and as plain text.

Coloured cells of a table and letters are there at once, and still there when the mail is passed on for the third time.
Where a program takes such cells out, pictures stand there instead. They are loaded from our server and never lie in the
mail itself: what lies in it is lost when somebody forwards it. Where pictures are hidden, their text says the score.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from channels.email.colour import mix, readable

LIGHT = "#ffffff"

FACES = {5: "😠🙁😐🙂😀", 3: "🙁😐🙂"}
"""For a scale of so many points, the worst first."""

STYLES = ("numbers", "stars", "smileys", "thumbs")


@dataclass(frozen=True)
class Signature:
    """A question and what may be chosen. Links are absolute; they may hold placeholders of a help desk, `{{…}}`.

    Raises ValueError when a link or the colour cannot stand in a mail.
    """

    question: str
    choices: Sequence[tuple[str, str, str]]
    """What is seen of each, what it is called where that is not seen, and its link."""
    pictures: Sequence[str] = ()
    """The address of a picture of each choice; none for coloured cells."""
    low_label: str = ""
    high_label: str = ""
    dir: str = "ltr"
    accent: str = "#2457c5"

    def __post_init__(self) -> None:
        for url in (*(url for *_, url in self.choices), *self.pictures):
            if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc:
                raise ValueError(f"{url!r} is no absolute link")
        if not re.fullmatch(r"#[0-9a-fA-F]{6}", self.accent):
            raise ValueError(f"{self.accent!r} is no colour such as #2457c5")

    @property
    def ends(self) -> tuple[str, str]:
        """The words at the two ends of the row, below it; empty where every choice says what it means."""
        return self.low_label, self.high_label


def styles_for(low: int, high: int) -> tuple[str, ...]:
    """How a scale may be shown."""
    if (low, high) == (0, 1):
        return ("thumbs", "numbers")
    if low == 1 and high - low + 1 in FACES:
        return ("numbers", "smileys", "stars") if high == 5 else ("numbers", "smileys")
    return ("numbers", "stars") if (low, high) == (1, 10) else ("numbers",)


def face(style: str, low: int, high: int, point: int) -> str:
    """What is seen of one point of a scale."""
    if style == "thumbs":
        return "👍" if point else "👎"
    if style == "smileys":
        return FACES[high - low + 1][point - low]
    return f"{point}★" if style == "stars" else str(point)


def picture(style: str, low: int, high: int, point: int, colour: str) -> str:
    """Where on our server the picture of one point is. `colour` (`#rrggbb`) is that of numbers and stars."""
    if style == "thumbs":
        return f"/assets/thumbs-{point}.png"
    if style == "smileys":
        return f"/assets/smileys-{point if high - low == 4 else 2 * point - 1}.png"
    return f"/marks/{colour[1:].lower()}/{'star' if style == 'stars' else f'n{point}'}.png"


def render(signature: Signature) -> tuple[str, str]:
    """The HTML to paste, and the plain text."""
    tint = mix(signature.accent, LIGHT, 0.10)
    ink = {"tint": tint, "digit": readable(signature.accent, tint)}
    written = _templates().get_template("signature.html").render(mail=signature, ink=ink)
    html = "\n".join(line for line in written.splitlines() if line.strip())
    named = [f"{face} {name}".strip() if name else face for face, name, _ in signature.choices]
    lines = [f"{name}: {url}" for name, (*_, url) in zip(named, signature.choices, strict=True)]
    return html, "\n".join([signature.question, *lines]) + "\n"


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
