"""What a relay's answers mean for a mail: who must act, or when to try again."""

from __future__ import annotations

import re
from datetime import timedelta

from channels.channel import Accepted, Outcome, Rejected, Retry, Unknown
from channels.email.status import GONE, VAGUE

LATER = timedelta(minutes=5)
"""Greylisting asks for a few minutes."""
FULL = timedelta(hours=1)
"""A mailbox is not emptied within minutes."""
NEXT = timedelta(seconds=1)

SIGN_IN = frozenset({530, 534, 535, 538})
"""These answer any command, and speak of us alone (RFC 4954)."""
NO_MAILBOX = frozenset({550, 551, 553})
"""RFC 5321, 4.2.3. Without a finer code they end the address; many relays say 550 for policy too, with one."""


def to_sender(code: int, text: bytes) -> Outcome:
    """The answer to MAIL, when it is no 250."""
    too_large = b"5.3.4" in text or code == 552
    return _refused(code, text) or Rejected(words(code, text), "content" if too_large else "account")


def to_recipient(code: int, text: bytes) -> Outcome:
    """The answer to RCPT, when it is no 25x."""
    refused = _refused(code, text)
    if refused:
        return refused
    said, status = words(code, text), _status(text)
    if status in GONE or (status in VAGUE and code in NO_MAILBOX and not _is_policy(said)):
        return Rejected(said, "address")
    # "554 relay access denied" answers RCPT too, but speaks of us, not of the person.
    return Rejected(said, "account" if "relay" in said.lower() else "content")


def to_data(code: int, text: bytes) -> Outcome:
    """The answer to DATA, when it is no 354: nothing has left."""
    return _refused(code, text) or Rejected(words(code, text), "content")


def to_content(code: int, text: bytes) -> Outcome:
    """The answer to the whole mail."""
    if code == 250:
        return Accepted("")
    if not 400 <= code < 600:
        return Unknown(f"the relay answered {words(code, text)}")
    is_gone = _status(text) in GONE
    return _refused(code, text) or Rejected(words(code, text), "address" if is_gone else "content")


def words(code: int, text: bytes) -> str:
    """Number and text, on one line."""
    return " ".join(f"{code} {text.decode('utf-8', 'replace')}".split())[:500]


def _refused(code: int, text: bytes) -> Outcome | None:
    """What holds at every step of a mail of which nothing has left; None for a refusal that is about the step."""
    if code < 500 or code >= 600:  # something that is no answer here has not taken the mail either
        return Retry(words(code, text), LATER)
    if code in SIGN_IN:
        return Rejected(words(code, text), "account")
    return Retry(words(code, text), FULL) if _status(text) == "5.2.2" else None


def _status(text: bytes) -> str:
    found = re.match(rb"\s*(5\.\d{1,3}\.\d{1,3})\b", text)
    return found[1].decode() if found else ""


def _is_policy(said: str) -> bool:
    return bool(re.search(r"spam|block|polic|reputation|blacklist|denied|relay|authenticat", said, re.IGNORECASE))
