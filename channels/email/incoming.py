"""Reads a mail that came back to us: it could not be delivered, a machine answered, or she did.

Anybody may write to us, and write anything: no header is believed. Whom a mail is about only the sealed name in an
address of ours says (`Event.back`), which whoever takes the event must open.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import Message
from hashlib import sha256

from channels.channel import Event, EventKind
from channels.email import raw_mail, replies
from channels.email.raw_mail import header
from channels.email.reports import Report, original, report

BACK_MAX = 20
"""Addresses of ours in one mail that are handed on."""

# Where an address of ours may stand: what mail servers say of the envelope, and what the sender wrote.
_TO = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-forwarded-to", "to", "cc", "resent-to")
_OURS = ("return-path", "reply-to", "list-unsubscribe")
"""The same in a mail of ours that comes back inside another."""
_SEALED = re.compile(r"[A-Za-z0-9._-]{1,64}\+[A-Za-z0-9._=-]{8,64}@[A-Za-z0-9.-]{1,255}")


def read(raw: bytes, recipient: str = "") -> Event | None:
    """What the mail says, without an id; `recipient` is whom its envelope names, where that is known.

    None when it is no mail at all.
    """
    mail = raw_mail.parse(raw)
    if mail is None:
        return None
    said, text = _said(mail)
    ours = original(mail)
    back = tuple(dict.fromkeys(_addresses(mail, ours, recipient)))[:BACK_MAX]
    return Event(
        kind=said.kind,
        id="",
        ref=header(ours, "message-id")[:255] if ours else "",
        reason=said.reason[:500],
        raw_id=_name(mail, raw, said.kind, back),
        attempt=said.envelope_id[:100],
        at=raw_mail.date(mail),
        text=text,
        back=back,
    )


def _said(mail: Message) -> tuple[Report, str]:
    """The report, or what there is of one in an answer; and what she wrote."""
    found = report(mail)
    if found:
        return found, ""
    if replies.asks_to_stop(mail):  # before all else: some programs mark a click on "unsubscribe" as automatic
        return Report("optout", "asked by mail to hear no more"), replies.written(mail)
    if replies.is_automatic(mail):
        return Report("autoreply", header(mail, "subject")), ""
    text = replies.written(mail)
    first = text.partition("\n")[0]
    kind: EventKind = "optout" if replies.says_stop(first) else "reply"
    return Report(kind, "asked by mail to hear no more" if kind == "optout" else ""), text


def _addresses(mail: Message, ours: Message | None, recipient: str) -> Iterator[str]:
    texts = [recipient[:500]]
    for whose, names in ((mail, _TO), (ours, _OURS)):
        if whose is not None:
            texts += [str(value)[: raw_mail.VALUE_MAX] for name in names for value in (whose.get_all(name) or [])[:5]]
    for text in texts:
        yield from _SEALED.findall(text)


def _name(mail: Message, raw: bytes, kind: str, back: tuple[str, ...]) -> str:
    """The same for a mail that is handed over twice."""
    named = header(mail, "message-id") or sha256(raw).hexdigest()
    return "mail:" + sha256("\0".join((kind, named, *back)).encode("utf-8", "replace")).hexdigest()[:32]
