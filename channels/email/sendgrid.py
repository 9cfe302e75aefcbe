"""Sends mail by SendGrid and reads what SendGrid reports about it."""

from __future__ import annotations

import base64
import binascii
import json
import logging
from collections.abc import Sequence
from email.headerregistry import Address
from typing import Any
from urllib.error import URLError

import sendgrid
from cryptography.exceptions import InvalidSignature  # comes with the client, which checks by it too
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from python_http_client.exceptions import HTTPError

from channels import pause
from channels.account import account
from channels.channel import (
    Accepted,
    BadSignature,
    Caps,
    Event,
    EventKind,
    Kind,
    Outcome,
    Outgoing,
    Problem,
    RawRequest,
    Rejected,
    Retry,
    Unknown,
)
from channels.email import mime

OUR_ID = "askonce_id"
OUR_ATTEMPT = "askonce_attempt"
SIGNATURE = "x-twilio-email-event-webhook-signature"
TIMESTAMP = "x-twilio-email-event-webhook-timestamp"

# What SendGrid says, in our words; opens and clicks are not here because nobody asked for them.
EVENTS: dict[str, EventKind] = {
    "processed": "accepted",
    "deferred": "deferred",
    "delivered": "delivered",
    "bounce": "bounced",
    "blocked": "failed",
    "dropped": "failed",
    "spamreport": "complained",
    "unsubscribe": "optout",
    "group_unsubscribe": "optout",
    "group_resubscribe": "optin",
}
DROPPED: dict[str, EventKind] = {
    "Bounced Address": "bounced",
    "Invalid": "bounced",
    "Unsubscribed Address": "optout",
    "Spam Reporting Address": "optout",
}


class SendGrid:
    """By the official client. `webhook_key` is the public key of the signed event webhook, in base64."""

    name = "sendgrid"
    kind: Kind = "email"
    caps = Caps(batch_max=1, reports=True)

    def __init__(
        self,
        api_key: str,
        sender: str,
        base_url: str = "https://api.sendgrid.com",
        timeout: float = 10,
        webhook_key: str = "",
        per_second: float = 500,
    ):
        # At DEBUG the client writes the API key and every recipient into the log.
        logging.getLogger("python_http_client").setLevel(logging.WARNING)
        self.account = account(self.name, api_key)
        self.per_second = per_second
        self.sender = sender
        self.webhook_key = webhook_key
        self.api = sendgrid.SendGridAPIClient(api_key, host=base_url.rstrip("/"))
        self.api.client.timeout = timeout  # the client's own default is to wait for ever

    def check(self) -> list[Problem]:
        """Asks SendGrid what the key may do."""
        try:
            scopes = json.loads(self.api.client.scopes.get().body)["scopes"]
        except HTTPError as why:
            return [Problem(f"SendGrid refuses SENDGRID_API_KEY ({why.status_code})")]
        except Exception as why:
            return [Problem(f"SendGrid cannot be reached: {why}")]
        return [] if "mail.send" in scopes else [Problem("SENDGRID_API_KEY lacks the permission mail.send")]

    def send(self, items: Sequence[Outgoing]) -> list[Outcome]:
        return [self._send_one(item) for item in items]

    def _send_one(self, item: Outgoing) -> Outcome:
        try:
            request = _request(item, self.sender)
        except ValueError as why:
            return mime.refusal(why)
        try:
            response = self.api.send(request)
        except HTTPError as why:
            return _refused(why)
        except URLError as why:
            # Raised only while connecting or writing: SendGrid never saw a whole request.
            return Retry(f"no connection to SendGrid: {why.reason}", pause.SOON)
        except Exception as why:
            # The request is out, and the client passes on whatever its socket raised.
            return Unknown(f"no answer from SendGrid: {why!r}")
        if response.status_code != 202:
            return Unknown(f"SendGrid answered {response.status_code}")
        return Accepted(str(response.headers.get("X-Message-Id", "")))

    def verify(self, request: RawRequest) -> None:
        """ECDSA over the time and the raw body, by the public key from SendGrid's settings page."""
        try:
            key = serialization.load_der_public_key(base64.b64decode(self.webhook_key, validate=True))
            signed = request.headers[TIMESTAMP].encode() + request.body
            signature = base64.b64decode(request.headers[SIGNATURE], validate=True)
            assert isinstance(key, ec.EllipticCurvePublicKey)
            key.verify(signature, signed, ec.ECDSA(hashes.SHA256()))
        except (InvalidSignature, KeyError, ValueError, binascii.Error, AssertionError) as why:
            raise BadSignature("SendGrid did not make this callback") from why

    def parse(self, request: RawRequest) -> list[Event]:
        try:
            events = json.loads(request.body)
        except ValueError:
            return []
        return [_event(event) for event in events if isinstance(event, dict)] if isinstance(events, list) else []

    def find(self, item: Outgoing) -> Outcome | None:
        """None: SendGrid's activity feed is a paid extra and runs minutes late."""
        return None


