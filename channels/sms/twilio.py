"""Sends texts by Twilio and reads what Twilio reports about them."""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from requests import ConnectionError as ConnectionFailed  # noqa: TID251  # to understand the client's errors
from requests import ConnectTimeout  # noqa: TID251  # as above
from twilio.base.exceptions import TwilioException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client
from urllib3.exceptions import NewConnectionError  # noqa: TID251  # as above

from channels import pause
from channels.account import account
from channels.channel import (
    Accepted,
    Answer,
    BadSignature,
    Caps,
    Event,
    Kind,
    Outcome,
    Outgoing,
    Problem,
    RawRequest,
    Retry,
    Unknown,
)
from channels.hush import hush
from channels.sms import codes, inbound
from channels.sms.signature import form, is_signed

ATTEMPT = "attempt"

VALID_LEAST, VALID_MOST = 1, 36_000
"""Seconds (https://www.twilio.com/docs/errors/21624); what waits longer comes back as 30036."""

STATUSES = {
    **dict.fromkeys(("accepted", "scheduled", "queued", "sending", "sent"), "accepted"),
    **dict.fromkeys(("delivered", "read"), "delivered"),
    **dict.fromkeys(("undelivered", "failed", "canceled"), "failed"),
}


class _Line(TwilioHttpClient):  # type: ignore[misc]
    """The official transport, pointed at `base_url`, with an ear for Retry-After."""

    def __init__(self, base_url: str, timeout: float):
        super().__init__(timeout=timeout)
        self.base = urlsplit(base_url)
        self.last_headers: Mapping[str, str] = {}

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        self.last_headers = {}
        there = urlsplit(url)._replace(scheme=self.base.scheme, netloc=self.base.netloc).geturl()
        response = super().request(method, there, *args, **kwargs)
        self.last_headers = response.headers or {}
        return response


class TwilioSms:
    """By the official client. `sender` is a Messaging Service (MG…) or a number of yours (+…)."""

    name = "twilio_sms"
    kind: Kind = "sms"
    # Each text is a request of its own, so a batch would only add up the time-outs.
    caps = Caps(batch_max=1, reports=True, finds=True, inbound=True, converses=True)

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        sender: str,
        base_url: str = "https://api.twilio.com",
        timeout: float = 10,
        per_second: float = 10,
    ):
        # At INFO the client writes people's numbers into the log, and what it is built on at DEBUG.
        hush("twilio.http_client")
        hush("urllib3.connectionpool")
        self.account = account(self.name, account_sid, sender)
        self.per_second = per_second
        self.account_sid = account_sid
        self.auth_token = auth_token
        self.sender = {"messaging_service_sid" if sender.startswith("MG") else "from_": sender}
        self.base_url = base_url
        self.timeout = timeout

    def check(self) -> list[Problem]:
        """Asks Twilio about the account."""
        client, line = self._client()
        try:
            with line.session:
                status = client.api.v2010.accounts(self.account_sid).fetch().status
        except TwilioException as why:
            return [Problem(f"Twilio refuses TWILIO_ACCOUNT_SID or TWILIO_AUTH_TOKEN ({_reason(why)})")]
        except Exception as why:
            return [Problem(f"Twilio cannot be reached: {why}")]
        return [] if status == "active" else [Problem(f"The Twilio account is {status}")]

    def send(self, items: Sequence[Outgoing]) -> list[Outcome]:
        client, line = self._client()
        with line.session:
            return [self._send_one(client, line, item) for item in items]

    def _client(self) -> tuple[Client, _Line]:
        """Anew for each batch: a connection that idled is cut when used, and the text's fate is unknown."""
        line = _Line(self.base_url, self.timeout)
        return Client(self.account_sid, self.auth_token, http_client=line), line

    def _send_one(self, client: Client, line: _Line, item: Outgoing) -> Outcome:
        more = {"status_callback": _callback(item)} if item.callback else {}
        try:
            sent = client.messages.create(to=item.to, body=item.text, **self.sender, **more, **_validity(item))
        except TwilioException as why:
            return _refused(why, line.last_headers)
        except ConnectionFailed as why:
            return _cut(why)
        except Exception as why:
            # The request is out: a time-out, half an answer, an answer that is no JSON.
            return Unknown(f"no answer from Twilio: {why!r}"[:500])
        return Accepted(str(sent.sid)) if sent.sid else Unknown("Twilio's answer names no message")

    def verify(self, request: RawRequest) -> None:
        signature = request.headers.get("x-twilio-signature", "")
        if not is_signed(self.auth_token, request.url, request.body, signature):
            raise BadSignature("Twilio did not make this callback")

    def respond(self, reply: Outgoing | None) -> Answer:
        return inbound.answer(reply)

    def parse(self, request: RawRequest) -> list[Event]:
        """One event; its `id` is empty, because the path of the callback's address carries it. Of a text that somebody
        wrote, what `inbound.event` says."""
        try:
            fields = dict(form(request.body))
            attempt = dict(parse_qsl(urlsplit(request.url).query, max_num_fields=9)).get(ATTEMPT, "")
        except ValueError:
            return []
        ref, status = fields.get("MessageSid", ""), fields.get("MessageStatus", "")
        if inbound.is_inbound(fields):
            return [inbound.event(fields)]
        return [_event(ref, status, fields, attempt)] if ref else []

    def find(self, item: Outgoing) -> Outcome | None:
        """Looks through Twilio's latest messages to this number for this text: its link is in no other, or no other
        was made since."""
        client, line = self._client()
        with line.session:
            try:
                found = client.messages.list(to=item.to, limit=50, page_size=50)
            except Exception:
                return None  # it cannot say now; the caller asks again
        return next((_found(m) for m in found if item.text in (m.body or "") and _is_since(m, item)), None)


