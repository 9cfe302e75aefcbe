"""The words around a survey, by language. A language is added by adding its table."""

from __future__ import annotations

from collections.abc import Mapping

ENGLISH: Mapping[str, str] = {
    "send": "Send",
    "close": "Close",
    "unsubscribe": "Don’t ask me again",
    "takes": "Takes about {n} seconds",
    "optional": "Optional",
    "not_saved": "Not saved yet. Trying again…",
    "saved": "Saved",
    "thanks": "Thank you",
    "gone": "This survey is closed",
    "gone_text": "It has been answered, withdrawn, or the link is incomplete.",
    "held_heading": "Nothing to ask right now",
    "held_text": "Thank you for dropping by.",
    "unsubscribe_heading": "Stop survey requests?",
    "unsubscribe_explain": "From now on {brand} will not ask you for feedback any more.",
    "unsubscribe_everything": "Never ask me again, on any channel",
    "unsubscribe_channel": "Only stop this channel",
    "unsubscribe_send": "Stop asking me",
    "unsubscribed_heading": "You will not be asked again",
    "unsubscribed_text": "It holds from now on. You can close this page.",
    "subject": "One question from {brand}",
    "preheader": "One click, about {n} seconds.",
    "greeting": "Hello {name},",
    "greeting_bare": "Hello,",
    "answer": "Answer in your browser",
    "unsubscribe_mail": "Unsubscribe",
}

LANGUAGES: Mapping[str, Mapping[str, str]] = {"en": ENGLISH}

RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})


def texts(language: str) -> Mapping[str, str]:
    """The words in `language` (BCP 47), English where there is no table for it."""
    return LANGUAGES.get(language.split("-")[0].lower(), ENGLISH)


def direction(language: str) -> str:
    """`rtl` or `ltr`, for the page's `dir`."""
    return "rtl" if language.split("-")[0].lower() in RIGHT_TO_LEFT else "ltr"
