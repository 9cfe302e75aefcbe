"""Ready surveys, in English and German, about a brand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Text = Mapping[str, str]


def _both(en: str, de: str) -> Text:
    return {"en": en, "de": de}


_THANKS = _both("Thank you! Every answer is read by a person.", "Vielen Dank! Jede Antwort wird von Menschen gelesen.")
_WHY = _both("What is the main reason for your score?", "Was ist der wichtigste Grund für Ihre Bewertung?")
_BETTER = _both("What could we do better?", "Was können wir besser machen?")
_UNLIKELY = _both("Not at all likely", "Sehr unwahrscheinlich")
_LIKELY = _both("Extremely likely", "Sehr wahrscheinlich")
_SATISFIED = [
    _both("Very dissatisfied", "Sehr unzufrieden"),
    _both("Somewhat dissatisfied", "Eher unzufrieden"),
    _both("Neither satisfied nor dissatisfied", "Weder zufrieden noch unzufrieden"),
    _both("Somewhat satisfied", "Eher zufrieden"),
    _both("Very satisfied", "Sehr zufrieden"),
]


def _score(kind: str, text: Text, low: Text, high: Text, **more: Any) -> dict[str, Any]:
    return {"id": "score", "kind": kind, "text": text, "low": low, "high": high, "required": True, **more}


def _comment(text: Text, **more: Any) -> dict[str, Any]:
    return {"id": "comment", "kind": "free_response", "text": text, **more}


def _options(*options: tuple[str, str, str]) -> list[dict[str, Any]]:
    return [{"id": id, "text": _both(en, de)} for id, en, de in options]


_OTHER = _both("Something else", "Etwas anderes")

TEMPLATES: Mapping[str, dict[str, Any]] = {
    "nps": {
        "name": "NPS",
        "questions": [
            _score(
                "nps",
                _both(
                    "How likely are you to recommend {brand} to a friend?",
                    "Wie wahrscheinlich ist es, dass Sie {brand} weiterempfehlen?",
                ),
                _UNLIKELY,
                _LIKELY,
            ),
            _comment(_WHY),
        ],
    },
    "csat": {
        "name": "CSAT",
        "questions": [
            _score(
                "csat",
                _both("How satisfied were you with {brand}?", "Wie zufrieden waren Sie mit {brand}?"),
                _SATISFIED[0],
                _SATISFIED[-1],
                labels=_SATISFIED,
            ),
            _comment(_WHY),
        ],
    },
    "ces": {
        "name": "CES",
        "questions": [
            _score(
                "ces",
                _both(
                    "{brand} made it easy for me to get this done.",
                    "{brand} hat es mir leicht gemacht, mein Anliegen zu erledigen.",
                ),
                _both("Strongly disagree", "Stimme gar nicht zu"),
                _both("Strongly agree", "Stimme voll zu"),
            ),
            _comment(_WHY),
        ],
    },
    "enps": {
        "name": "eNPS",
        "questions": [
            _score(
                "enps",
                _both(
                    "How likely are you to recommend working at {brand} to a friend?",
                    "Wie wahrscheinlich ist es, dass Sie {brand} als Arbeitgeber weiterempfehlen?",
                ),
                _UNLIKELY,
                _LIKELY,
            ),
            _comment(_WHY),
        ],
    },
    "pmf": {
        "name": "PMF",
        "questions": [
            _score(
                "pmf",
                _both(
                    "How would you feel if you could no longer use {brand}?",
                    "Wie wäre es für Sie, wenn Sie {brand} nicht mehr nutzen könnten?",
                ),
                _both("Not disappointed", "Nicht schlimm"),
                _both("Very disappointed", "Sehr schade"),
                labels=[
                    _both("Not disappointed", "Nicht schlimm"),
                    _both("Somewhat disappointed", "Etwas schade"),
                    _both("Very disappointed", "Sehr schade"),
                ],
            ),
            _comment(
                _both("What is the main benefit that you get from it?", "Was ist für Sie der größte Nutzen?"),
            ),
        ],
    },
    "stars": {
        "name": "Five stars",
        "questions": [
            _score(
                "stars",
                _both("How would you rate {brand}?", "Wie bewerten Sie {brand}?"),
                _both("Poor", "Schlecht"),
                _both("Excellent", "Ausgezeichnet"),
            ),
            _comment(_WHY),
        ],
    },
    "post_call": {
        "name": "After a call",
        "questions": [
            _score(
                "csat",
                _both("How satisfied were you with our call?", "Wie zufrieden waren Sie mit unserem Gespräch?"),
                _SATISFIED[0],
                _SATISFIED[-1],
            ),
            {
                "id": "solved",
                "kind": "thumbs",
                "text": _both("Did we solve your problem?", "Haben wir Ihr Anliegen gelöst?"),
                "labels": [_both("No", "Nein"), _both("Yes", "Ja")],
            },
            _comment(_BETTER, when=[{"any": [{"question": "score", "to": 3}, {"question": "solved", "is": ["0"]}]}]),
        ],
    },
    "onboarding": {
        "name": "Onboarding",
        "questions": [
            _score(
                "ces",
                _both("Getting started with {brand} was easy.", "Der Einstieg in {brand} war einfach."),
                _both("Strongly disagree", "Stimme gar nicht zu"),
                _both("Strongly agree", "Stimme voll zu"),
                scale=[1, 5],
            ),
            {
                "id": "missing",
                "kind": "select_one",
                "text": _both("What held you up?", "Was hat Sie aufgehalten?"),
                "options": _options(
                    ("start", "I did not know where to start", "Ich wusste nicht, wo anfangen"),
                    ("data", "Bringing my data in", "Meine Daten zu übernehmen"),
                    ("team", "Inviting my team", "Mein Team einzuladen"),
                ),
                "other": _OTHER,
                "when": [{"question": "score", "to": 3}],
            },
            _comment(_BETTER),
        ],
    },
    "cancel": {
        "name": "Cancellation",
        "questions": [
            {
                "id": "reason",
                "kind": "select_one",
                "text": _both("What made you cancel {brand}?", "Warum haben Sie {brand} gekündigt?"),
                "required": True,
                "options": _options(
                    ("price", "It costs too much", "Es ist zu teuer"),
                    ("missing", "Something that I need is missing", "Mir fehlt etwas Wichtiges"),
                    ("quality", "It did not work well enough", "Es hat nicht gut genug funktioniert"),
                    ("over", "I do not need it any more", "Ich brauche es nicht mehr"),
                ),
                "other": _OTHER,
            },
            _comment(_both("What was missing?", "Was hat gefehlt?"), when=[{"question": "reason", "is": ["missing"]}]),
            {
                "id": "back",
                "kind": "free_response",
                "text": _both("What would bring you back?", "Was würde Sie zurückbringen?"),
            },
        ],
    },
    "pricing": {
        "name": "Pricing page",
        "questions": [
            {
                "id": "clear",
                "kind": "thumbs",
                "text": _both("Is our pricing clear?", "Sind unsere Preise verständlich?"),
                "labels": [_both("No", "Nein"), _both("Yes", "Ja")],
                "required": True,
            },
            _comment(_both("What is unclear?", "Was ist unklar?"), when=[{"question": "clear", "is": ["0"]}]),
            {
                "id": "holding",
                "kind": "select_one",
                "text": _both("What keeps you from signing up today?", "Was hält Sie heute noch ab?"),
                "options": _options(
                    ("price", "The price", "Der Preis"),
                    ("feature", "A feature that I am not sure of", "Unsicher, ob etwas dabei ist"),
                    ("looking", "I am only looking", "Ich schaue mich nur um"),
                ),
                "other": _OTHER,
                "when": [{"question": "clear", "is": ["1"]}],
            },
        ],
    },
    "blog": {
        "name": "Article",
        "questions": [
            {
                "id": "helpful",
                "kind": "thumbs",
                "text": _both("Was this article helpful?", "War dieser Artikel hilfreich?"),
                "labels": [_both("No", "Nein"), _both("Yes", "Ja")],
                "required": True,
            },
            _comment(
                _both("What were you looking for?", "Wonach haben Sie gesucht?"),
                when=[{"question": "helpful", "is": ["0"]}],
            ),
        ],
    },
}
"""By name; `{brand}` stands for the brand."""


def template(name: str, brand: str, language: str = "") -> dict[str, Any]:
    """The definition of a ready survey about `brand`: in `language` alone when that is said, else in every language
    it was written in. KeyError for a name that is not in TEMPLATES."""
    made: dict[str, Any] = _about(brand, language, {"thanks": _THANKS, **TEMPLATES[name]})
    return {**made, "language": language or "en"}


def _about(brand: str, language: str, part: Any) -> Any:
    if isinstance(part, Mapping):
        if language and part.keys() <= {"en", "de"} and part:
            return _about(brand, language, part.get(language.split("-")[0], part["en"]))
        return {key: _about(brand, language, each) for key, each in part.items()}
    if isinstance(part, list):
        return [_about(brand, language, each) for each in part]
    return part.replace("{brand}", brand) if isinstance(part, str) else part
