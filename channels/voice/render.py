"""Writes what a caller hears, and what her keys and her voice are taken for, as TwiML."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from twilio.twiml.voice_response import Gather, VoiceResponse

SAID_MOST = 4096
"""Characters of one Say (https://www.twilio.com/docs/voice/twiml/say); a longer one would end the call."""
HINTS_MOST = 100
PATIENCE = 4
"""Seconds after the last key. A shorter wait makes 1 of a slow 10."""
RECORDED_MOST = 60
SILENT = 3
"""Seconds after which a recording ends by itself."""


@dataclass(frozen=True)
class Voice:
    """How a call speaks and listens; tags as Twilio knows them."""

    speaks: str = "en-GB"
    listens: str = "en-GB"
    name: str = ""
    """Such as `Polly.Amy`; empty for Twilio's own of that language."""


@dataclass(frozen=True)
class Spoken:
    """One turn of a call: what is said, and what is waited for."""

    says: tuple[str, ...]
    takes: Literal["keys", "recording", "nothing"] = "nothing"
    action: str = ""
    """Where her answer goes, and her silence too."""
    hints: tuple[str, ...] = ()
    """Words that she is likely to say."""
    recorded: str = ""
    """Where a finished recording is told."""
    written: str = ""
    """Where its words are told; empty where nobody writes them down."""
    returns: str = ""
    """Where the call goes on after the last word; it ends there without."""
    voice: Voice = Voice()


def render(turn: Spoken) -> str:
    """The TwiML of a turn.

    All keys up to the hash, or to a pause, are one answer: with a number of digits set, the last 0 of "100#" would be
    the answer to the next question. Nothing is ever redirected while there may be keys on the way.
    """
    response = VoiceResponse()
    if turn.takes == "keys":
        response.append(_gather(turn))
        return str(response)
    _say(response, turn)
    if turn.takes == "recording":
        told = {"transcribe": True, "transcribe_callback": turn.written} if turn.written else {}
        response.record(
            action=turn.action, method="POST", max_length=RECORDED_MOST, timeout=SILENT, finish_on_key="#*",
            play_beep=True, trim="trim-silence", recording_status_callback=turn.recorded,
            recording_status_callback_method="POST", recording_status_callback_event="completed", **told,
        )  # fmt: skip
        response.redirect(turn.action, method="POST")  # she said nothing: there are no keys to lose
    elif turn.returns:
        response.redirect(turn.returns, method="POST")
    else:
        response.hangup()
    return str(response)


def announcement(text: str) -> str:
    """TwiML that says `text` and hangs up."""
    return render(Spoken((text,)))


def _gather(turn: Spoken) -> Gather:
    gather = Gather(
        input="dtmf speech", action=turn.action, method="POST", timeout=PATIENCE, speech_timeout="2",
        finish_on_key="#", action_on_empty_result=True, language=turn.voice.listens,
        hints=", ".join(word.replace(",", " ") for word in turn.hints[:HINTS_MOST]) or None,
    )  # fmt: skip
    _say(gather, turn)
    return gather


def _say(into: VoiceResponse | Gather, turn: Spoken) -> None:
    """Each of its own, with a breath between: one long sentence is hard to follow by ear."""
    for n, text in enumerate(turn.says):
        if n:
            into.pause(length=1)
        into.say(speakable(text), voice=turn.voice.name or None, language=turn.voice.speaks)


def speakable(text: str) -> str:
    """`text` without what no voice can say and no XML can hold."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f\ufffe\uffff\ud800-\udfff]", " ", text).split())[:SAID_MOST]
