"""Calls people by Twilio, and reads what Twilio reports about calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any
from urllib.parse import quote

from twilio.base.exceptions import TwilioException
from twilio.rest import Client

from channels.account import account
from channels.channel import (
    Accepted,
    Caps,
    Event,
    Kind,
    Outcome,
    Outgoing,
    RawRequest,
    Unknown,
)
from channels.twilio.account import ByTwilio
from channels.twilio.line import Line, attempt_in, callback, failed
from channels.twilio.signature import form
from channels.voice.render import announcement

RINGS = 25
"""Seconds that it rings: few mailboxes answer sooner, and nobody is pressed."""
LASTS = 600
"""Seconds of a call at most; a line that is forgotten costs money by the minute."""
TOLD = ["initiated", "ringing", "answered", "completed"]
"""What is reported of each call."""

NOT_TAKEN = frozenset({"busy", "no-answer", "failed", "canceled"})
STATUSES = {
    **dict.fromkeys(("queued", "initiated", "ringing", "in-progress", "completed"), "accepted"),
    **dict.fromkeys(NOT_TAKEN, "failed"),
}
FAILED = {"no-answer": "nobody picked up", "canceled": "called off", "failed": "the call could not be put through"}
NOBODY = frozenset({"404", "410", "484", "604"})
"""SIP's words for a number that there is not (RFC 3261, 21): not found, gone, incomplete, nowhere."""


def is_machine(answered_by: str) -> bool:
    """Whether what picked up was a mailbox or a fax (AnsweredBy); what is `unknown` counts as a person."""
    return answered_by.startswith(("machine", "fax"))


class TwilioVoice(ByTwilio):
    """By the official client. `sender` is a number of yours (+…)."""

    name = "twilio_voice"
    kind: Kind = "phone"
    # A call carries no mark by which it could be found again among others to the same number: `find` proves nothing.
    caps = Caps(batch_max=1, reports=True)

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        sender: str,
        base_url: str = "https://api.twilio.com",
        timeout: float = 10,
        per_second: float = 1,
    ):
        super().__init__(account_sid, auth_token, base_url, timeout)
        self.account = account(self.name, account_sid)
        self.per_second = per_second
        self.sender = sender

    def send(self, items: Sequence[Outgoing]) -> list[Outcome]:
        client, line = self._client()
        with line.session:
            return [self._call(client, line, item) for item in items]

    def _call(self, client: Client, line: Line, item: Outgoing) -> Outcome:
        says = {"url": item.page, "method": "POST"} if item.page else {"twiml": announcement(item.text)}
        told = {"status_callback": callback(item), "status_callback_event": TOLD} if item.callback else {}
        try:
            made = client.calls.create(
                to=item.to,
                from_=self.sender,
                timeout=RINGS,
                time_limit=LASTS,
                machine_detection="Enable",
                **says,
                **told,
            )
        except Exception as why:
            return failed(why, line.last_headers)
        return Accepted(str(made.sid)) if made.sid else Unknown("Twilio's answer names no call")

    def parse(self, request: RawRequest) -> list[Event]:
        """One event; its `id` is empty, because the path of the callback's address carries it."""
        try:
            fields = dict(form(request.body))
            attempt = attempt_in(request.url)
        except ValueError:
            return []
        ref, status = fields.get("CallSid", ""), fields.get("CallStatus", "")
        return [_event(ref, status, fields, attempt)] if ref else []

    def find(self, item: Outgoing) -> Outcome | None:
        """It cannot say: nothing in Twilio's list of calls tells which of ours one is. Callbacks do."""
        return None

    def recording(self, ref: str, most: int) -> bytes | None:
        """The recording `ref` as MP3, of at most `most` bytes; None when Twilio has none (any more). Raises OSError
        when it cannot be had now, ValueError when it is larger."""
        _, line = self._client()
        with line.session:
            reply = line.session.get(
                self._recording(ref) + ".mp3", auth=(self.account_sid, self.auth_token), stream=True,
                timeout=self.timeout, allow_redirects=False,
            )  # fmt: skip
            if reply.status_code == 404:
                return None
            if reply.status_code != 200 or reply.headers.get("Content-Type", "").split(";")[0] != "audio/mpeg":
                raise OSError(f"Twilio answered {reply.status_code} for a recording")
            body = bytearray()
            for piece in reply.iter_content(65_536):
                body += piece
                if len(body) > most:
                    raise ValueError(f"the recording has more than {most} bytes")
            return bytes(body)

    def erase(self, ref: str) -> bool:
        """The recording `ref` is deleted at Twilio; False when that could not be done now."""
        client, line = self._client()
        with line.session:
            try:
                return bool(client.recordings(ref).delete())
            except TwilioException as why:
                return getattr(why, "status", 0) == 404
            except Exception:
                return False

    def _recording(self, ref: str) -> str:
        return f"{self.base_url}/2010-04-01/Accounts/{self.account_sid}/Recordings/{quote(ref, safe='')}"


def _event(ref: str, status: str, fields: Mapping[str, str], attempt: str) -> Event:
    kind: Any = STATUSES.get(status, "unknown")
    answered_by, sip = fields.get("AnsweredBy", ""), fields.get("SipResponseCode", "")
    reason = FAILED.get(status, status) if kind in ("failed", "unknown") else ""
    if status == "completed" and answered_by:
        kind, reason = ("failed", "a machine answered") if is_machine(answered_by) else ("delivered", "")
    if status == "failed" and sip in NOBODY:
        kind, reason = "bounced", "there is no such number"
    said = f"{reason} ({sip})" if status == "failed" and sip else reason
    return Event(kind, "", ref, said, f"{ref}:{status}", attempt, minutes=_minutes(status, fields))


def _minutes(status: str, fields: Mapping[str, str]) -> int | None:
    """Begun minutes are whole ones; a call that nobody took costs nothing."""
    if status == "completed":
        seconds = fields.get("CallDuration", "")
        return ceil(int(seconds) / 60) if seconds.isdecimal() and len(seconds) < 6 else None
    return 0 if status in NOT_TAKEN else None
