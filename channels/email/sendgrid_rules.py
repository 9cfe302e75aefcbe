"""What SendGrid accepts as a mail and what it says to the rest; the stand-in goes by it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from typing import Any

Fault = tuple[str, str]
"""Message and field, as SendGrid words them."""

# The shape of a mail, https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send: a name with ! must be
# there, [x] is a list of x, and "mailbox" an object with an address and perhaps a name.
_SWITCH = {"enable": bool}
_WORDED_SWITCH = {"enable": bool, "text": str, "html": str}
_MAILBOX = {"email!": str, "name": str}
_PERSON = {
    "from": _MAILBOX,
    "to!": [_MAILBOX],
    "cc": [_MAILBOX],
    "bcc": [_MAILBOX],
    "subject": str,
    "headers": dict,
    "substitutions": dict,
    "dynamic_template_data": dict,
    "custom_args": dict,
    "send_at": int,
}
SHAPE = {
    "personalizations!": [_PERSON],
    "from!": _MAILBOX,
    "reply_to": _MAILBOX,
    "reply_to_list": [_MAILBOX],
    "subject": str,
    "content": [{"type!": str, "value!": str}],
    "attachments": [
        {"content!": str, "type": str, "filename!": str, "disposition": str, "content_id": str},
    ],
    "template_id": str,
    "headers": dict,
    "categories": [str],
    "custom_args": dict,
    "send_at": int,
    "batch_id": str,
    "asm": {"group_id!": int, "groups_to_display": [int]},
    "ip_pool_name": str,
    "mail_settings": {
        "bypass_list_management": _SWITCH,
        "bypass_spam_management": _SWITCH,
        "bypass_bounce_management": _SWITCH,
        "bypass_unsubscribe_management": _SWITCH,
        "footer": _WORDED_SWITCH,
        "sandbox_mode": _SWITCH,
    },
    "tracking_settings": {
        "click_tracking": {"enable": bool, "enable_text": bool},
        "open_tracking": {"enable": bool, "substitution_tag": str},
        "subscription_tracking": {**_WORDED_SWITCH, "substitution_tag": str},
        "ganalytics": {
            "enable": bool,
            "utm_source": str,
            "utm_medium": str,
            "utm_term": str,
            "utm_content": str,
            "utm_campaign": str,
        },
    },
}
RESERVED = frozenset(
    {
        "x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type", "content-transfer-encoding", "to", "from",
        "subject", "reply-to", "cc", "bcc",
    }
)  # fmt: skip
_CALLED = {str: "string", int: "integer", bool: "boolean", dict: "object", list: "array"}
EACH_MAX = 10_000
"""Bytes of a person's substitutions, and of her custom arguments."""
AHEAD_MAX = 72 * 3600
"""Seconds into the future that a mail may be scheduled."""


def faults(mail: Any) -> list[Fault]:
    """Everything that SendGrid would refuse; a mail is accepted whole or not at all."""
    if not isinstance(mail, dict):
        return [("Bad Request", "")]
    return list(_shape(mail, SHAPE, "")) or [*_top(mail), *_people(mail), *_content(mail)]


def _shape(value: Any, shape: Any, at: str) -> Iterator[Fault]:
    """What is not of the shape: unknown names, missing ones, values of another type."""
    wanted = type(shape) if isinstance(shape, dict | list) else shape
    if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
        yield f"Invalid type. Expected: {_CALLED[wanted]}, given: {_CALLED.get(type(value), 'null')}.", at
    elif isinstance(shape, list):
        for n, item in enumerate(value):
            yield from _shape(item, shape[0], f"{at}.{n}")
    elif isinstance(shape, dict) and isinstance(value, dict):
        yield from _members(value, {name.removesuffix("!"): inner for name, inner in shape.items()}, at)
        for name in (name[:-1] for name in shape if name.endswith("!") and name[:-1] not in value):
            yield f"The {name} parameter is required.", f"{at}.{name}".lstrip(".")


def _members(value: Mapping[str, Any], shape: Mapping[str, Any], at: str) -> Iterator[Fault]:
    for name, inner in value.items():
        if name not in shape:
            yield f"Additional property {name} is not allowed", at
        else:
            yield from _shape(inner, shape[name], f"{at}.{name}".lstrip("."))


