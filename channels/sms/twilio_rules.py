"""What Twilio accepts as a message and what it says to the rest; the stand-in goes by it."""

from __future__ import annotations

import json
import re
from collections.abc import Container, Mapping
from typing import Any
from urllib.parse import urlsplit

WHATSAPP = "whatsapp:"


class Refusal(Exception):
    """An answer of Twilio's that is no success."""

    def __init__(self, status: int, code: int, message: str):
        super().__init__(message)
        self.status, self.code, self.message = status, code, message

    def body(self) -> dict[str, Any]:
        """As Twilio words it."""
        more = f"https://www.twilio.com/docs/errors/{self.code}"
        return {"code": self.code, "message": self.message, "more_info": more, "status": self.status}


_TEXT = r"[\s\S]*"
_TRUTH = r"true|false"
_WHOLE = r"\d{1,6}"

# Every field of CreateMessage in Twilio's published description (twilio_api_v2010), and its shape.
FIELDS = {
    "To": _TEXT,
    "From": _TEXT,
    "MessagingServiceSid": r"MG[0-9a-fA-F]{32}",
    "Body": _TEXT,
    "MediaUrl": _TEXT,
    "ContentSid": r"HX[0-9a-fA-F]{32}",
    "ContentVariables": _TEXT,
    "StatusCallback": _TEXT,
    "ApplicationSid": r"AP[0-9a-fA-F]{32}",
    "MaxPrice": r"\d+(\.\d+)?",
    "ProvideFeedback": _TRUTH,
    "Attempt": _WHOLE,
    "ValidityPeriod": _TEXT,
    "ForceDelivery": _TRUTH,
    "ContentRetention": r"retain|discard",
    "AddressRetention": r"retain|obfuscate",
    "SmartEncoded": _TRUTH,
    "PersistentAction": _TEXT,
    "TrafficType": r"free",
    "ShortenUrls": _TRUTH,
    "ScheduleType": r"fixed",
    "SendAt": r"\d{4}-\d\d-\d\dT[\d:.]+Z?.*",
    "SendAsMms": _TRUTH,
    "RiskCheck": r"enable|disable",
    "FallbackFrom": _TEXT,
}

# https://www.twilio.com/docs/iam/test-credentials
MAGIC_TO = {
    "+15005550001": (21211, "The 'To' number is not a valid phone number"),
    "+15005550002": (21612, "The 'To' number is not reachable from this 'From' number"),
    "+15005550003": (21408, "Permission to send an SMS has not been enabled for this region"),
    "+15005550004": (21610, "Attempt to send to unsubscribed recipient"),
    "+15005550009": (21614, "The 'To' number is not a valid mobile number"),
}
MAGIC_FROM = {
    "+15005550001": (21212, "The 'From' number is not a valid phone number"),
    "+15005550007": (21606, "The 'From' number is not yours or takes no texts"),
    "+15005550008": (21611, "This 'From' number has exceeded its queue"),
}


def check(fields: Mapping[str, str], opted_out: Container[str]) -> None:
    """Raise Refusal for what Twilio would not take."""
    for fault in (_shape(fields), _sender(fields), _content(fields), _recipient(fields["To"], opted_out)):
        if fault:
            raise Refusal(400, *fault)


def _shape(fields: Mapping[str, str]) -> tuple[int, str] | None:
    if not fields.get("To"):
        return 21604, "A 'To' phone number is required"
    for name, value in fields.items():
        if name not in FIELDS or not re.fullmatch(FIELDS[name], value):
            return 20001, f"Parameter {name} is unknown or malformed"
    return None


def _sender(fields: Mapping[str, str]) -> tuple[int, str] | None:
    sender = fields.get("From", "")
    if bool(sender) == ("MessagingServiceSid" in fields):
        return 21603, "A 'From' number or a 'MessagingServiceSid' is required, and not both"
    if sender and sender.startswith(WHATSAPP) != fields["To"].startswith(WHATSAPP):
        return 21910, "The 'From' and 'To' addresses are not of the same channel"
    if sender and not _is_number(sender):
        return 21212, "The 'From' number is not a valid phone number"
    return MAGIC_FROM.get(sender)


def _content(fields: Mapping[str, str]) -> tuple[int, str] | None:
    body, callback = fields.get("Body", ""), fields.get("StatusCallback")
    if not any(fields.get(name) for name in ("Body", "MediaUrl", "ContentSid")):
        return 21602, "A message body, media or content is required"
    if not _fills(fields.get("ContentVariables"), fields.get("ContentSid")):
        return 21656, "The ContentVariables parameter is invalid"
    if not _is_period(fields.get("ValidityPeriod", "1")):
        return 21624, "The validity period must be a whole number of seconds from 1 to 36000"
    if len(body) > 1600:
        return 21617, "The message body exceeds 1600 characters"
    if callback is not None and not _is_callback(callback):
        return 21609, "The 'StatusCallback' URL is not valid"
    return None


def _recipient(to: str, opted_out: Container[str]) -> tuple[int, str] | None:
    if not _is_number(to):
        return 21211, f"The 'To' number {to} is not a valid phone number"
    if to in opted_out:
        return MAGIC_TO["+15005550004"]
    return MAGIC_TO.get(to)


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"\+[1-9]\d{6,14}", text.removeprefix(WHATSAPP), re.ASCII))


def _fills(variables: str | None, template: str | None) -> bool:
    """One word or more for each blank, counted from 1, without line breaks; and a template that has them."""
    if variables is None:
        return True
    try:
        said = json.loads(variables)
    except ValueError:
        return False
    numbered = isinstance(said, dict) and list(said) == [str(n) for n in range(1, len(said) + 1)]
    return bool(template) and numbered and all(isinstance(each, str) and _is_one_line(each) for each in said.values())


def _is_one_line(text: str) -> bool:
    return bool(text.strip()) and not re.search(r"[\n\t]| {4,}", text)


def _is_period(text: str) -> bool:
    return bool(re.fullmatch(r"[1-9]\d{0,4}", text, re.ASCII)) and int(text) <= 36_000


def _is_callback(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and "_" not in (parts.hostname or "")
