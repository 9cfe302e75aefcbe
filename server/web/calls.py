"""Calls: what a caller hears, as TwiML, and what she presses or says. Verified on their raw bytes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, request

from channels.channel import BadSignature, Provider, RawRequest
from channels.twilio.signature import form
from channels.voice.render import Spoken, Voice, render
from channels.voice.twilio import is_machine
from server.core.call import Heard, accent
from server.core.people import BadClaim, phone
from server.flows.call.begin import Start, begin, picked_up
from server.flows.call.hear import Recorded, hear
from server.flows.call.spoken import is_done, wrote_down
from server.flows.call.turn import Said
from server.flows.open_link import properties_in
from server.web.limits import count_guess
from server.web.parts import services

web = Blueprint("calls", __name__)

BODY_MAX = 64 * 1024
RESERVED = ("survey", "token", "pin", "flow", "returns")
"""What stands in the address of a call for us; the rest of it are properties of the response."""
FLOW = re.compile(r"FW[0-9a-f]{32}")
STUDIO = "https://webhooks.twilio.com/v1/Accounts/{account}/Flows/{flow}"
HIDDEN = frozenset({"+266696687", "+7378742833", "+2562533", "+8566696", "+8656696", "+86282452253"})
"""Spelled on a telephone: anonymous, restricted, blocked, unknown, unavailable."""


@web.post("/calls/<site_key>")
def come_in(site_key: str) -> Response:
    """A call that is handed over: by Dial's `action`, by Studio, by SIP, or as a number's own address. In the query:
    `survey`, `pin=1` (ask for one), `token`, `flow` (a Studio flow to return to), and properties of the response."""
    provider, said = _called()
    query = request.args.to_dict()
    start = Start(
        provider=provider.name,
        ref=said["CallSid"],
        number=_number(said),
        survey=query.get("survey", "")[:255],
        token=(said.get("SipHeader_X-Survey-Token") or query.get("token") or "")[:200],
        asks_pin=query.get("pin") == "1",
        properties=properties_in({name: value for name, value in query.items() if name not in RESERVED}),
        returns=_returns(query.get("flow", ""), said),
    )
    return _speak(begin(services(), site_key, start))


@web.post("/calls/to/<token>")
def answered(token: str) -> Response:
    """A call of ours was picked up."""
    provider, said = _called()
    by_machine = is_machine(said.get("AnsweredBy", ""))
    to = _e164(said.get("To", ""))
    return _speak(picked_up(services(), provider, token, said["CallSid"], to, by_machine))


@web.post("/calls/turn/<token>")
def turn(token: str) -> Response:
    """Keys, words, a recording or silence, in answer to one turn."""
    _, said = _called()
    recorded = None
    if ref := said.get("RecordingSid"):
        recorded = Recorded(ref[:64], _whole(said.get("RecordingDuration", "")))
    return _speak(hear(services(), token, said["CallSid"], _heard(said), recorded))


@web.post("/calls/recorded/<token>")
def recorded(token: str) -> Response:
    """A recording is done, or its words are written down."""
    _, said = _called()
    if said.get("TranscriptionStatus") == "completed":
        wrote_down(services(), token, said["CallSid"], said.get("RecordingSid", ""), said.get("TranscriptionText", ""))
    elif said.get("RecordingStatus") == "completed":
        is_done(services(), token, said["CallSid"], said.get("RecordingSid", ""))
    return Response(status=204)


def _called() -> tuple[Provider, Mapping[str, str]]:
    """Who calls, and the fields of the form; a form is not looked into before its signature is."""
    known = services().provider_named("twilio_voice")
    if known is None:
        abort(404)
    request.max_content_length = BODY_MAX
    raw = request.get_data()
    query = request.query_string.decode("latin-1")
    url = services().link(request.path + (f"?{query}" if query else ""))
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        known.verify(RawRequest(url, headers, raw))
    except BadSignature:
        count_guess()
        abort(403, "the signature does not fit this address and body")
    said = dict(form(raw))
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", said.get("CallSid", "")):
        abort(400, "this is about no call")
    return known, said


def _heard(said: Mapping[str, str]) -> Heard:
    if said.get("RecordingSid"):
        if said.get("Digits") == "*":
            return Heard("keys", "*")
        return Heard("recording" if _whole(said.get("RecordingDuration", "")) else "silence")
    if words := said.get("SpeechResult", ""):
        return Heard("speech", words[:1600], _sure(said.get("Confidence", "")))
    keys = said.get("Digits", "")
    return Heard("keys", keys[:40]) if keys else Heard("silence")


def _sure(text: str) -> float:
    """Some engines say 0.0 where they do not know: that is as good as their words."""
    return float(text) or 1.0 if re.fullmatch(r"[01](\.\d{1,20})?", text) else 1.0


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0


def _number(said: Mapping[str, str]) -> str:
    """Whose call it is, as far as it is shown, and as far as its carrier does not say that it is false (STIR/SHAKEN).
    A call that our account made itself is to her."""
    if "Failed" in said.get("StirVerstat", ""):
        return ""
    theirs = said.get("To" if said.get("Direction", "").startswith("outbound") else "From", "")
    return "" if theirs in HIDDEN else _e164(theirs)


def _e164(raw: str) -> str:
    """Also of `sip:+14155552671@pbx.example`, which is who calls by SIP."""
    by_sip = re.match(r"sips?:([+0-9]{3,20})@", raw)
    try:
        return phone(by_sip[1] if by_sip else raw)
    except BadClaim:
        return ""


def _returns(flow: str, said: Mapping[str, str]) -> str:
    account = said.get("AccountSid", "")
    if not FLOW.fullmatch(flow) or not re.fullmatch(r"AC[0-9a-f]{32}", account):
        return ""
    return f"{STUDIO.format(account=account, flow=flow)}?{urlencode({'FlowEvent': 'return'})}"


def _speak(said: Said) -> Response:
    """As TwiML. Where nothing is waited for the call ends, or goes back to where it came from."""
    speaks = accent(said.accent or said.language)
    recorded = _link("recorded", said.token) if said.takes == "recording" else ""
    spoken = Spoken(
        says=said.says,
        takes=said.takes,
        action=_link("turn", said.token),
        hints=said.hints,
        recorded=recorded,
        # Twilio writes down English alone (https://www.twilio.com/docs/voice/twiml/record).
        written=recorded if said.language.startswith("en") else "",
        returns=said.returns,
        voice=Voice(speaks.speaks, speaks.listens, said.voice),
    )
    return Response(render(spoken), content_type="text/xml; charset=utf-8")


def _link(what: str, token: str) -> str:
    return services().link(f"/calls/{what}/{token}")