def _top(mail: Mapping[str, Any]) -> Iterator[Fault]:
    for name in ("from", "reply_to"):
        if name in mail and not _is_mailbox(mail[name]):
            yield f"The {name} email does not contain a valid address.", f"{name}.email"
    if mail.get("send_at", 0) > time.time() + AHEAD_MAX:
        yield "Scheduling more than 72 hours in advance is forbidden", "send_at"
    categories = mail.get("categories", [])
    if len(categories) > 10 or len(set(categories)) < len(categories) or any(len(c) > 255 for c in categories):
        yield "There may be 10 different categories of 255 characters.", "categories"
    if not 2 <= len(mail.get("ip_pool_name", "any")) <= 64:
        yield "The ip_pool_name must have from 2 to 64 characters.", "ip_pool_name"
    if len(mail.get("asm", {}).get("groups_to_display", [])) > 25:
        yield "There may be 25 groups_to_display.", "asm.groups_to_display"
    for n, file in enumerate(mail.get("attachments", [])):
        if not file["content"] or file.get("disposition", "inline") not in ("inline", "attachment"):
            yield "The attachment has no content, or an unknown disposition.", f"attachments.{n}"
    yield from _headers(mail.get("headers", {}), "headers")


def _people(mail: Mapping[str, Any]) -> Iterator[Fault]:
    people = mail["personalizations"]
    if not 1 <= len(people) <= 1000:
        yield "The personalizations block must have from 1 to 1000 personalizations per request.", "personalizations"
    if sum(len(_addresses(person)) for person in people) > 1000:
        yield "There is a limit of 1000 total recipients (to + cc + bcc) per request.", "personalizations"
    for n, person in enumerate(people):
        yield from _person(person, f"personalizations.{n}")


def _person(person: Mapping[str, Any], at: str) -> Iterator[Fault]:
    addresses = _addresses(person)
    if not person["to"]:
        yield "The to array is required for all personalization objects.", f"{at}.to"
    for kind in ("to", "cc", "bcc"):
        for n, mailbox in enumerate(person.get(kind, [])):
            if not _is_mailbox(mailbox):
                yield "Does not contain a valid address.", f"{at}.{kind}.{n}.email"
    if len(set(addresses)) < len(addresses):
        yield "Each email address in the personalization block should be unique between to, cc, and bcc.", at
    if person.get("subject") == "":
        yield "The subject must be at least one character in length.", f"{at}.subject"
    if person.get("send_at", 0) > time.time() + AHEAD_MAX:
        yield "Scheduling more than 72 hours in advance is forbidden", f"{at}.send_at"
    yield from _headers(person.get("headers", {}), f"{at}.headers")
    for name in ("substitutions", "custom_args"):
        pairs = person.get(name, {})
        if not all(isinstance(value, str) for value in pairs.values()):
            yield f"The {name} values must be strings.", f"{at}.{name}"
        elif sum(len(key.encode()) + len(value.encode()) for key, value in pairs.items()) > EACH_MAX:
            yield f"The {name} may hold {EACH_MAX} bytes.", f"{at}.{name}"


def _headers(headers: Mapping[str, Any], at: str) -> Iterator[Fault]:
    for name, value in headers.items():
        if name.lower() in RESERVED:
            yield f"The header {name} is reserved.", at
        elif not isinstance(value, str) or not name.isascii() or re.search(r"[\r\n:\s]", name) or "\n" in value:
            yield f"The header {name} is malformed.", at


def _content(mail: Mapping[str, Any]) -> Iterator[Fault]:
    if mail.get("template_id"):
        return
    if not mail.get("subject") and not all(p.get("subject") for p in mail["personalizations"] or [{}]):
        yield "The subject is required. You can get around this with a template.", "subject"
    parts = mail.get("content") or [{}]
    for n, part in enumerate(parts):
        if not part.get("type") or not part.get("value"):
            yield "The content value must be a string at least one character in length.", f"content.{n}.value"
    types = [part.get("type", "") for part in parts]
    if types != sorted(types, key=lambda kind: ("text/plain", "text/html").index(kind) if kind in _FIRST else 2):
        yield "If present, text/plain and text/html may only be provided once, and in that order.", "content"


_FIRST = ("text/plain", "text/html")


def _addresses(person: Mapping[str, Any]) -> list[str]:
    return [box["email"].lower() for field in ("to", "cc", "bcc") for box in person.get(field, [])]


def _is_mailbox(box: Mapping[str, Any]) -> bool:
    return bool(re.fullmatch(r"[^@\s<>,;]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", box["email"]))