def _refused(why: TwilioException, headers: Mapping[str, str]) -> Outcome:
    status, code, reason = _number(why, "status"), _number(why, "code"), _reason(why)
    if status == 429 or code == 20429:
        return Retry(reason, pause.asked_for(headers, pause.BREATH), "account")
    if not 400 <= status < 500:
        return Unknown(reason)  # a gateway may say 502 after it has passed the text on
    if status in (401, 402, 403, 404) and code not in codes.VERDICTS:
        code = 20003
    if code < 10_000:  # Twilio's own have five digits; the client repeats the status where an answer brings none
        return Unknown(reason)
    return codes.outcome(code, reason)


def _number(why: TwilioException, name: str) -> int:
    """The client passes on whatever JSON it was given; 0 for what is no number."""
    value = getattr(why, name, 0)
    return value if isinstance(value, int) else 0


def _reason(why: TwilioException) -> str:
    said = getattr(why, "msg", "") or getattr(why, "detail", "") or getattr(why, "title", "") or type(why).__name__
    return f"{getattr(why, 'code', '')} {said}".strip()[:500]


def _cut(why: ConnectionFailed) -> Outcome:
    """Never connected is proof that nothing left; every other broken line proves nothing."""
    inner = why.args[0] if why.args else None
    cause = getattr(inner, "reason", None)
    is_certificate = any(isinstance(a, ssl.SSLCertVerificationError) for a in getattr(cause, "args", ()))
    if isinstance(why, ConnectTimeout) or isinstance(cause, NewConnectionError) or is_certificate:
        return Retry(f"no connection to Twilio: {cause or why}"[:500], pause.SOON)
    return Unknown(f"the line to Twilio was cut: {why!r}"[:500])


def _callback(item: Outgoing) -> str:
    """The address with our name for this try: what the path says is for whoever made it."""
    if not item.attempt:
        return item.callback
    return f"{item.callback}{'&' if '?' in item.callback else '?'}{ATTEMPT}={quote(item.attempt)}"


def _validity(item: Outgoing) -> dict[str, int]:
    """Whole seconds, within what Twilio takes; rounded down, or it might leave when it may not any more."""
    if item.valid_for is None:
        return {}
    return {"validity_period": max(VALID_LEAST, min(int(item.valid_for.total_seconds()), VALID_MOST))}


def _event(ref: str, status: str, fields: Mapping[str, str], attempt: str) -> Event:
    kind: Any = STATUSES.get(status, "unknown")
    code = fields.get("ErrorCode", "")
    if kind == "failed" and code.isdigit():
        kind = {"address": "bounced", "optout": "optout"}.get(codes.verdict(int(code)), "failed")
    said = f"{code} {fields.get('ErrorMessage', '')}".strip()
    return Event(
        kind, "", ref, reason=said or (status if kind == "unknown" else ""), raw_id=f"{ref}:{status}", attempt=attempt
    )


def _is_since(message: Any, item: Outgoing) -> bool:
    made = message.date_created
    return item.since is None or (isinstance(made, datetime) and made >= item.since)


def _found(message: Any) -> Outcome:
    if message.status in ("failed", "canceled"):  # "undelivered" did leave; a receipt says the rest
        return codes.outcome(int(message.error_code or 0), f"{message.error_code} {message.error_message or ''}")
    return Accepted(str(message.sid))
