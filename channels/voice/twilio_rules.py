"""What Twilio accepts as a call and what it says to the rest; the stand-in goes by it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit
from xml.etree import ElementTree

from channels.sms.twilio_rules import Refusal

_TEXT = r"[\s\S]*"
_TRUTH = r"true|false"
_WHOLE = r"\d{1,6}"
_METHOD = r"GET|POST"

# The fields of CreateCall in Twilio's published description (twilio_api_v2010) that a client may send, and their shape.
FIELDS = {
    "To": _TEXT,
    "From": _TEXT,
    "Url": _TEXT,
    "Twiml": _TEXT,
    "ApplicationSid": r"AP[0-9a-fA-F]{32}",
    "Method": _METHOD,
    "FallbackUrl": _TEXT,
    "FallbackMethod": _METHOD,
    "StatusCallback": _TEXT,
    "StatusCallbackEvent": r"initiated|ringing|answered|completed",
    "StatusCallbackMethod": _METHOD,
    "SendDigits": r"[0-9#*wW]{1,32}",
    "Timeout": _WHOLE,
    "TimeLimit": _WHOLE,
    "Record": _TRUTH,
    "Trim": r"trim-silence|do-not-trim",
    "CallerId": _TEXT,
    "MachineDetection": r"Enable|DetectMessageEnd",
    "MachineDetectionTimeout": r"[3-9]|[1-5]\d",
    "AsyncAmd": _TRUTH,
    "AsyncAmdStatusCallback": _TEXT,
    "AsyncAmdStatusCallbackMethod": _METHOD,
    "CallReason": _TEXT,
}
MANY = frozenset({"StatusCallbackEvent"})
"""Fields that may be given more than once."""
TWIML_MOST = 4000
RINGS_MOST = 600

# https://www.twilio.com/docs/iam/test-credentials
MAGIC_TO = {
    "+15005550001": (21217, "Phone number does not appear to be valid"),
    "+15005550002": (21214, "'To' phone number cannot be reached"),
    "+15005550003": (21215, "Account not authorized to call this country"),
    "+15005550004": (21216, "Account not allowed to call this number"),
}
MAGIC_FROM = {
    "+15005550001": (21212, "Invalid 'From' number"),
    "+15005550007": (21210, "'From' phone number not verified"),
}


def check(fields: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The fields by name; raises Refusal for what Twilio would not take."""
    once = dict(fields)
    for fault in (_shape(fields), _numbers(once), _page(once), _callback(once.get("StatusCallback"))):
        if fault:
            raise Refusal(400, *fault)
    return once


def _shape(fields: Sequence[tuple[str, str]]) -> tuple[int, str] | None:
    names = [name for name, _ in fields]
    for name, value in fields:
        if name not in FIELDS or not re.fullmatch(FIELDS[name], value) or (names.count(name) > 1 and name not in MANY):
            return 20001, f"Parameter {name} is unknown, malformed or given twice"
    if int(dict(fields).get("Timeout", "60")) > RINGS_MOST:
        return 20001, f"Timeout is more than {RINGS_MOST}"
    return None


def _numbers(fields: Mapping[str, str]) -> tuple[int, str] | None:
    sender, to = fields.get("From", ""), fields.get("To", "")
    if not to:
        return 21201, "No 'To' number specified"
    if not sender:
        return 21213, "'From' phone number is required"
    if not _is_number(sender):
        return 21212, "Invalid 'From' number"
    if not _is_number(to):
        return 21211, f"Invalid 'To' phone number: {to}"
    return MAGIC_FROM.get(sender) or MAGIC_TO.get(to)


def _page(fields: Mapping[str, str]) -> tuple[int, str] | None:
    given = [name for name in ("Url", "Twiml", "ApplicationSid") if fields.get(name)]
    if len(given) != 1:
        return 21205, "One of Url, Twiml and ApplicationSid is required, and not more"
    if given == ["Url"] and not _is_address(fields["Url"]):
        return 21205, "Url is not a valid URL"
    twiml = fields.get("Twiml", "")
    if len(twiml) > TWIML_MOST:
        return 21205, f"Twiml has more than {TWIML_MOST} characters"
    return None if not twiml or _is_xml(twiml) else (12100, "Document parse failure")


def _callback(url: str | None) -> tuple[int, str] | None:
    return (21609, "The 'StatusCallback' URL is not valid") if url is not None and not _is_address(url) else None


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"\+[1-9]\d{6,14}", text, re.ASCII))


def _is_xml(text: str) -> bool:
    try:
        return ElementTree.fromstring(text).tag == "Response"  # noqa: S314  # what our own client sent
    except ElementTree.ParseError:
        return False


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and "_" not in (parts.hostname or "")
