"""What SendGrid accepts as a mail and what it says to the rest; the stand-in goes by it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from typing import Any

Fault = tuple[str, str]
"""Message and field, as SendGrid words them."""

# https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send
FIELDS = frozenset(
    {
        "personalizations",
        "from",
        "reply_to",
        "reply_to_list",
        "subject",
        "content",
        "attachments",
        "template_id",
        "headers",
        "categories",
        "custom_args",
        "send_at",
        "batch_id",
        "asm",
        "ip_pool_name",
        "mail_settings",
        "tracking_settings",
    }
)
PERSONAL = frozenset(
    {
        "from",
        "to",
        "cc",
        "bcc",
        "subject",
        "headers",
        "substitutions",
        "dynamic_template_data",
        "custom_args",
        "send_at",
    }
)
RESERVED = frozenset(
    {
        "x-sg-id",
        "x-sg-eid",
        "received",
        "dkim-signature",
        "content-type",
        "content-transfer-encoding",
        "to",
        "from",
        "subject",
        "reply-to",
        "cc",
        "bcc",
    }
)


def faults(mail: Any) -> list[Fault]:
    """Everything that SendGrid would refuse, in its order; a mail is accepted whole or not at all."""
    if not isinstance(mail, dict):
        return [("Bad Request", "")]
    try:
        return [*_top(mail), *_people(mail), *_content(mail)]
    except (TypeError, AttributeError, KeyError) as why:
        return [(f"Invalid type. {why}", "")]


def _top(mail: Mapping[str, Any]) -> Iterator[Fault]:
    for name in mail.keys() - FIELDS:
        yield f"Additional property {name} is not allowed", ""
    if not _is_mailbox(mail.get("from")):
        yield "The from object must be provided with a valid address.", "from.email"
    if mail.get("send_at", 0) > time.time() + 72 * 3600:
        yield "Scheduling more than 72 hours in advance is forbidden", "send_at"


def _people(mail: Mapping[str, Any]) -> Iterator[Fault]:
    people = mail.get("personalizations") or []
    if not 1 <= len(people) <= 1000:
        yield "The personalizations field is required and must have from 1 to 1000 items.", "personalizations"
    if sum(len(_addresses(person)) for person in people) > 1000:
        yield "Too many recipients.", "personalizations"
    for at, person in enumerate(people):
        yield from _person(person, f"personalizations.{at}")


def _person(person: Mapping[str, Any], at: str) -> Iterator[Fault]:
    addresses = _addresses(person)
    if not person.get("to"):
        yield "The to array is required for all personalization objects.", f"{at}.to"
    for number, mailbox in enumerate(person.get("to") or []):
        if not _is_mailbox(mailbox):
            yield "Does not contain a valid address.", f"{at}.to.{number}.email"
    if len(set(addresses)) < len(addresses):
        yield "Each email address should be unique between to, cc, and bcc.", at
    for name in person.keys() - PERSONAL:
        yield f"Additional property {name} is not allowed", at
    for name, value in (person.get("headers") or {}).items():
        if name.lower() in RESERVED or not isinstance(value, str) or "\n" in value:
            yield f"The header {name} is reserved or malformed.", f"{at}.headers"
    args = person.get("custom_args") or {}
    if not all(isinstance(value, str) for value in args.values()) or len(str(args)) > 10_000:
        yield "Custom args must be strings and below 10,000 bytes.", f"{at}.custom_args"


def _content(mail: Mapping[str, Any]) -> Iterator[Fault]:
    if mail.get("template_id"):
        return
    if not mail.get("subject") and not all(p.get("subject") for p in mail.get("personalizations") or [{}]):
        yield "The subject is required. You can get around this with a template.", "subject"
    parts = mail.get("content") or []
    if not parts or not all(part.get("type") and part.get("value") for part in parts):
        yield "The content value must be a string at least one character in length.", "content"
    if [part.get("type") for part in parts] != sorted((part.get("type") for part in parts), reverse=True):
        yield "If present, text/plain must come first, then text/html.", "content"


def _addresses(person: Mapping[str, Any]) -> list[str]:
    boxes = [box for field in ("to", "cc", "bcc") for box in person.get(field) or []]
    return [str(box.get("email", "")).lower() for box in boxes]


def _is_mailbox(box: Any) -> bool:
    shape = r"[^@\s<>,;]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+"
    return isinstance(box, dict) and bool(re.fullmatch(shape, str(box.get("email", ""))))
