"""Of whom a question is asked, as the form has it: sentences with a question or a property, a test, and values."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from server.core.scoring import GROUPS
from server.core.surveys.edit import Made, put
from server.web.desk.survey_fields import Form, as_number, filled

TESTS = {
    "is": "is one of",
    "not": "is none of",
    "group": "is in the group",
    "from": "is at least",
    "to": "is at most",
    "between": "is between",
    "answered": "was answered",
    "unanswered": "was left out",
}
"""What a condition may say, as the form reads it."""


def read(form: Form, at: str, made: Made) -> None:
    """The conditions typed into the fields that begin with `at`, put over those that the question has."""
    raw = made.get("when")
    before = list(raw) if isinstance(raw, list) else []
    now = [_read_one(form, f"{at}w.{n}.", each) for n, each in enumerate(before)]
    if now != before:
        put(made, "when", now)


def _read_one(form: Form, at: str, before: Any) -> Any:
    of, test = form.get(f"{at}of"), form.get(f"{at}test", "")
    if of is None or test not in TESTS:
        return before
    about = {"property": filled(form, f"{at}property")} if of == "property" else {"question": of}
    typed = [each.strip() for each in filled(form, f"{at}values").split(",") if each.strip()]
    now = about | _says(test, [*form.getlist(f"{at}value"), *typed])
    return before if isinstance(before, Mapping) and _alike(before, now) else now


def _says(test: str, values: Sequence[str]) -> Made:
    if test in ("answered", "unanswered"):
        return {"answered": test == "answered"}
    if test in ("is", "not", "group"):
        return {test: list(values)}
    numbers = [as_number(each) for each in re.split(r"\s*(?:,|–|\bto\b|\band\b)\s*", ",".join(values)) if each]
    if test == "between":
        low, high = (*numbers, "", "")[:2]
        return {"from": low, "to": high}
    return {test: numbers[0] if numbers else ""}


def _alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether both say the same, in whatever order: 9 and "9" are one value."""

    def plain(value: Any) -> Any:
        return sorted(str(each) for each in value) if isinstance(value, list) else value

    return {key: plain(value) for key, value in one.items()} == {key: plain(value) for key, value in other.items()}


def shown(condition: Any) -> dict[str, Any]:
    """A condition as its fields have it: `of`, `property`, `test`, `values`."""
    said: Mapping[str, Any] = condition if isinstance(condition, Mapping) else {}
    test = next((name for name in ("is", "not", "group") if name in said), "is")
    values: list[Any] = said[test] if isinstance(said.get(test), list) else []
    if "answered" in said:
        test = "answered" if said["answered"] else "unanswered"
    elif "from" in said and "to" in said:
        test, values = "between", [said["from"], said["to"]]
    elif "from" in said or "to" in said:
        test = "from" if "from" in said else "to"
        values = [said[test]]
    of = "property" if "property" in said else str(said.get("question") or "")
    texts = [str(value) for value in values]
    return {"of": of, "property": str(said.get("property") or ""), "test": test, "values": texts, "any": "any" in said}


def sentence(condition: Any, names: Mapping[str, str], texts: Mapping[tuple[str, str], str]) -> str:
    """A condition in words. `names`: each question's; `texts`: what a value of a question is called."""
    if isinstance(condition, Mapping) and isinstance(condition.get("any"), list):
        return " or ".join(sentence(each, names, texts) for each in condition["any"])
    said = shown(condition)
    about = f"“{said['property']}”" if said["of"] == "property" else f"“{names.get(said['of'], said['of'])}”"
    values = [texts.get((said["of"], value), value).replace("_", " ") for value in said["values"]]
    joined = (" and " if said["test"] == "between" else " or ").join(values)
    return " ".join(part for part in (about, TESTS[said["test"]], joined) if part)


def groups_of(kind: str) -> tuple[str, ...]:
    """The groups that the answers of a scored question fall into."""
    return GROUPS.get(kind, ())
