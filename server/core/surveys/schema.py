"""What a survey's definition may be, as JSON Schema: for editors, and for whoever writes surveys by program.

`survey_from` has the last word: it also knows what no schema can say, such as which questions are asked before which.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, get_args

from server.core.surveys.conditions import MOST
from server.core.surveys.definition import ID_MAX, OPTIONS_MAX, QUESTIONS_MAX
from server.core.surveys.delivery import INTERACTION, INTERACTIONS_MOST, LONGEST, REMINDERS_MOST, TextForm
from server.core.surveys.questions import FIELDS, KINDS, SCALES, WITH_OPTIONS
from server.core.surveys.thanks import CLOSE_MAX, URL_MAX
from server.core.surveys.words import LANGUAGE, TEXT_MAX
from server.core.throttle import SENT

Schema = dict[str, Any]

_TAG = f"^{LANGUAGE.pattern}$"
_TEXT: Schema = {"$ref": "#/$defs/text"}
_ID: Schema = {"type": "string", "minLength": 1, "maxLength": ID_MAX}


def schema() -> Schema:
    """JSON Schema 2020-12 of a definition. Words that it does not know are allowed, and kept."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "An Askonce survey",
        "type": "object",
        "required": ["questions"],
        "properties": {
            "name": {"type": "string", "description": "What the team calls it; 120 characters are kept."},
            "language": {"type": "string", "pattern": _TAG, "description": "Its own language, a tag such as en."},
            "questions": {
                "type": "array",
                "minItems": 1,
                "maxItems": QUESTIONS_MAX,
                "items": {"$ref": "#/$defs/question"},
            },
            "thanks": {"anyOf": [_TEXT, {"$ref": "#/$defs/thanks"}]},
            "mail": {
                "type": "object",
                "properties": {"subject": _TEXT, "intro": _TEXT},
                "description": "Words of the mail that asks it, in place of the site's.",
            },
            "targeting": {"type": "object", "description": "Where, before whom and when it is asked."},
            "delivery": {"$ref": "#/$defs/delivery"},
            "look": {"type": "object", "description": "Its shape, place and theme on a page."},
        },
        "$defs": {
            "text": _text(),
            "question": _question(),
            "option": _option(),
            "condition": _condition(),
            "thanks": _thanks(groups=True),
            "delivery": _delivery(),
        },
    }


def _text() -> Schema:
    one = {"type": "string", "maxLength": TEXT_MAX}
    by_language = {
        "type": "object", "propertyNames": {"pattern": _TAG}, "additionalProperties": one, "minProperties": 1,
    }  # fmt: skip
    return {"description": "A text, or one by language.", "anyOf": [one, by_language]}


def _question() -> Schema:
    return {
        "type": "object",
        "required": ["kind", "text"],
        "properties": {
            "id": {**_ID, "description": "What answers are kept by; q1, q2 and so on for none."},
            "kind": {"enum": list(KINDS)},
            "text": {"allOf": [_TEXT, {"not": {"const": ""}}]},
            "hint": _TEXT,
            "required": {"type": "boolean"},
            "with_previous": {"type": "boolean", "description": "Stands on one page with the question before it."},
            "scale": {"description": "Its first and last point.", "type": "array"},
            "low": _TEXT,
            "high": _TEXT,
            "labels": {"type": "array", "items": _TEXT, "description": "A word for each point."},
            "options": {"type": "array", "items": {"$ref": "#/$defs/option"}},
            "other": {**_TEXT, "description": "What the option is called that the person words herself."},
            "most": {"type": "integer", "minimum": 0, "description": "How many may be chosen; 0 for all."},
            "fields": {"type": "array", "minItems": 1, "items": {"enum": list(FIELDS)}},
            "when": {"type": "array", "maxItems": MOST, "items": {"$ref": "#/$defs/condition"}},
        },
        "allOf": [*map(_on_scale, SCALES), _with_options()],
    }


def _on_scale(kind: str) -> Schema:
    known = [[low, high] for low, high in SCALES[kind]]
    return {
        "if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]},
        "then": {"properties": {"scale": {"enum": known}}},
    }


def _with_options() -> Schema:
    listed = {"minItems": 2, "maxItems": OPTIONS_MAX}
    return {
        "if": {"properties": {"kind": {"enum": sorted(WITH_OPTIONS)}}, "required": ["kind"]},
        "then": {"required": ["options"], "properties": {"options": listed}},
    }


