"""A caller on the other side of a stand-in: does what TwiML says, as a telephone would, over real HTTP."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode, urljoin
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from channels.call_back import LONGEST, ask
from channels.channel import RawRequest
from channels.twilio.signature import sign

REQUESTS_MOST = 60
"""Of one call: a document that leads back to itself must come to an end."""
XML_TYPES = ("text/xml", "application/xml")


class BadCall(Exception):
    """The other side did what would end a call with an error; the message is what Twilio would write into its log."""


@dataclass(frozen=True)
class Doing:
    """One thing that a caller does: presses keys, says something, speaks after the tone, keeps silent, hangs up."""

    what: str
    text: str = ""
    sure: float = 0.9
    """How sure the provider is of what it heard."""
    seconds: int = 0


def doings(script: str) -> list[Doing]:
    """A script as one line, such as `9#; say nine or ten; speak 12 The glaze is lovely; silence; hang up`: keys as they
    are, `say` with `?` before words of which nobody is sure."""
    return [_doing(part.strip()) for part in script.split(";") if part.strip()]


def _doing(part: str) -> Doing:
    if re.fullmatch(r"[0-9#*]{1,40}", part):
        return Doing("press", part)
    if part in ("silence", "hang up"):
        return Doing(part)
    if found := re.fullmatch(r"say (\??)(.{1,500})", part):
        return Doing("say", found[2], 0.2 if found[1] else 0.9)
    if found := re.fullmatch(r"speak (\d{1,3})(?: (.{1,500}))?", part):
        return Doing("speak", found[2] or "", seconds=int(found[1]))
    raise ValueError(f"{part!r} is nothing that a caller does")


@dataclass(frozen=True)
class Heard:
    """One line of what went over the line: `us` speaks, `she` does something."""

    who: str
    text: str


@dataclass
class Caller:
    """One call. `fields` are what Twilio says in each request (From, To …); `token` signs, as the account's does."""

    token: str
    fields: Mapping[str, str]
    script: Sequence[Doing] = ()
    ask: Callable[[str], Doing] | None = None
    """Who says what she does once the script is over: given what she heard last. Without one she hangs up."""
    record: Callable[[str, int, str], str] | None = None
    """Keeps a recording of so many seconds and words; its name (RE…)."""
    check: Callable[[str], None] = lambda twiml: None
    """Looks at each document."""
    lines: list[Heard] = field(default_factory=list)
    requests: list[RawRequest] = field(default_factory=list)
    """As they were sent, to be sent again."""
    sid: str = field(default_factory=lambda: "CA" + secrets.token_hex(16))
    _typed: str = ""
    _done: int = 0
    _told: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    _words: list[str] = field(default_factory=list)

    def call(self, url: str, **fields: str) -> None:
        """From the first request at `url` to the end of the call. Raises BadCall."""
        step: tuple[str, dict[str, str]] | None = (url, {"CallStatus": "in-progress", **fields})
        while step and len(self.requests) < REQUESTS_MOST:
            at = step[0]
            document = self.post(*step)
            step = self._obey(at, document)
        if step:
            raise BadCall("the call goes round in a circle")
        while self._told:  # what a provider tells when it has it, which may be after the call
            self._tell(*self._told.pop(0))

    def post(self, url: str, fields: Mapping[str, str]) -> str:
        """One signed request; the TwiML that it is answered with. Raises BadCall."""
        status, kind, body = self._send(url, {"CallStatus": "in-progress", **fields})
        if status != 200:
            raise BadCall(f"{url} was answered {status}")
        if kind.partition(";")[0] not in XML_TYPES or len(body) > LONGEST:
            raise BadCall(f"{url} was answered by {len(body)} bytes of {kind or 'nothing'}, and not by TwiML")
        document = body.decode()
        self.check(document)
        return document

    def _tell(self, url: str, fields: Mapping[str, str]) -> None:
        status, _, _ = self._send(url, fields)
        if not 200 <= status < 300:
            raise BadCall(f"{url} was answered {status}")

    def signed(self, url: str, fields: Mapping[str, str]) -> RawRequest:
        """A request about this call, as Twilio signs it."""
        form = {"CallSid": self.sid, "ApiVersion": "2010-04-01", **self.fields, **fields}
        signature = sign(self.token, url, form.items())
        headers = {"x-twilio-signature": signature, "content-type": "application/x-www-form-urlencoded"}
        return RawRequest(url, headers, urlencode(form).encode())

    def _send(self, url: str, fields: Mapping[str, str]) -> tuple[int, str, bytes]:
        request = self.signed(url, fields)
        self.requests.append(request)
        return ask(request)

    def _obey(self, at: str, document: str) -> tuple[str, dict[str, str]] | None:
        """The verbs in order; where the call goes on, None when it is over."""
        try:
            root = ElementTree.fromstring(document)  # noqa: S314  # from the server under test
        except ElementTree.ParseError as why:
            raise BadCall(f"{at} was answered by what is no XML: {why}") from why
        if root.tag != "Response":
            raise BadCall(f"{at} was answered by {root.tag}, and not by Response")
        self._words = []
        for verb in root:
            if verb.tag == "Hangup":
                break
            if verb.tag in ("Redirect", "Gather", "Record"):
                step = self._wait(at, verb)
                if step is not None:
                    return step or None
            else:
                self._listen(verb)
        self.lines.append(Heard("us", "[end of the call]"))
        return None

    def _wait(self, at: str, verb: Element) -> tuple[str, dict[str, str]] | tuple[()] | None:
        """Where it goes on; () when she hung up, None when the next verb is next."""
        if verb.tag == "Redirect":
            return urljoin(at, verb.text or ""), {}
        return self._gather(at, verb) if verb.tag == "Gather" else self._record(at, verb)

    def _listen(self, verb: Element) -> None:
        if verb.tag == "Say":
            self._words.append(verb.text or "")
            self.lines.append(Heard("us", verb.text or ""))
        elif verb.tag == "Play":
            self.lines.append(Heard("us", f"[{verb.text}]"))

    def _next(self) -> Doing:
        if self._done < len(self.script):
            self._done += 1
            return self.script[self._done - 1]
        return self.ask(" ".join(self._words)) if self.ask else Doing("hang up")

    def _gather(self, at: str, verb: Element) -> tuple[str, dict[str, str]] | tuple[()] | None:
        action, takes = urljoin(at, verb.get("action", at)), verb.get("input", "dtmf").split()
        for inner in verb:
            self._listen(inner)
        doing = Doing("press") if self._typed else self._next()
        if doing.what == "hang up":
            return self._hung_up()
        if doing.what in ("say", "speak"):
            if "speech" not in takes:
                return None
            self.lines.append(Heard("she", f"“{doing.text}”"))
            return action, {"SpeechResult": doing.text, "Confidence": str(doing.sure)}
        self._typed += doing.text
        keys, end = self._keys(verb) if "dtmf" in takes else ("", "")
        self.lines.append(Heard("she", f"[{keys}{end}]" if keys or end else "[silence]"))
        if keys or verb.get("actionOnEmptyResult") == "true":
            return action, {"Digits": keys, **({"FinishedOnKey": end} if end else {})}
        return None

    def _keys(self, verb: Element) -> tuple[str, str]:
        """What of the typed keys this verb takes, and the key that ended it; the rest waits for the next."""
        most, end = int(verb.get("numDigits", "0")), verb.get("finishOnKey", "#")
        taken = ""
        while self._typed:
            key, self._typed = self._typed[0], self._typed[1:]
            if key == end:
                return taken, key
            taken += key
            if most and len(taken) == most:
                break
        return taken, ""

    def _record(self, at: str, verb: Element) -> tuple[str, dict[str, str]] | tuple[()] | None:
        action, ends = urljoin(at, verb.get("action", at)), verb.get("finishOnKey", "1234567890*#")
        if self._typed:  # keys that were waiting end it before she has said anything
            key, self._typed = self._typed[0], ""
            if key in ends:
                self.lines.append(Heard("she", f"[{key}]"))
                return action, self._recorded(verb, at, "", 0, key)
        doing = self._next()
        if doing.what == "silence" or (doing.what == "press" and doing.text[0] not in ends):
            self.lines.append(Heard("she", "[silence]"))
            return None
        if doing.what == "hang up":
            return self._hung_up()
        if doing.what == "press":
            self.lines.append(Heard("she", f"[{doing.text[0]}]"))
            return action, self._recorded(verb, at, "", 0, doing.text[0])
        seconds = min(doing.seconds or 3, int(verb.get("maxLength", "3600")))
        self.lines.append(Heard("she", f"“{doing.text}” ({seconds} s)"))
        return action, self._recorded(verb, at, doing.text, seconds, "#")

    def _recorded(self, verb: Element, at: str, words: str, seconds: int, key: str) -> dict[str, str]:
        sid = self.record(self.sid, seconds, words) if self.record else "RE" + secrets.token_hex(16)
        made = {"RecordingSid": sid, "RecordingUrl": f"https://api.twilio.com/Recordings/{sid}"}
        if told := verb.get("recordingStatusCallback"):
            done = {"RecordingStatus": "completed", "RecordingDuration": str(seconds)}
            self._told.append((urljoin(at, told), {**made, **done}))
        if verb.get("transcribe") == "true" and words:
            text = {"TranscriptionStatus": "completed", "TranscriptionText": words}
            self._told.append((urljoin(at, verb.get("transcribeCallback", at)), {**made, **text}))
        return {**made, "RecordingDuration": str(seconds), "Digits": key}

    def _hung_up(self) -> tuple[()]:
        self.lines.append(Heard("she", "[hangs up]"))
        return ()
