"""A stand-in for SendGrid, as strict as the real one: takes mails, reports what became of them, passes on answers."""

from __future__ import annotations

import argparse
import base64
import json
import queue
import secrets
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization as s
from cryptography.hazmat.primitives.asymmetric import ec

from channels.call_back import call
from channels.channel import RawRequest
from channels.email import sendgrid_story
from channels.email.sendgrid_rules import faults
from channels.fake import KEPT, Call, Fake, Reply

TOGETHER = 500
"""Events in one callback at most."""


class SendGridFake(Fake):
    """Takes mails for one API key; an entry of `messages` is one mail as its reader gets it, in the shape of a request.

    `script` gives the events that each mail goes through, and `scripts` other ones for some addresses; without one an
    address such as bounce@… tells its own story (`sendgrid_story.py`). Signed callbacks are made to `webhook` when
    `deliver_callbacks()` is called, or with `automatic` soon after each mail. Who bounced, complained or unsubscribed
    is in `suppressed`, and gets nothing more. Other processes POST `{"url": …}` to `/_webhook` and
    `{"to": …, "event": …}` to `/_events`, and GET `/_webhook_key`.
    """

    body_max = 30_000_000

    def __init__(self, api_key: str, port: int = 0, webhook: str = "", automatic: bool = False):
        super().__init__(port)
        self.api_key = api_key
        self.webhook = webhook
        self.script: Sequence[str] = sendgrid_story.DELIVERED
        self.scripts: dict[str, Sequence[str]] = {}
        self.suppressed: dict[str, str] = {}
        self.answers: list[int] = []
        """The statuses that our callbacks were answered with."""
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._due: queue.Queue[dict[str, Any]] = queue.Queue(KEPT)
        if automatic:
            threading.Thread(target=self._call_for_ever, daemon=True).start()

    @property
    def messages(self) -> list[dict[str, Any]]:
        """What was accepted, a mail each, oldest first: marks are filled."""
        return [sendgrid_story.filled(mail) for mail in super().messages]

    def answer(self, call: Call) -> Reply:
        if call.headers.get("authorization") != f"Bearer {self.api_key}":
            return _refusal(401, "The provided authorization grant is invalid, expired, or revoked")
        match call.method, call.path:
            case "GET", "/v3/scopes":
                return Reply(200, {"scopes": ["mail.send"]})
            case "POST", "/v3/mail/send":
                return self._take(call)
        return _refusal(404, "not found")

    def control(self, call: Call) -> Reply | None:
        match call.method, call.path:
            case "GET", "/_webhook_key":
                return Reply(200, self.webhook_key)
            case "POST", "/_webhook":
                self.webhook = str(json.loads(call.body)["url"])
                return Reply(200)
            case "POST", "/_events":
                said = json.loads(call.body)
                return Reply(200, self.report(said["event"], said["to"]))
        return super().control(call)

    @property
    def webhook_key(self) -> str:
        """The public key that an owner would copy from SendGrid's page."""
        public = self._key.public_key()
        der = public.public_bytes(s.Encoding.DER, s.PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(der).decode()

    def callback(self, url: str, *events: Mapping[str, Any]) -> RawRequest:
        """A signed event webhook with `events`, each completed with the ids that SendGrid gives."""
        full = [{"sg_event_id": secrets.token_urlsafe(16), "timestamp": int(time.time()), **e} for e in events]
        # SendGrid's bodies hold line breaks, which a reader that parses and writes again would lose.
        body = ("[" + ",\r\n".join(json.dumps(event) for event in full) + "]\r\n").encode()
        return self._signed(url, body, "application/json")

    def inbound(self, url: str, **fields: str | bytes) -> RawRequest:
        """A signed mail as Inbound Parse hands it over: `email` is all of it, or `headers` and `text` its parts."""
        mark = secrets.token_hex(12)
        pieces = (
            b'--%s\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
            % (mark.encode(), name.encode(), value.encode() if isinstance(value, str) else value)
            for name, value in fields.items()
        )
        body = b"".join(pieces) + f"--{mark}--\r\n".encode()
        return self._signed(url, body, f"multipart/form-data; boundary={mark}")

    def report(self, event: str, to: str = "") -> int:
        """Call back about the mails to that address, or about all: "delivered", "bounce", "dropped:Invalid" …

        Returns the status that the callback was answered with, 0 when nobody did.
        """
        mails = [mail for mail in super().messages if to in ("", sendgrid_story.address(mail))]
        return self._report([made for mail in mails for made in sendgrid_story.events(mail, [event])])

    def deliver_callbacks(self) -> int:
        """Make all callbacks that are due, in order; returns how many events they told."""
        events: list[dict[str, Any]] = []
        while not self._due.empty():
            events += self._story(self._due.get_nowait())
        for n in range(0, len(events), TOGETHER):
            self._report(events[n : n + TOGETHER])
        return len(events)

    def _take(self, call: Call) -> Reply:
        if call.headers.get("content-type") != "application/json":
            return _refusal(415, "Content-Type should be application/json.")
        try:
            mail = json.loads(call.body)
        except ValueError:
            return _refusal(400, "Bad Request")
        found = faults(mail)
        if found:
            return Reply(400, {"errors": [{"message": m, "field": f or None, "help": None} for m, f in found]})
        if mail.get("mail_settings", {}).get("sandbox_mode", {}).get("enable"):
            return Reply(200)
        ref = secrets.token_urlsafe(16)
        for one in sendgrid_story.apart(mail, ref):
            self.keep(one)
            if self.webhook and not self._due.full():
                self._due.put(one)
        return Reply(202, headers={"X-Message-Id": ref})

    def _story(self, mail: dict[str, Any]) -> list[dict[str, Any]]:
        to = sendgrid_story.address(mail)
        if to in self.suppressed:
            return sendgrid_story.events(mail, [f"dropped:{self.suppressed[to]}"])
        words = self.scripts.get(to) or sendgrid_story.told_by(to) or self.script
        for word in words:
            if word in sendgrid_story.ENDS:
                self.suppressed[to] = sendgrid_story.ENDS[word]
        return sendgrid_story.events(mail, words)

    def _report(self, events: list[dict[str, Any]]) -> int:
        status = call(self.callback(self.webhook, *events)) if self.webhook and events else 0
        self.answers = [*self.answers[1 - KEPT :], status]
        return status

    def _call_for_ever(self) -> None:
        while not self.closing.wait(0.1):
            self.deliver_callbacks()

    def _signed(self, url: str, body: bytes, content_type: str) -> RawRequest:
        at = str(int(time.time()))
        signature = self._key.sign(at.encode() + body, ec.ECDSA(hashes.SHA256()))
        headers = {
            "content-type": content_type,
            "x-twilio-email-event-webhook-timestamp": at,
            "x-twilio-email-event-webhook-signature": base64.b64encode(signature).decode(),
        }
        return RawRequest(url, headers, body)


def _refusal(status: int, message: str) -> Reply:
    return Reply(status, {"errors": [{"message": message, "field": None, "help": None}]})


if __name__ == "__main__":
    command = argparse.ArgumentParser(prog="python -m channels.email.sendgrid_fake", description=__doc__)
    command.add_argument("--port", type=int, default=0)
    command.add_argument("--api-key", default="SG.fake")
    command.add_argument("--webhook", default="", help="address of your server's /receipts/sendgrid")
    given = command.parse_args()
    SendGridFake(given.api_key, given.port, given.webhook, automatic=True).serve()
