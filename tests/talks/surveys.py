"""The surveys that the scripts talk about; all of them are asked by text, one question after the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TALKS = {"sms": "conversation"}
NPS: dict[str, Any] = {
    "name": "Two questions",
    "questions": [
        {
            "id": "score",
            "kind": "nps",
            "text": {
                "en": "How likely are you to recommend us?",
                "de": "Würden Sie uns weiterempfehlen?",
                "ar": "هل توصي بنا؟",
            },
        },
        {
            "id": "why",
            "kind": "free_response",
            "text": {"en": "Why {answer.score}?", "de": "Warum {answer.score}?", "ar": "لماذا {answer.score}؟"},
        },
    ],
    "thanks": {
        "text": {"en": "Thank you!", "de": "Vielen Dank!", "ar": "شكرًا!"},
        "groups": {"promoter": {"en": "Wonderful!", "de": "Wunderbar!", "ar": "رائع!"}},
    },
    "delivery": TALKS,
}
BRANCHES: dict[str, Any] = {
    "name": "Branches",
    "questions": [
        {"id": "mood", "kind": "csat", "text": "How was it?"},
        {
            "id": "what",
            "kind": "select_one",
            "text": "What went wrong?",
            "options": [{"id": "late", "text": "Late"}, {"id": "rude", "text": "Rude"}],
            "other": "Something else",
            "when": [{"question": "mood", "to": 2}],
        },
        {
            "id": "liked",
            "kind": "select_many",
            "text": "What did you like?",
            "options": [{"id": "food", "text": "Food"}, {"id": "room", "text": "Room"}, {"id": "view", "text": "View"}],
            "most": 2,
            "when": [{"question": "mood", "from": 4}],
        },
        {"id": "words", "kind": "free_response", "text": "Anything else?"},
    ],
    "thanks": {"text": "Thanks"},
    "delivery": TALKS,
}
ODD: dict[str, Any] = {
    "name": "Odd kinds",
    "questions": [
        {"id": "again", "kind": "thumbs", "text": "Would you come again?"},
        {"id": "stars", "kind": "stars", "text": "How many stars?"},
        {"id": "order", "kind": "ranking", "text": "What matters?", "options": [
            {"id": "price", "text": "Price"}, {"id": "speed", "text": "Speed"}, {"id": "smile", "text": "Smile"}]},
        {"id": "who", "kind": "contact", "text": "Who are you?"},
    ],
    "thanks": {"text": "Done"},
    "delivery": TALKS,
}  # fmt: skip
LONG: dict[str, Any] = {
    "name": "More than a text holds",
    "questions": [
        {"id": "score", "kind": "nps", "text": "Recommend us?"},
        {"id": "town", "kind": "select_one", "text": "Where?", "options": [f"Town {n}" for n in range(1, 31)]},
        {"id": "why", "kind": "free_response", "text": "Why?"},
    ],
    "delivery": TALKS,
}
LINK: dict[str, Any] = {**NPS, "name": "By link", "delivery": {"sms": "link"}}
ALL: Mapping[str, dict[str, Any]] = {"nps": NPS, "branches": BRANCHES, "odd": ODD, "long": LONG, "link": LINK}
