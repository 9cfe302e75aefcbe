"""A stand-in for Twilio's calls beside its messages, as strict as the real ones: for tests and for demonstrations."""

from __future__ import annotations

import argparse
import json
import re
import secrets
from collections import deque
from collections.abc import Callable, Mapping
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qsl

from channels.call_back import call as call_back
from channels.fake import KEPT, Call, Reply
from channels.sms.twilio_fake import TwilioFake
from channels.sms.twilio_rules import Refusal
from channels.voice.caller import Caller, Doing, doings
from channels.voice.twilio_rules import check

CALL = re.compile(r"/Calls/(CA[0-9a-f]{32})\.json")
RECORDING = re.compile(r"/Recordings/(RE[0-9a-f]{32})(\.mp3|\.json)?")
SILENCE = b"\xff\xfb\x10\xc4" + bytes(204)
"""A frame of MP3 in which nothing is heard: 26 ms at 64 kbit/s."""
PICKS_UP = "human"
OURS = "+15005550006"


class TwilioVoiceFake(TwilioFake):
    """Takes calls (`placed`), and texts as its base does. A call rings when `ring()` is told to; `people` says what
    happens then, by number: a script of `channels.voice.caller.doings`, `machine`, or a status such as `busy`."""

    def __init__(self, account_sid: str, auth_token: str, port: int = 0, automatic: bool = False):
        super().__init__(account_sid, auth_token, port, automatic)
        self.people: dict[str, str] = {}
        self.recordings: dict[str, bytes] = {}
        self.check: Callable[[str], None] = lambda twiml: None
        """Looks at each document of each call."""
        self.lasts = 42
        """Seconds of each call that is taken."""
        self._calls: deque[dict[str, Any]] = deque(maxlen=KEPT)

    @property
    def placed(self) -> list[dict[str, Any]]:
        """Calls that were accepted, oldest first."""
        return list(self._calls)

    def answer(self, call: Call) -> Reply:
        path = call.path.removeprefix(f"/2010-04-01/Accounts/{self.account_sid}")
        if not path.startswith(("/Calls", "/Recordings")):
            return super().answer(call)
        try:
            self._authenticate(call)
            if (call.method, path) == ("POST", "/Calls.json"):
                return Reply(201, self._place(call))
            if call.method == "GET" and (found := CALL.fullmatch(path)):
                return Reply(200, self._placed(found[1]))
            if found := RECORDING.fullmatch(path):
                return self._recording(call.method, found[1])
            raise Refusal(404, 20404, f"The requested resource {call.path} was not found")
        except Refusal as why:
            return Reply(why.status, why.body())

    def control(self, call: Call) -> Reply | None:
        """Also `POST /_people {number: script}` for whoever picks up, `POST /_ring`, and `POST /_call {"url", "from",
        "script"}` for a call that comes in; the last two answer with what was said."""
        match call.method, call.path:
            case "POST", "/_people":
                self.people |= {str(number): str(script) for number, script in json.loads(call.body).items()}
                return Reply(200, len(self.people))
            case "POST", "/_ring":
                return Reply(200, [_said(caller) for caller in self.ring()])
            case "POST", "/_call":
                asked = json.loads(call.body)
                caller = self.inbound(str(asked["from"]), str(asked.get("to", OURS)), str(asked.get("script", "")))
                caller.call(str(asked["url"]))
                return Reply(200, _said(caller))
            case "GET", "/_calls":
                return Reply(200, self.placed)
        return super().control(call)

    def inbound(self, number: str, to: str, script: str = "", ask: Callable[[str], Doing] | None = None) -> Caller:
        """Somebody at `number` who is connected with `to`; `call` her to an address that says what she hears."""
        fields = {"AccountSid": self.account_sid, "From": number, "To": to, "Direction": "inbound"}
        return Caller(self.auth_token, fields, doings(script), ask, self._record, self.check)

    def ring(self, ask: Callable[[str], Doing] | None = None) -> list[Caller]:
        """Every call that waits rings once, and what happens is told as it happens. The callers, in order."""
        return [self._ring(each, ask) for each in self.placed if each["status"] == "queued"]

    def _ring(self, placed: dict[str, Any], ask: Callable[[str], Doing] | None) -> Caller:
        happens = self.people.get(placed["to"], "")
        is_machine, is_over = happens == "machine", happens in ("busy", "no-answer", "canceled", "failed", "nobody")
        fields = {
            "AccountSid": self.account_sid,
            "From": placed["from"],
            "To": placed["to"],
            "Direction": "outbound-api",
        }
        script = [] if is_machine or is_over else doings(happens)
        caller = Caller(self.auth_token, fields, script, ask, self._record, self.check, sid=placed["sid"])
        for status in ("initiated", "ringing"):
            self._tell(placed, status, {})
        if is_over:
            sip = {"SipResponseCode": "404"} if happens == "nobody" else {}
            self._tell(placed, "failed" if happens == "nobody" else happens, sip)
            return caller
        by = {"AnsweredBy": "machine_start" if is_machine else PICKS_UP}
        self._tell(placed, "in-progress", {})
        if placed["url"]:
            caller.call(placed["url"], **by)
        self._tell(placed, "completed", {**by, "CallDuration": str(self.lasts)})
        return caller

    def _place(self, call: Call) -> dict[str, Any]:
        if "application/x-www-form-urlencoded" not in call.headers.get("content-type", ""):
            raise Refusal(415, 20415, "Unsupported media type")
        fields = check(parse_qsl(call.body.decode(), keep_blank_values=True, max_num_fields=100))
        placed = self._call_resource(fields)
        self._calls.append(placed)
        self.count += 1
        return {name: value for name, value in placed.items() if name not in ("url", "twiml", "callback")}

    def _call_resource(self, fields: Mapping[str, str]) -> dict[str, Any]:
        sid, now = f"CA{secrets.token_hex(16)}", formatdate(usegmt=False)
        return {
            "sid": sid,
            "account_sid": self.account_sid,
            "to": fields["To"],
            "from": fields["From"],
            "direction": "outbound-api",
            "status": "queued",
            "answered_by": None,
            "duration": None,
            "price": None,
            "price_unit": "USD",
            "api_version": "2010-04-01",
            "date_created": now,
            "date_updated": now,
            "uri": f"/2010-04-01/Accounts/{self.account_sid}/Calls/{sid}.json",
            "url": fields.get("Url", ""),
            "twiml": fields.get("Twiml", ""),
            "callback": fields.get("StatusCallback", ""),
        }

    def _placed(self, sid: str) -> dict[str, Any]:
        for each in self.placed:
            if each["sid"] == sid:
                return {name: value for name, value in each.items() if name not in ("url", "twiml", "callback")}
        raise Refusal(404, 20404, f"The requested resource {sid} was not found")

    def _recording(self, method: str, sid: str) -> Reply:
        if sid not in self.recordings:
            raise Refusal(404, 20404, f"The requested resource {sid} was not found")
        if method == "DELETE":
            del self.recordings[sid]
            return Reply(204)
        return Reply(200, self.recordings[sid], {"Content-Type": "audio/mpeg"})

    def _record(self, call_sid: str, seconds: int, words: str) -> str:
        sid = f"RE{secrets.token_hex(16)}"
        self.recordings[sid] = SILENCE * max(1, 38 * seconds)
        return sid

    def _tell(self, placed: dict[str, Any], status: str, more: Mapping[str, str]) -> None:
        placed["status"] = status
        if placed["callback"]:
            caller = Caller(self.auth_token, {"AccountSid": self.account_sid}, sid=placed["sid"])
            told = {
                "To": placed["to"],
                "From": placed["from"],
                "Direction": "outbound-api",
                "CallStatus": status,
                **more,
            }
            self.answers = [*self.answers[1 - KEPT :], call_back(caller.signed(placed["callback"], told))]


def _said(caller: Caller) -> list[str]:
    """What went over the line, one line each."""
    return [f"{each.who}: {each.text}" for each in caller.lines]


if __name__ == "__main__":
    command = argparse.ArgumentParser(prog="python -m channels.voice.twilio_fake", description=__doc__)
    command.add_argument("--port", type=int, default=0)
    command.add_argument("--account-sid", default="AC" + "0" * 32)
    command.add_argument("--auth-token", default="fake-token")
    command.add_argument("--callbacks", action="store_true", help="call back right after each text")
    given = command.parse_args()
    TwilioVoiceFake(given.account_sid, given.auth_token, given.port, automatic=given.callbacks).serve()
