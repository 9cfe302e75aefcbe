"""What people write to our number, as Twilio hands it over, and what we say back in the same breath."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from twilio.twiml.messaging_response import MessagingResponse

from channels.channel import Answer, Event, Outgoing
from channels.sms.content import number_of

# What Twilio acts upon by itself, and answers, unless it was told otherwise
# (https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out). YES brings back only whoever had said STOP.
STOP = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
START = frozenset({"START", "UNSTOP", "YES"})
HELP = frozenset({"HELP", "INFO"})
_SAYS: Mapping[str, Literal["optout", "optin", "reply"]] = {"STOP": "optout", "START": "optin"}

_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""In no XML, whatever the rest of the text is."""


def is_inbound(fields: Mapping[str, str]) -> bool:
    """Whether this is somebody's text, and not what became of one of ours."""
    return "MessageStatus" not in fields and bool(fields.get("MessageSid") and fields.get("From"))


def event(fields: Mapping[str, str]) -> Event:
    """A text as an event: `optout` and `optin` where Twilio took it for one, else `reply`. `ref` is its MessageSid, and
    stays over Twilio's retries."""
    text, sid = fields.get("Body", ""), fields["MessageSid"]
    took = fields.get("OptOutType", "").upper()
    word = text.strip().upper()
    kind = _SAYS.get(took, "reply")
    if not took and word in STOP:
        kind = "optout"
    return Event(
        kind,
        "",
        sid,
        raw_id=sid,
        text=text,
        sender=number_of(fields["From"]),
        is_answered=bool(took) or word in STOP | START,
    )


def answer(reply: Outgoing | None) -> Answer:
    """TwiML that sends `reply`, with the address for its callbacks; or that says nothing."""
    said = MessagingResponse()
    if reply is not None:
        said.message(_UNWRITABLE.sub("", reply.text), status_callback=reply.callback or None)
    return Answer(str(said).encode(), "text/xml; charset=utf-8")