def _option() -> Schema:
    whole = {"type": "object", "required": ["text"], "properties": {"id": _ID, "text": _TEXT}}
    return {"description": "A text, or one with the id that is kept.", "anyOf": [_TEXT, whole]}


def _condition() -> Schema:
    values = {"type": "array", "minItems": 1, "maxItems": 100}
    tests = {
        "is": values,
        "not": values,
        "group": values,
        "answered": {"type": "boolean"},
        "from": {"type": "number"},
        "to": {"type": "number"},
    }
    one = {
        "type": "object",
        "properties": {"question": {"type": "string"}, "property": {"type": "string"}, **tests},
        "additionalProperties": False,
        "oneOf": [{"required": ["question"]}, {"required": ["property"]}],
        "anyOf": [{"required": [name]} for name in tests],
    }
    either = {"type": "array", "minItems": 1, "maxItems": MOST, "items": one}
    several = {"type": "object", "required": ["any"], "properties": {"any": either}}
    return {"description": "One thing that must be so, or any of several.", "anyOf": [one, several]}


def _thanks(groups: bool) -> Schema:
    link = {
        "type": "object",
        "required": ["url", "label"],
        "properties": {
            "url": {"type": "string", "pattern": "^(https://|mailto:|tel:)", "maxLength": URL_MAX},
            "label": {"allOf": [_TEXT, {"not": {"const": ""}}]},
        },
    }
    said: Schema = {
        "text": _TEXT,
        "link": link,
        "close_after": {"type": "integer", "minimum": 0, "maximum": CLOSE_MAX, "description": "Seconds."},
    }
    if groups:
        each = {"anyOf": [_TEXT, _thanks(groups=False)]}
        by_group = {"type": "object", "maxProperties": 10, "additionalProperties": each}
        said["groups"] = {**by_group, "description": "By the score's group, such as promoter."}
    return {"type": "object", "properties": said}


def _delivery() -> Schema:
    minutes, hours = (_number(LONGEST // timedelta(**{unit: 1})) for unit in ("minutes", "hours"))
    texts = {"subject": _TEXT, "text": _TEXT}
    reminders = {
        "times": {"type": "integer", "minimum": 0, "maximum": REMINDERS_MOST},
        "every_days": {**_number(LONGEST.days), "description": "Between two messages; 3 when not said."},
    }
    follow_up = {"when": {"enum": ["no_comment"]}, "after_hours": hours}
    parts: Schema = {
        "channels": {
            "description": "Tried one after the other until one reaches her.",
            "type": "array",
            "maxItems": len(SENT),
            "items": {"enum": list(SENT)},
        },
        "delay_minutes": _by_interaction("How long after the interaction she is asked.", minutes),
        "expires_after_hours": _by_interaction(
            "How long after that a message may still leave: 1 about a call, 24 about a chat or a mail, 72 about "
            "anything else.", hours
        ),
        "fallback_after_hours": {**hours, "description": "The next channel, when she has not answered by then."},
        "phone": {
            "description": "How calls speak: a voice by its provider's name (Polly.Amy), an accent as a tag (en-AU).",
            "type": "object",
            "properties": {"voice": _TEXT, "accent": _TEXT},
            "additionalProperties": False,
        },
        "reminders": {"type": "object", "properties": {**reminders, **texts}, "additionalProperties": False},
        "follow_up": {
            "description": "Whoever gave a score without words is asked for them, once.",
            "type": "object",
            "required": ["after_hours"],
            "properties": {**follow_up, **texts},
            "additionalProperties": False,
        },
        "sms": {
            "description": "What a text message does: leads to the page, or asks itself, for answers by reply.",
            "enum": list(get_args(TextForm)),
        },
    }  # fmt: skip
    said = "How people are written to: on which channels, when, and how often again."
    return {"description": said, "type": "object", "properties": parts, "additionalProperties": False}


def _number(most: int) -> Schema:
    return {"type": "number", "minimum": 0, "maximum": most}


def _by_interaction(description: str, each: Schema) -> Schema:
    named = {
        "type": "object",
        "maxProperties": INTERACTIONS_MOST,
        "propertyNames": {"pattern": f"^{INTERACTION.pattern}$"},
        "additionalProperties": each,
    }
    return {"description": f"{description} A number, or one by interaction and “other”.", "anyOf": [each, named]}
