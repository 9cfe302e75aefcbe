"""Takes apart a mail that a stranger made, within bounds: no size, nesting or odd letter in it does harm."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from contextlib import suppress
from email.header import decode_header
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from itertools import islice

BYTES_MAX = 1_000_000
"""Read of one mail; what she writes and what a server reports stands at its beginning."""
HEAD_MAX = 256_000
LINES_MAX, DEPTH_MAX, GAPS_MAX = 200, 20, 5_000
"""Lines that may part a mail, parts in each other, and empty lines: a report has a block after each."""
VALUE_MAX = 2_000
"""Characters of one header."""
TEXT_MAX = 100_000
"""Bytes of one part's text."""

_SLOW = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined"})
"""Python knows these as text too; no mail is written in them, and some take time by the square of their length."""

# The older policy: the newer one parses headers by a grammar that strangers can make slow, or have it raise anything.
_parser = BytesParser(policy=compat32)


def parse(raw: bytes) -> Message | None:
    """The mail, cut off where it grows too large; None when it is none."""
    raw = _bounded(raw[:BYTES_MAX].replace(b"\r\n", b"\n").lstrip(b"\n"))
    head = raw.partition(b"\n\n")[0]
    if len(head) > HEAD_MAX or b"\0" in head or not re.match(rb"(From .{0,500}\n)?[!-9;-~]{1,100}[ \t]*:", head):
        return None
    try:
        return _parser.parsebytes(raw)
    except Exception:  # each is a mail that the standard library gives up on, in whatever way
        return None


def _bounded(raw: bytes) -> bytes:
    for what, most in ((rb"\n--", LINES_MAX), (rb"(?i)boundary", DEPTH_MAX), (rb"\n\n", GAPS_MAX)):
        past = next(islice(re.finditer(what, raw), most, None), None)
        raw = raw[: past.start()] if past else raw
    return raw


def header(mail: Message, name: str) -> str:
    """One header in readable form, on one line; empty without one."""
    value = str(mail.get(name) or "")[:VALUE_MAX]
    with suppress(Exception):  # each way in which it fails leaves it as it came
        value = "".join(_decoded(*piece) for piece in decode_header(value))
    return " ".join("".join(c if c.isprintable() else " " for c in value).split())


def parts(mail: Message) -> Iterator[Message]:
    """The mail and everything in it, outermost first."""
    return islice((part for part in mail.walk() if isinstance(part, Message)), LINES_MAX)


def content(part: Message) -> str:
    """The text of one part, whatever it claims to be written in."""
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    return _decoded(payload[:TEXT_MAX], part.get_content_charset()).replace("\r\n", "\n")


def body(mail: Message) -> str:
    """What a reader would show: the first plain text, or else the first HTML without its marks."""
    shown = [part for part in parts(mail) if part.get_content_disposition() != "attachment"]
    for kind in ("text/plain", "text/html"):
        for part in shown:
            if part.get_content_type() == kind:
                text = content(part)
                return text if kind == "text/plain" else _Text(text).text
    return ""


def date(mail: Message) -> int | None:
    """When the mail says that it was written, in Unix seconds."""
    try:
        at = int(parsedate_to_datetime(header(mail, "date")).timestamp())
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return at if 0 < at < 2**40 else None


def _decoded(piece: bytes | str, charset: str | None) -> str:
    if isinstance(piece, str):
        return piece
    try:
        name = codecs.lookup(charset or "utf-8").name
        return piece.decode("utf-8" if name in _SLOW else name, "replace")
    except (LookupError, ValueError):  # no such writing, or one that is none
        return piece.decode("utf-8", "replace")


class _Text(HTMLParser):
    """The words of a page, a line for each block."""

    BREAKS = frozenset({"p", "div", "br", "tr", "li", "blockquote", "table", "h1", "h2", "h3", "hr"})
    SILENT = frozenset({"style", "script", "head", "title"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self._pieces: list[str] = []
        self._silent = 0
        self.feed(page)

    @property
    def text(self) -> str:
        return "".join(self._pieces)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.BREAKS:
            self._pieces.append("\n> " if tag == "blockquote" else "\n")
        self._silent += tag in self.SILENT

    def handle_endtag(self, tag: str) -> None:
        if tag in self.BREAKS:
            self._pieces.append("\n")
        self._silent -= tag in self.SILENT and self._silent > 0

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._pieces.append(re.sub(r"\s+", " ", data))
