"""People with phones, for Twilio's stand-in: they text one of its numbers, and get what is said back."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode
from xml.etree import ElementTree

from channels.call_back import LONGEST, ask
from channels.channel import RawRequest
from channels.sms.inbound import HELP, START, STOP
from channels.sms.render import segments
from channels.twilio.signature import sign

NUMBER = "+15005550006"
STOPPED = "You have successfully been unsubscribed. You will not receive any more messages from this number."
STARTED = "You have successfully been re-subscribed to messages from this number."
HELPED = "Reply STOP to unsubscribe. Msg&Data Rates May Apply."
TYPES = ("text/xml", "application/xml")


@dataclass(frozen=True)
class Said:
    """A text back: its words, and where its callbacks go."""

    text: str
    callback: str = ""


@dataclass(frozen=True)
class Wrote:
    """What came of a text: the call that handed it over, what that was answered, and what Twilio says of its own."""

    request: RawRequest
    status: int
    said: tuple[Said, ...]
    own: str = ""
    error: int = 0
    """Twilio's number for what was wrong with the answer; then nothing of it is sent."""


class Exchange:
    """What Twilio does with texts that come in, by its default handling of STOP, or by Advanced Opt-Out."""

    def __init__(self, account_sid: str, auth_token: str, opted_out: set[str], number: str = NUMBER) -> None:
        self.account_sid = account_sid
        self.auth_token = auth_token
        self.opted_out = opted_out
        self.number = number
        self.url = ""
        """Where texts are handed over; `fallback` where that fails."""
        self.fallback = ""
        self.fallbacks = 0
        """How often that was asked."""
        self.advanced = False
        self.wrote_today: set[str] = set()
        """By WhatsApp, whoever has written within a day may be answered in any words."""
        self._one = threading.Lock()

    def wrote(self, sender: str, text: str, media: int = 0, sid: str = "") -> Wrote:
        """`sender` wrote `text`: it is handed over, once more at the fallback address where nobody took it."""
        self.wrote_today.add(sender)
        own, type = self._wish(sender, text)
        fields = self.fields(sender, text, media, sid or f"SM{secrets.token_hex(16)}", type)
        found = self.hand_over(self.url, fields)
        if self.fallback and not 200 <= found.status < 300:
            self.fallbacks += 1
            found = self.hand_over(self.fallback, fields)
        if sender in self.opted_out:
            return Wrote(found.request, found.status, (), own, 21610 if found.said else found.error)
        return Wrote(found.request, found.status, found.said, own, found.error)

    def fields(self, sender: str, text: str, media: int, sid: str, type: str = "") -> dict[str, str]:
        """The form of one text."""
        return {
            "ToCountry": "US", "SmsMessageSid": sid, "NumMedia": str(media), "SmsSid": sid, "SmsStatus": "received",
            "Body": text, "To": self.number, "NumSegments": str(max(1, segments(text))), "MessageSid": sid,
            "AccountSid": self.account_sid, "From": sender, "ApiVersion": "2010-04-01",
            **({"OptOutType": type} if type else {}),
        }  # fmt: skip

    def signed(self, url: str, fields: dict[str, str]) -> RawRequest:
        signature = sign(self.auth_token, url, fields.items())
        headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
        return RawRequest(url, headers, urlencode(fields).encode())

    def hand_over(self, url: str, fields: dict[str, str]) -> Wrote:
        """One call, and what its answer has sent (https://www.twilio.com/docs/messaging/twiml)."""
        request = self.signed(url, fields)
        status, type, body = ask(request)
        if not 200 <= status < 300:
            return Wrote(request, status, (), error=11200)
        if not body:
            return Wrote(request, status, ())
        if len(body) > LONGEST:
            return Wrote(request, status, (), error=11750)
        if type.partition(";")[0].strip() not in TYPES:
            return Wrote(request, status, (), error=12300)
        try:
            said = _said(body)
        except (ElementTree.ParseError, ValueError):
            return Wrote(request, status, (), error=12100)
        if any(not each.text or len(each.text) > 1600 for each in said):
            return Wrote(request, status, (), error=21617)
        return Wrote(request, status, said)

    def _wish(self, sender: str, text: str) -> tuple[str, str]:
        """What Twilio says by itself, and what it calls the wish under Advanced Opt-Out."""
        word = text.strip().upper()
        with self._one:
            if word in STOP:
                self.opted_out.add(sender)
                return STOPPED, "STOP" if self.advanced else ""
            if word in START and (self.advanced or sender in self.opted_out):
                had_stopped = sender in self.opted_out
                self.opted_out.discard(sender)
                return STARTED if had_stopped else "", "START" if self.advanced else ""
        if word in HELP and self.advanced:
            return HELPED, "HELP"
        return "", ""


def _said(body: bytes) -> tuple[Said, ...]:
    """The messages in TwiML; raises ValueError for a verb that texts do not know."""
    root = ElementTree.fromstring(body)  # noqa: S314  # what our own server wrote
    if root.tag != "Response" or any(verb.tag not in ("Message", "Redirect") for verb in root):
        raise ValueError(root.tag)
    return tuple(_message(verb) for verb in root if verb.tag == "Message")


def _message(verb: ElementTree.Element) -> Said:
    bodies: Sequence[str] = [part.text or "" for part in verb if part.tag == "Body"]
    return Said((verb.text or "").strip() or "".join(bodies), verb.get("statusCallback", ""))
