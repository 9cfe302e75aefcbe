"""Sends mail by SendGrid and reads what SendGrid reports about it."""

from __future__ import annotations

import json
import logging
import re
import time
from collections import deque
from collections.abc import Sequence
from datetime import timedelta
from functools import cached_property
from urllib.error import URLError

import sendgrid
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from python_http_client.exceptions import HTTPError

from channels import pause
from channels.account import account
from channels.channel import (
    Accepted,
    BadSignature,
    Caps,
    Event,
    Kind,
    Outcome,
    Outgoing,
    Problem,
    RawRequest,
    Rejected,
    Retry,
    Unknown,
)
from channels.email import inbound_parse, mime, sendgrid_events, sendgrid_signature
from channels.email.sendgrid_batch import PEOPLE_MAX, Prepared, groups, prepare, request, split
from channels.hush import hush

PATIENCE = 15.0
"""Seconds after which no further request of a batch is begun: whoever waits for `send` does not wait for ever."""
NEXT = timedelta(seconds=1)

ACCOUNT = frozenset({401, 402, 403, 404, 405, 406, 415})
"""Key, payment, sender, address of the API: no mail fares better until it is mended."""

# What a refusal may be about that all mails of a request share: no part of it would fare better alone.
SHARED = re.compile(r"(from|subject|content|reply_to|tracking_settings|mail_settings|categories|asm)\b")

_log = logging.getLogger(__name__)


class SendGrid:
    """By the official client. `webhook_key` is the public key of the signed event webhook, in base64; several, of
    the inbound webhook too, are separated by spaces or commas. `timeout` is in seconds, for each step of a request."""

    name = "sendgrid"
    kind: Kind = "email"

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
        hush("python_http_client.client")
        self.account = account(self.name, api_key)
        self.per_second = per_second
        # Without a key no report can be believed, and none is.
        self.caps = Caps(batch_max=PEOPLE_MAX, reports=bool(webhook_key), inbound=bool(webhook_key))
        self.sender = sender
        self.webhook_key = webhook_key
        self.api = sendgrid.SendGridAPIClient(api_key, host=base_url.rstrip("/"))
        self.api.client.timeout = timeout  # the client's own default is to wait for ever

    def check(self) -> list[Problem]:
        """Asks SendGrid what the key may do."""
        return [Problem(text) for text in (self._wrong_key(), self._wrong_account()) if text]

    def send(self, items: Sequence[Outgoing]) -> list[Outcome]:
        """As few requests as can be. SendGrid takes all mails of a request or none: one that it refuses is parted until
        only the bad are refused. One that goes unanswered is unknown for each of its mails, and is not sent again."""
        outcomes, ready = dict[int, Outcome](), list[Prepared]()
        for place, item in enumerate(items):
            try:
                ready.append(prepare(place, item, self.sender))
            except ValueError as why:
                outcomes[place] = mime.refusal(why)
        waiting, until = deque[Sequence[Prepared]](groups(ready)), time.monotonic() + PATIENCE
        rest: Outcome | None = None
        while waiting:
            mails = waiting.popleft()
            if time.monotonic() > until:
                rest = rest or Retry("the batch took too long; this mail's turn never came", NEXT)
            said = rest or self._post(mails)
            if isinstance(said, list):
                waiting.extendleft(reversed(said))
                continue
            rest = rest or _for_the_rest(said)
            outcomes |= {mail.place: said for mail in mails}
        return [outcomes[place] for place in range(len(items))]

    def verify(self, request: RawRequest) -> None:
        """ECDSA over the time and the raw body, by a public key from SendGrid's settings page."""
        try:
            known = self._keys
        except ValueError as why:
            raise BadSignature(f"SENDGRID_WEBHOOK_KEY {why}") from why
        sendgrid_signature.verify(known, request)

    def parse(self, request: RawRequest) -> list[Event]:
        """What the event webhook tells, or the mail that Inbound Parse hands over."""
        if request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
            return inbound_parse.read(request)
        return sendgrid_events.read(request.body)

    def find(self, item: Outgoing) -> Outcome | None:
        """None: SendGrid's activity feed is a paid extra and runs minutes late."""
        return None

    @cached_property
    def _keys(self) -> list[EllipticCurvePublicKey]:
        return sendgrid_signature.keys(self.webhook_key)

    def _wrong_key(self) -> str:
        try:
            sendgrid_signature.keys(self.webhook_key)
        except ValueError as why:
            return f"SENDGRID_WEBHOOK_KEY {why}"
        return ""

    def _wrong_account(self) -> str:
        try:
            scopes = json.loads(self.api.client.scopes.get().body)["scopes"]
        except HTTPError as why:
            return f"SendGrid refuses SENDGRID_API_KEY ({why.status_code})"
        except Exception as why:
            return f"SendGrid cannot be reached: {why}"
        return "" if "mail.send" in scopes else "SENDGRID_API_KEY lacks the permission mail.send"

    def _post(self, mails: Sequence[Prepared]) -> Outcome | list[Sequence[Prepared]]:
        """One request: what became of all its mails, or the parts to try instead."""
        try:
            response = self.api.send(request(mails))
        except HTTPError as why:
            return _refused(why, mails)
        except URLError as why:
            # Raised only while connecting or writing: SendGrid never saw a whole request.
            return Retry(f"no connection to SendGrid: {why.reason}"[:500], pause.SOON)
        except Exception as why:
            # The request is out, and the client passes on whatever its socket raised.
            return Unknown(f"no answer from SendGrid: {why!r}"[:500])
        if response.status_code != 202:
            return Unknown(f"SendGrid answered {response.status_code}")
        return Accepted(str(response.headers.get("X-Message-Id") or "")[:255])


def _for_the_rest(said: Outcome) -> Outcome | None:
    """What is to be said of mails whose turn has not come, after this: None when they are tried."""
    match said:
        case Unknown():
            return Retry("not tried, because an answer to the mails before it never came", pause.SOON)
        case Retry() | Rejected(scope="account"):
            return said
    return None


def _refused(why: HTTPError, mails: Sequence[Prepared]) -> Outcome | list[Sequence[Prepared]]:
    status, (reason, fields) = why.status_code, _errors(why)
    if status in ACCOUNT:
        return Rejected(reason, "account")
    if status == 429:
        return Retry(reason, pause.asked_for(why.headers, pause.BREATH), "account")
    if status not in (400, 413):
        if status < 500:
            _log.warning("SendGrid answers %s, which is new to us and proves nothing", status)
        return Unknown(reason)  # a gateway may say 502 after it has passed the mail on
    if any(field.startswith("from") for field in fields):
        return Rejected(reason, "account")
    if len(mails) > 1 and not any(SHARED.match(field) for field in fields):
        return list(split(mails, _named(fields)))
    return Rejected(reason, "address" if any(".to." in field for field in fields) else "content")


def _named(fields: Sequence[str]) -> set[int]:
    """The places, within a request, of the persons that a refusal is about."""
    found = (re.match(r"personalizations[.\[](\d{1,4})", field) for field in fields)
    return {int(match[1]) for match in found if match}


def _errors(why: HTTPError) -> tuple[str, list[str]]:
    try:
        errors = json.loads(why.body)["errors"]
        said, fields = [str(e["message"]) for e in errors], [str(e.get("field") or "") for e in errors]
    except (ValueError, KeyError, TypeError, AttributeError):
        said, fields = [], []
    return f"{why.status_code} {'; '.join(said)}".strip()[:500], fields
