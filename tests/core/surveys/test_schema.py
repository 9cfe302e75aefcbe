"""The schema of a survey says what `survey_from` says: every template passes, and what it refuses is no survey."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.core.surveys import TEMPLATES, BadSurvey, survey_from, template
from server.core.surveys.schema import schema

SCHEMA = schema()
KNOWN = {
    "$schema", "$ref", "$defs", "title", "description", "type", "required", "properties", "additionalProperties",
    "propertyNames", "minProperties", "maxProperties", "items", "minItems", "maxItems", "minLength", "maxLength",
    "pattern", "minimum", "maximum", "enum", "const", "anyOf", "allOf", "oneOf", "not", "if", "then",
}  # fmt: skip
"""The keywords of JSON Schema 2020-12 that `fits` knows; another one in the schema fails a test."""
TYPES = {
    "object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float),
}  # fmt: skip


def fits(value: Any, rule: dict[str, Any] | bool) -> bool:
    """Whether `value` is what `rule` asks for."""
    if isinstance(rule, bool):
        return rule
    if "$ref" in rule and not fits(value, SCHEMA["$defs"][rule["$ref"].removeprefix("#/$defs/")]):
        return False
    if "type" in rule and not _typed(value, rule["type"]):
        return False
    if ("enum" in rule and value not in rule["enum"]) or ("const" in rule and value != rule["const"]):
        return False
    return _bounded(value, rule) and _inside(value, rule) and _combined(value, rule)


def _typed(value: Any, name: str) -> bool:
    return isinstance(value, TYPES[name]) and (name == "boolean" or not isinstance(value, bool))  # type: ignore[arg-type]


def _bounded(value: Any, rule: dict[str, Any]) -> bool:
    for kind, words in ((str, "Length"), (list, "Items"), (dict, "Properties")):
        if isinstance(value, kind) and not rule.get(f"min{words}", 0) <= len(value) <= rule.get(f"max{words}", 10**9):
            return False
    if isinstance(value, int | float) and not isinstance(value, bool):
        return bool(rule.get("minimum", value) <= value <= rule.get("maximum", value))
    return not (isinstance(value, str) and "pattern" in rule and not re.search(rule["pattern"], value))


def _inside(value: Any, rule: dict[str, Any]) -> bool:
    if isinstance(value, list):
        return all(fits(each, rule["items"]) for each in value) if "items" in rule else True
    if not isinstance(value, dict):
        return True
    known, names = rule.get("properties", {}), rule.get("propertyNames", True)
    return (
        set(rule.get("required", ())) <= value.keys()
        and all(fits(name, names) for name in value)
        and all(fits(each, known.get(name, rule.get("additionalProperties", True))) for name, each in value.items())
    )


def _combined(value: Any, rule: dict[str, Any]) -> bool:
    return (
        all(fits(value, each) for each in rule.get("allOf", ()))
        and ("anyOf" not in rule or any(fits(value, each) for each in rule["anyOf"]))
        and ("oneOf" not in rule or sum(fits(value, each) for each in rule["oneOf"]) == 1)
        and ("not" not in rule or not fits(value, rule["not"]))
        and ("if" not in rule or not fits(value, rule["if"]) or fits(value, rule["then"]))
    )


def is_survey(definition: Any) -> bool:
    try:
        survey_from(definition)
    except BadSurvey:
        return False
    return True


def keywords(rule: Any, is_rule: bool = True) -> set[str]:
    if isinstance(rule, list):
        return set().union(*(keywords(each) for each in rule if isinstance(each, dict)))
    if not isinstance(rule, dict):
        return set()
    inner = [keywords(each, not is_rule or name not in ("properties", "$defs")) for name, each in rule.items()]
    return (set(rule) if is_rule else set()).union(*inner)


def test_the_schema_is_json_and_says_nothing_that_the_tests_do_not_know() -> None:
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA
    assert keywords(SCHEMA) <= KNOWN


@pytest.mark.parametrize("language", ["", "en", "de"])
@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_fits(name: str, language: str) -> None:
    assert fits(template(name, "Harbour", language), SCHEMA)


NPS: dict[str, Any] = {"id": "score", "kind": "nps", "text": "How likely?"}
PICK: dict[str, Any] = {"id": "pick", "kind": "select_one", "text": "Which?", "options": ["Red", "Blue"]}
WHY: dict[str, Any] = {"id": "why", "kind": "free_response", "text": "Why?"}

REFUSED: list[Any] = [
    {},
    {"questions": []},
    {"questions": 5},
    {"questions": ["nps"]},
    {"questions": [{"kind": "nps"}]},
    {"questions": [{**NPS, "kind": "smile"}]},
    {"questions": [{**NPS, "text": ""}]},
    {"questions": [{**NPS, "text": "x" * 2001}]},
    {"questions": [{**NPS, "text": {"???": "no"}}]},
    {"questions": [{**NPS, "scale": [1, 5]}]},
    {"questions": [{**NPS, "scale": 5}]},
    {"questions": [{**NPS, "id": "x" * 61}]},
    {"questions": [{**PICK, "options": ["Red"]}]},
    {"questions": [{**PICK, "options": "Red"}]},
    {"questions": [{**PICK, "options": [str(n) for n in range(51)]}]},
    {"questions": [{k: v for k, v in PICK.items() if k != "options"}]},
    {"questions": [{**PICK, "most": "two"}]},
    {"questions": [{"kind": "contact", "text": "Who?", "fields": ["phone"]}]},
    {"questions": [{"kind": "contact", "text": "Who?", "fields": []}]},
    {"questions": [NPS, {**WHY, "when": "always"}]},
    {"questions": [NPS, {**WHY, "when": [{}]}]},
    {"questions": [NPS, {**WHY, "when": [{"question": "score"}]}]},
    {"questions": [NPS, {**WHY, "when": [{"question": "score", "property": "plan", "is": ["9"]}]}]},
    {"questions": [NPS, {**WHY, "when": [{"question": "score", "is": "9"}]}]},
    {"questions": [NPS, {**WHY, "when": [{"question": "score", "is": []}]}]},
    {"questions": [NPS, {**WHY, "when": [{"question": "score", "from": "9"}]}]},
    {"questions": [NPS, {**WHY, "when": [{"question": "score", "over": 9}]}]},
    {"questions": [NPS, {**WHY, "when": [{"any": []}]}]},
    {"questions": [NPS] * 101},
    {"questions": [NPS], "language": "Klingon!"},
    {"questions": [NPS], "thanks": {"text": "Bye", "link": {"url": "http://plain.example", "label": "Go"}}},
    {"questions": [NPS], "thanks": {"text": "Bye", "link": {"url": "javascript:1", "label": "Go"}}},
    {"questions": [NPS], "thanks": {"text": "Bye", "link": {"url": "https://x.example"}}},
    {"questions": [NPS], "thanks": {"text": "Bye", "close_after": 61}},
    {"questions": [NPS], "thanks": {"text": "Bye", "groups": {"promoter": {"text": "Go", "close_after": -1}}}},
]


@pytest.mark.parametrize("definition", REFUSED, ids=lambda each: json.dumps(each)[:80])
def test_what_the_schema_refuses_is_no_survey(definition: Any) -> None:
    assert not fits(definition, SCHEMA)
    assert not is_survey(definition)


EVERY = [template(name, "Harbour") for name in TEMPLATES]
WORDS = st.sampled_from(["", "x", "x" * 61, "nps", "https://shop.example", "http://shop.example", "de", "Klingon!"])
SCRAPS = WORDS | st.integers(-2, 12) | st.lists(WORDS | st.integers(0, 10), max_size=3)
KEYS = ["kind", "text", "scale", "options", "most", "fields", "when", "id", "labels", "low", "hint", "other"]


@settings(max_examples=300, deadline=None)
@given(base=st.sampled_from(EVERY), at=st.integers(0, 2), key=st.sampled_from(KEYS), scrap=SCRAPS)
def test_a_broken_template_that_is_a_survey_fits_or_is_only_laxly_written(
    base: dict[str, Any], at: int, key: str, scrap: Any
) -> None:
    """The schema may be stricter than `survey_from`, which takes a number for a text, and nothing for none; but
    definitions of the right types on which they disagree are none."""
    questions = [dict(question) for question in base["questions"]]
    question = questions[at % len(questions)]
    right = {"scale": list, "options": list, "fields": list, "when": list, "labels": list, "most": int}.get(key, str)
    if not isinstance(scrap, right) or scrap in ("", [], 0):
        return
    question[key] = scrap
    definition = {**base, "questions": questions}
    if is_survey(definition) and key not in ("options", "labels", "fields", "scale", "most"):
        assert fits(definition, SCHEMA)