def _request(item: Outgoing, sender: str) -> dict[str, Any]:
    mail = mime.build(item, sender)  # refuses what must not be in a mail, as it does for every other way out
    author, recipient = mail["From"].addresses[0], mail["To"].addresses[0]
    content = [("text/plain", item.text), ("text/html", item.html)]
    return {
        "personalizations": [
            {
                "to": [_mailbox(recipient)],
                "headers": {"Auto-Submitted": "auto-generated", **item.headers},
                "custom_args": {
                    name: value for name, value in ((OUR_ID, item.id), (OUR_ATTEMPT, item.attempt)) if value
                },
            }
        ],
        "from": _mailbox(author),
        "subject": item.subject,
        "content": [{"type": kind, "value": value} for kind, value in content if value],
        # Tracking would send the signed links through SendGrid's redirect, and its own unsubscribe link
        # would leave us believing that we may write again.
        "tracking_settings": {
            "click_tracking": {"enable": False, "enable_text": False},
            "open_tracking": {"enable": False},
            "subscription_tracking": {"enable": False},
        },
    }


def _mailbox(who: Address) -> dict[str, str]:
    name = {"name": who.display_name} if who.display_name else {}
    return {"email": who.addr_spec, **name}


def _refused(why: HTTPError) -> Outcome:
    reason, fields = _errors(why)
    match why.status_code:
        case 429:
            return Retry(reason, pause.asked_for(why.headers))
        case 400 if any(".to." in field for field in fields):
            return Rejected(reason, "address")
        case 400 if not any(field.startswith("from") for field in fields):
            return Rejected(reason, "content")
        case 413:
            return Rejected(reason, "content")
        case status if 400 <= status < 500:
            return Rejected(reason, "account")
    return Unknown(reason)  # a gateway may say 502 after it has passed the mail on


def _errors(why: HTTPError) -> tuple[str, list[str]]:
    try:
        errors = json.loads(why.body)["errors"]
        said, fields = [str(e["message"]) for e in errors], [str(e.get("field") or "") for e in errors]
    except (ValueError, KeyError, TypeError, AttributeError):
        said, fields = [], []
    return f"{why.status_code} {'; '.join(said)}".strip()[:500], fields


def _event(event: dict[str, Any]) -> Event:
    word, reason = str(event.get("event", "")), str(event.get("reason", ""))
    kind = EVENTS.get(
        str(event.get("type")) if word == "bounce" and event.get("type") == "blocked" else word, "unknown"
    )
    if word == "dropped":
        kind = DROPPED.get(reason, kind)
    return Event(
        kind=kind,
        id=str(event.get(OUR_ID, "")),
        ref=str(event.get("sg_message_id", "")).partition(".")[0],  # the rest names SendGrid's own machines
        reason=reason or (word if kind == "unknown" else ""),
        raw_id=str(event.get("sg_event_id", "")),
        attempt=str(event.get(OUR_ATTEMPT, "")),
        at=event["timestamp"] if isinstance(event.get("timestamp"), int) else None,
    )
