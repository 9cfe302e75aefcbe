"""STOP, START and HELP, in capitals or in a sentence of one's own."""

from __future__ import annotations

import re
from typing import Literal

from server.core.replies.tokens import plain, words

Wish = Literal["", "stop", "start", "help"]

# The words that carriers and providers act upon (https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out), and
# those by which anybody may revoke in the United States since April 2025 (47 CFR 64.1200(a)(10)); with their like in
# the languages that we speak.
STOP = words(
    "stop stopall unsubscribe cancel end quit revoke optout opt-out"
    " stopp abmelden abbestellen kündigen austragen توقف الغاء ايقاف"
) | {"opt out", "stop all", "الغاء الاشتراك"}
START = words("start unstop resume subscribe anmelden ابدا اشتراك")
HELP = words("help info hilfe مساعدة")

# Whole sentences: a wish, then what is not wanted any more. Bounded parts, so that no text takes long.
_SENTENCES = [re.compile(pattern) for pattern in (
    r"\b(?:stop|quit|cease|no more)\b[^.!?\n]{0,20}"
    r"\b(?:texts?|texting|messages?|messaging|sms|contacting|asking|emails?|emailing|surveys?|calls?|calling|sending)\b",
    r"\b(?:do not|dont|never)\s+(?:ever\s+|please\s+)?"
    r"(?:text|message|contact|email|bother|call|ask|survey|send)\s+(?:me|us|again|any|this number)\b",
    r"\b(?:unsubscribe|remove|delete|take)\s+(?:me|my number|this number)\b",
    r"\bopt(?:ing)?\s+(?:me\s+)?out\b",
    r"\bleave me alone\b",
    r"\bi revoke\b",
    r"\b(?:keine?n?|nie|nicht)\b[^.!?\n]{0,12}\b(?:mehr|wieder)\b[^.!?\n]{0,20}"
    r"\b(?:sms|nachricht|umfrage|fragen|frage|schreiben|anrufe|kontaktieren|senden|schicken)",
    r"\bkeine\s+(?:weiteren\s+)?(?:sms|nachrichten|umfragen)\b",
    r"\blass(?:t|en sie)? mich in ruhe\b",
    r"\b(?:meldet?|melden sie|nehmt?|nehmen sie|löscht?|löschen sie)\s+(?:mich|meine nummer)\b",
    r"\b(?:abmelden|abbestellen|austragen)\s*(?:bitte)?[.!]*$",
    r"(?:لا|توقفوا عن|اوقفوا)\s[^.!?\n]{0,12}(?:ارسال|رسائل|ترسل|تراسل|الرسائل)",
)]  # fmt: skip


def wish_in(text: str) -> Wish:
    """What `text` wants of us beside answering. One word means it by itself; more of them only as a sentence that says
    so: "The film had no end" ends nothing."""
    said = re.sub(r"[^\w\s-]", " ", plain(text).replace("'", ""))
    word = " ".join(said.replace("please", " ").replace("bitte", " ").split())
    if word in STOP:
        return "stop"
    if word in START:
        return "start"
    if word in HELP:
        return "help"
    whole = " ".join(plain(text).replace("'", "").split())
    return "stop" if any(sentence.search(whole) for sentence in _SENTENCES) else ""
