"""Sends texts by Twilio and reads what Twilio reports about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from twilio.rest import Client

from channels.account import account
from channels.channel import (
    Accepted,
    Answer,
    Caps,
    Event,
    Kind,
    Outcome,
    Outgoing,
    Problem,
    RawRequest,
    Unknown,
)
from channels.sms import content, inbound
from channels.twilio import codes
from channels.twilio.account import ByTwilio
from channels.twilio.line import Line, attempt_in, callback, failed
from channels.twilio.signature import form

VALID_LEAST, VALID_MOST = 1, 36_000
"""Seconds (https://www.twilio.com/docs/errors/21624); what waits longer comes back as 30036."""

STATUSES = {
    **dict.fromkeys(("accepted", "scheduled", "queued", "sending", "sent"), "accepted"),
    **dict.fromkeys(("delivered", "read"), "delivered"),
    **dict.fromkeys(("undelivered", "failed", "canceled"), "failed"),
}


class TwilioSms(ByTwilio):
    """By the official client. `sender` is a Messaging Service (MG…), a number of yours (+…), or one that writes by
    WhatsApp (whatsapp:+…). `templates` are said instead of texts that have a link, `talks` instead of those that are
    answered by replies alone."""

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
        templates: content.Templates | None = None,
        talks: content.Templates | None = None,
    ):
        super().__init__(account_sid, auth_token, base_url, timeout)
        self.account = account(self.name, account_sid, sender)
        self.per_second = per_second
        self.from_ = sender
        self.sender = {"messaging_service_sid" if sender.startswith("MG") else "from_": sender}
        self.templates, self.talks = templates or {}, talks or {}

    def check(self) -> list[Problem]:
        """Asks Twilio about the account; says what WhatsApp would refuse."""
        lacks = self.from_.startswith(content.WHATSAPP) and not self.templates
        why = "By WhatsApp a first message must be a template's: set TWILIO_TEMPLATES"
        return [*super().check(), *([Problem(why)] if lacks else [])]

    def send(self, items: Sequence[Outgoing]) -> list[Outcome]:
        client, line = self._client()
        with line.session:
            return [self._send_one(client, line, item) for item in items]

    def _send_one(self, client: Client, line: Line, item: Outgoing) -> Outcome:
        more = {"status_callback": callback(item)} if item.callback else {}
        said = content.fields(self.templates if len(item.parts) > 1 else self.talks, item) or {"body": item.text}
        to = content.reached(self.from_, item.to)
        try:
            sent = client.messages.create(to=to, **said, **self.sender, **more, **_validity(item))
        except Exception as why:
            return failed(why, line.last_headers)
        return Accepted(str(sent.sid)) if sent.sid else Unknown("Twilio's answer names no message")

    def respond(self, reply: Outgoing | None) -> Answer:
        return inbound.answer(reply)

    def parse(self, request: RawRequest) -> list[Event]:
        """One event; its `id` is empty, because the path of the callback's address carries it. Of a text that somebody
        wrote, what `inbound.event` says."""
        try:
            fields = dict(form(request.body))
            attempt = attempt_in(request.url)
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
                found = client.messages.list(to=content.reached(self.from_, item.to), limit=50, page_size=50)
            except Exception:
                return None  # it cannot say now; the caller asks again
        return next((_found(m) for m in found if _says(m, item) and _is_since(m, item)), None)


def _says(message: Any, item: Outgoing) -> bool:
    """Whether these are its words, or a template's around them."""
    body = " ".join((message.body or "").split())
    return all(" ".join(part.split()) in body for part in item.parts or (item.text,))


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
    said = f"{codes.said(code)} {fields.get('ErrorMessage', '')}".strip()
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
