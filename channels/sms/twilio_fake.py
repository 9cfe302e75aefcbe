"""A stand-in for Twilio's messaging API, as strict as the real one, for tests and for trying things out."""

from __future__ import annotations

import argparse
import base64
import json
import queue
import re
import secrets
import threading
from collections.abc import Mapping, Sequence
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode

from channels.call_back import call
from channels.channel import RawRequest
from channels.fake import KEPT, Call, Fake, Reply
from channels.sms.render import segments
from channels.sms.twilio_phone import Exchange, Wrote
from channels.sms.twilio_rules import WHATSAPP, Refusal, check
from channels.twilio.signature import sign

SENT_AND_DELIVERED = ("sent", "delivered")


class TwilioFake(Fake):
    """Takes messages, knows Twilio's magic numbers, and calls back with genuine signatures.

    `script` gives the statuses each message goes through, and `scripts` other ones for some numbers; a
    status may carry an error, e.g. "undelivered:30005". Callbacks are made when `deliver_callbacks()` is
    called, or with `automatic` right after each message. `opted_out` holds numbers that said STOP. `write` is somebody
    who texts our number.
    """

    def __init__(self, account_sid: str, auth_token: str, port: int = 0, automatic: bool = False):
        super().__init__(port)
        self.account_sid = account_sid
        self.auth_token = auth_token
        self.script: Sequence[str] = SENT_AND_DELIVERED
        self.scripts: dict[str, Sequence[str]] = {}
        self.opted_out: set[str] = set()
        self.valid_for: str | None = None
        """For how many seconds the latest message was said to be good."""
        self.answers: list[int] = []
        """The statuses that our callbacks were answered with."""
        self.phones = Exchange(account_sid, auth_token, self.opted_out)
        """Where people write, and `write` is how."""
        self._due: queue.Queue[tuple[dict[str, Any], str]] = queue.Queue(KEPT)
        if automatic:
            threading.Thread(target=self._call_for_ever, daemon=True).start()

    def write(self, sender: str, text: str, media: int = 0, sid: str = "") -> Wrote:
        """Somebody texts our number, at `phones.url`; what is said back is a message like any other."""
        wrote = self.phones.wrote(sender, text, media, sid)
        for said in wrote.said:
            made = self._resource({"To": sender, "From": self.phones.number, "Body": said.text})
            made["direction"] = "outbound-reply"
            self.keep(made)
            if said.callback and not self._due.full():
                self._due.put((made, said.callback))
        return wrote

    def control(self, call: Call) -> Reply | None:
        if (call.method, call.path) != ("POST", "/_write"):
            return super().control(call)
        said = json.loads(call.body)
        wrote = self.write(str(said["from"]), str(said["body"]))
        back = [*([wrote.own] if wrote.own else []), *(each.text for each in wrote.said)]
        return Reply(200, {"status": wrote.status, "error": wrote.error, "said": back})

    def answer(self, call: Call) -> Reply:
        path = call.path.removeprefix(f"/2010-04-01/Accounts/{self.account_sid}")
        try:
            self._authenticate(call)
            match call.method, path:
                case "GET", ".json":
                    return Reply(200, {"sid": self.account_sid, "status": "active", "type": "Full"})
                case "POST", "/Messages.json":
                    return Reply(201, self._create(call))
                case "GET", "/Messages.json":
                    return Reply(200, self._page(call))
                case "GET", one if found := re.fullmatch(r"/Messages/(SM[0-9a-f]{32})\.json", one):
                    return Reply(200, self._one(found[1]))
            raise Refusal(404, 20404, f"The requested resource {call.path} was not found")
        except Refusal as why:
            return Reply(why.status, why.body())

    def deliver_callbacks(self) -> int:
        """Make all callbacks that are due, in order; returns how many."""
        made = 0
        while True:
            try:
                message, callback = self._due.get_nowait()
            except queue.Empty:
                return made
            made += self._play(message, callback)

    def _authenticate(self, call: Call) -> None:
        wanted = base64.b64encode(f"{self.account_sid}:{self.auth_token}".encode()).decode()
        if call.headers.get("authorization") != f"Basic {wanted}":
            raise Refusal(401, 20003, "Authenticate")

    def _create(self, call: Call) -> dict[str, Any]:
        if "application/x-www-form-urlencoded" not in call.headers.get("content-type", ""):
            raise Refusal(415, 20415, "Unsupported media type")
        fields = dict(parse_qsl(call.body.decode(), keep_blank_values=True, max_num_fields=100))
        check(fields, self.opted_out)
        self.valid_for = fields.get("ValidityPeriod")
        message = self._resource({**fields, "Body": _body(fields)})
        if (
            "ContentSid" not in fields
            and fields["To"].startswith(WHATSAPP)
            and fields["To"] not in self.phones.wrote_today
        ):
            message["refused"] = "failed:63016"
        self.keep(message)
        if fields.get("StatusCallback") and not self._due.full():
            self._due.put((message, fields["StatusCallback"]))
        return dict(message)

    def _resource(self, fields: Mapping[str, str]) -> dict[str, Any]:
        sid, now = f"SM{secrets.token_hex(16)}", formatdate(usegmt=False)
        uri = f"/2010-04-01/Accounts/{self.account_sid}/Messages/{sid}"
        return {
            "sid": sid,
            "account_sid": self.account_sid,
            "messaging_service_sid": fields.get("MessagingServiceSid"),
            "to": fields["To"],
            "from": fields.get("From"),
            "body": fields.get("Body", ""),
            "num_segments": str(segments(fields.get("Body", ""))),
            "num_media": "0",
            "direction": "outbound-api",
            "status": "accepted" if "MessagingServiceSid" in fields else "queued",
            "error_code": None,
            "error_message": None,
            "price": None,
            "price_unit": "USD",
            "api_version": "2010-04-01",
            "date_created": now,
            "date_updated": now,
            "date_sent": None,
            "uri": f"{uri}.json",
            "subresource_uris": {"media": f"{uri}/Media.json"},
        }

    def _page(self, call: Call) -> dict[str, Any]:
        asked = {name: values[0] for name, values in parse_qs(call.query).items()}
        size, page = min(max(int(asked.get("PageSize", 50)), 1), 1000), max(int(asked.get("Page", 0)), 0)
        wanted = {name.lower(): asked[name] for name in ("To", "From") if name in asked}
        found = [m for m in reversed(self.messages) if all(m[name] == value for name, value in wanted.items())]
        more = urlencode({**asked, "Page": page + 1, "PageToken": f"PA{page + 1}"})
        return {
            "messages": found[page * size : (page + 1) * size],
            "page": page,
            "page_size": size,
            "next_page_uri": f"{call.path}?{more}" if len(found) > (page + 1) * size else None,
            "uri": call.path,
        }

    def _one(self, sid: str) -> dict[str, Any]:
        for message in self.messages:
            if message["sid"] == sid:
                return message
        raise Refusal(404, 20404, f"The requested resource {sid} was not found")

    def _call_for_ever(self) -> None:
        while not self.closing.is_set():
            try:
                message, callback = self._due.get(timeout=0.05)
            except queue.Empty:
                continue
            self._play(message, callback)

    def _play(self, message: dict[str, Any], callback: str) -> int:
        statuses = [message["refused"]] if "refused" in message else self.scripts.get(message["to"], self.script)
        for step in statuses:
            status, _, code = step.partition(":")
            message |= {"status": status, "error_code": int(code) if code else None}
            self.answers = [*self.answers[1 - KEPT :], self._call(callback, self._fields(message))]
        return len(statuses)

    def _fields(self, message: Mapping[str, Any]) -> dict[str, str]:
        code = {"ErrorCode": str(message["error_code"])} if message["error_code"] else {}
        return {
            "MessageSid": message["sid"],
            "SmsSid": message["sid"],
            "MessageStatus": message["status"],
            "SmsStatus": message["status"],
            "AccountSid": self.account_sid,
            "To": message["to"],
            "From": message["from"] or "",
            "ApiVersion": "2010-04-01",
            **code,
        }

    def _call(self, url: str, fields: dict[str, str]) -> int:
        """POST a signed callback; 0 when nobody answers."""
        signature = sign(self.auth_token, url, fields.items())
        headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
        return call(RawRequest(url, headers, urlencode(fields).encode()))


def _body(fields: Mapping[str, str]) -> str:
    """The words of a message; a template's are whatever fills its blanks."""
    if "ContentSid" not in fields:
        return fields.get("Body", "")
    return "\n".join(json.loads(fields.get("ContentVariables", "{}")).values())


if __name__ == "__main__":
    command = argparse.ArgumentParser(prog="python -m channels.sms.twilio_fake", description=__doc__)
    command.add_argument("--port", type=int, default=0)
    command.add_argument("--account-sid", default="AC" + "0" * 32)
    command.add_argument("--auth-token", default="fake-token")
    command.add_argument("--callbacks", action="store_true", help="call back right after each message")
    command.add_argument("--inbound", default="", metavar="URL", help="where texts go that are POSTed to /_write")
    given = command.parse_args()
    made = TwilioFake(given.account_sid, given.auth_token, given.port, automatic=given.callbacks)
    made.phones.url = given.inbound
    made.serve()
