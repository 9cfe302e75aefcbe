"""What a stand-in for a mail relay refuses, and what it sends back: RFC 5321 and 3464 in small."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from email.utils import formatdate, make_msgid

# By the first word of an address: whoever tries things out writes to nobody@example.com.
REFUSED: Mapping[str, str] = {
    "nobody": "550 5.1.1 No such user here",
    "full": "552 5.2.2 Mailbox full",
    "grey": "451 4.7.1 Greylisted, try again later",
    "elsewhere": "554 5.7.1 Relay access denied",
    "blocked": "550 5.7.1 Blocked by policy",
}
COMES_BACK: Mapping[str, tuple[str, str, str]] = {
    "bounce": ("failed", "5.1.1", "550 5.1.1 User unknown"),
    "later": ("delayed", "4.4.1", "connect to mx.example.com: Connection timed out"),
    "overfull": ("failed", "5.2.2", "552 5.2.2 Mailbox full"),
}
"""Taken first, and reported later: action, status and what the next server said."""


@dataclass(frozen=True)
class Taken:
    """A mail with its envelope."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes
    envelope_id: str = ""

    def to(self, recipient: str) -> Taken:
        return replace(self, recipients=(*self.recipients, recipient))

    def holding(self, content: bytes) -> Taken:
        return replace(self, content=content)


def word(address: str) -> str:
    """The part of an address that tells its story."""
    return address.partition("@")[0].partition("+")[0].lower()


def refuses_sender(sender: str, options: Mapping[str, str]) -> str:
    """The refusal of MAIL with these options; empty when it is fine. RFC 3461 and 1870."""
    if unknown := options.keys() - {"SIZE", "BODY", "RET", "ENVID", "AUTH"}:
        return f"555 5.5.4 Unsupported option {min(unknown)}"
    if options.get("RET", "HDRS") not in ("HDRS", "FULL") or not re.fullmatch(
        r"([!-*,-<>-~]|\+[0-9A-F]{2}){0,100}", options.get("ENVID", "")
    ):
        return "501 5.5.4 Malformed RET or ENVID"
    return "553 5.1.7 Sender address rejected" if sender and "@" not in sender else ""


def refuses_recipient(recipient: str) -> str:
    """The refusal of RCPT; empty when it is fine."""
    if not re.fullmatch(r"[^@\s]{1,64}@[^@\s]{1,255}", recipient):
        return "501 5.1.3 Bad recipient address syntax"
    return REFUSED.get(word(recipient), "")


def refuses_content(content: bytes) -> str:
    """The refusal of a mail: lines longer than RFC 5321 allows, or no headers that a mail must have (RFC 5322)."""
    if any(len(line) > 998 for line in content.split(b"\r\n")) or b"\n" in content.replace(b"\r\n", b""):
        return "550 5.6.0 Bare or overlong lines"
    head = b"\r\n" + content.partition(b"\r\n\r\n")[0].lower()
    missing = [name for name in (b"from", b"date") if b"\r\n" + name + b":" not in head]
    return f"550 5.6.0 No {missing[0].decode()} header" if missing else ""


def comes_back(mail: Taken) -> bool:
    """Whether it will be sent back, wholly or in part."""
    return any(word(recipient) in COMES_BACK for recipient in mail.recipients)


def report(mail: Taken) -> bytes:
    """The bounce mail (RFC 3464) to the sender of `mail`, with its headers."""
    gone = [(recipient, *COMES_BACK[word(recipient)]) for recipient in mail.recipients if word(recipient) in COMES_BACK]
    is_delay = all(action == "delayed" for _, action, _, _ in gone)
    envelope = f"Original-Envelope-Id: {mail.envelope_id}\n" if mail.envelope_id else ""
    blocks = "\n".join(
        f"Final-Recipient: rfc822; {recipient}\nAction: {action}\nStatus: {status}\n"
        f"Remote-MTA: dns; mx.example.com\nDiagnostic-Code: smtp; {said}\n"
        for recipient, action, status, said in gone
    )
    words = "\n".join(f"<{recipient}>: {said}" for recipient, _, _, said in gone)
    headers = mail.content.partition(b"\r\n\r\n")[0].decode("utf-8", "replace").replace("\r\n", "\n")
    return f"""\
Return-Path: <>
From: MAILER-DAEMON@fake.example (Mail Delivery System)
To: {mail.sender}
Subject: {"Delayed Mail (still being retried)" if is_delay else "Undelivered Mail Returned to Sender"}
Date: {formatdate()}
Message-ID: {make_msgid(domain="fake.example")}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="==report=="

--==report==
Content-Type: text/plain; charset=utf-8

This is the mail system at host fake.example.

{words}

--==report==
Content-Type: message/delivery-status

Reporting-MTA: dns; fake.example
{envelope}Arrival-Date: {formatdate()}

{blocks}
--==report==
Content-Type: text/rfc822-headers

{headers}

--==report==--
""".encode()
