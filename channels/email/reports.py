"""Reads what mail servers report about a mail of ours: RFC 3464, RFC 5965, and the plain words of older ones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from urllib.parse import unquote

from channels.channel import EventKind
from channels.email.raw_mail import body, content, header, parse, parts
from channels.email.status import is_for_good

RECIPIENTS_MAX = 20
"""Looked at in one report; a mail of ours has one, and a list behind her address may have more."""


@dataclass(frozen=True)
class Report:
    """What a server says became of the mail."""

    kind: EventKind
    reason: str
    envelope_id: str = ""
    """What we called the mail when we handed it over (RFC 3461, ENVID)."""


# The worst comes first: of several recipients behind one address it is the one that counts.
_ORDER: tuple[EventKind, ...] = ("bounced", "failed", "deferred", "delivered", "accepted", "unknown")
_ACTIONS: dict[str, EventKind] = {
    "failed": "failed",
    "delayed": "deferred",
    "delivered": "delivered",
    "relayed": "accepted",
    "expanded": "accepted",
}
_COPY = re.compile(r"(?m)^-{3,}.{0,80}\b(copy|original|ursprüngliche|headers?)\b", re.IGNORECASE)
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_GAVE_UP = re.compile(
    r"(?i)undeliver|not (be )?delivered|delivery (has )?(failed|failure)|failure notice|returned mail|mail delivery|"
    r"delivery status|unzustellbar|couldn.t be delivered|wasn.t able to deliver"
)
_STILL_TRYING = re.compile(r"(?i)delay|still trying|will (be )?retr|do not need to resend|not yet been delivered")


def report(mail: Message) -> Report | None:
    """The report that this mail is; None when it is none."""
    for part in parts(mail):
        match part.get_content_type():
            case "message/delivery-status" | "message/global-delivery-status":
                return _delivery_status(part)
            case "message/feedback-report":
                return _feedback(part)
            case "message/disposition-notification":
                return Report("autoreply", "a read receipt")
    return _in_plain_words(mail)


def original(mail: Message) -> Message | None:
    """The mail of ours that this one brings back, or its headers; None without one."""
    for part in parts(mail):
        kind = part.get_content_type()
        if kind in ("message/rfc822", "message/global"):
            inner = part.get_payload()
            return inner[0] if isinstance(inner, list) and inner and isinstance(inner[0], Message) else None
        if kind in ("text/rfc822-headers", "message/rfc822-headers", "message/global-headers"):
            return parse(content(part).encode() + b"\n\n")
    copy = _COPY.search(text := body(mail))
    return parse(text[copy.end() :].partition("\n")[2].encode()) if copy else None


def _delivery_status(part: Message) -> Report | None:
    """RFC 3464: a block about the mail, then one for each recipient."""
    blocks = [block for block in _blocks(part) if any(True for _ in block.items())]
    found = [_recipient(block) for block in blocks if block.get("action")]
    if not found:
        return None
    kind, reason = min(found, key=lambda said: _ORDER.index(said[0]))
    named = next((header(block, "original-envelope-id") for block in blocks if block.get("original-envelope-id")), "")
    return Report(kind, reason, _from_xtext(named))


def _blocks(part: Message) -> Iterator[Message]:
    inner = part.get_payload()
    if isinstance(inner, list):
        yield from (block for block in inner[: RECIPIENTS_MAX + 1] if isinstance(block, Message))
        return
    for text in re.split(r"\n\s*\n", content(part), maxsplit=RECIPIENTS_MAX):
        block = parse(text.encode() + b"\n\n")
        if block is not None:
            yield block


def _recipient(block: Message) -> tuple[EventKind, str]:
    action = header(block, "action").lower().split(" ")[0]
    status = _STATUS.search(header(block, "status"))
    said = header(block, "diagnostic-code")
    code = status[1] if status else ""
    kind = _ACTIONS.get(action, "unknown")
    if kind == "failed" and is_for_good(code, said):
        kind = "bounced"
    return kind, f"{code} {said.partition(';')[2].strip() or said}".strip()


def _feedback(part: Message) -> Report | None:
    """RFC 5965: a mailbox provider passes on that she called the mail unwanted."""
    kind = next((header(b, "feedback-type") for b in _blocks(part) if b.get("feedback-type")), "")
    return Report("complained", f"reported as {kind[:40]}") if kind.lower() in ("abuse", "fraud", "opt-out") else None


def _in_plain_words(mail: Message) -> Report | None:
    """Servers that know no RFC 3464 write to whom they could not deliver for, in the name of the machine."""
    sender = header(mail, "from").lower()
    if not re.search(r"mailer-daemon|postmaster|mail delivery (sub)?system|mail-daemon", sender):
        return None
    text = body(mail)
    copy = _COPY.search(text)
    text = text[: copy.start()] if copy else text[:10_000]
    if not _GAVE_UP.search(header(mail, "subject") + "\n" + text):
        return None
    if _STILL_TRYING.search(text):
        return Report("deferred", _gist(text))
    status = _STATUS.search(text)
    return Report("bounced" if is_for_good(status[1] if status else "", text) else "failed", _gist(text))


def _gist(text: str) -> str:
    """The line in which the other server speaks, or else the first."""
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    said = next((line for line in lines if re.search(r"\b[45]\d\d[ -]|\b[45]\.\d+\.\d+\b", line)), "")
    return (said or " ".join(lines))[:500]


def _from_xtext(text: str) -> str:
    """RFC 3461, 4: signs that an SMTP argument cannot hold stand as + and two digits."""
    return unquote(re.sub(r"\+([0-9A-F]{2})", r"%\1", text)) if "%" not in text else text
