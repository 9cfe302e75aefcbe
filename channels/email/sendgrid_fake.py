"""A stand-in for SendGrid's mail API, as strict as the real one, for tests and for trying things out."""

from __future__ import annotations

import argparse
import base64
import json
import secrets
import time
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization as s
from cryptography.hazmat.primitives.asymmetric import ec

from channels.channel import RawRequest
from channels.email.sendgrid_rules import faults
from channels.fake import Call, Fake, Reply


class SendGridFake(Fake):
    """Takes mails for one API key. `callback()` makes a genuinely signed event webhook."""

    body_max = 30_000_000

    def __init__(self, api_key: str, port: int = 0):
        super().__init__(port)
        self.api_key = api_key
        self._key = ec.generate_private_key(ec.SECP256R1())

    def answer(self, call: Call) -> Reply:
        if call.headers.get("authorization") != f"Bearer {self.api_key}":
            return _refusal(401, "The provided authorization grant is invalid, expired, or revoked")
        match call.method, call.path:
            case "GET", "/v3/scopes":
                return Reply(200, {"scopes": ["mail.send"]})
            case "POST", "/v3/mail/send":
                return self._take(call)
        return _refusal(404, "not found")

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
        if (mail.get("mail_settings") or {}).get("sandbox_mode", {}).get("enable"):
            return Reply(200)
        ref = secrets.token_urlsafe(16)
        self._messages.append({"id": ref, **mail})
        return Reply(202, headers={"X-Message-Id": ref})

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
        at = str(int(time.time()))
        signature = self._key.sign(at.encode() + body, ec.ECDSA(hashes.SHA256()))
        headers = {
            "content-type": "application/json",
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
    given = command.parse_args()
    SendGridFake(given.api_key, given.port).serve()
