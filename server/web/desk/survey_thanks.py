"""What is said at the end, as the form has it: to everybody, and to each group of the score."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.core.scoring import GROUPS
from server.core.surveys.edit import Made, put, questions_of, text_in
from server.core.surveys.words import LANGUAGE
from server.web.desk.survey_fields import Form, number, plain, shown, text


def read(form: Form, definition: Made, language: str, own: str) -> None:
    if "thanks.text" not in form:
        return
    before = definition.get("thanks")
    made = whole(before)
    _read_one(form, "thanks.", made, language, own)
    raw = made.get("groups")
    groups = {str(name): whole(said) for name, said in raw.items()} if isinstance(raw, Mapping) else {}
    for name in groups_of(definition):
        said = groups.get(name, {})
        _read_one(form, f"thanks.{name}.", said, language, own)
        put(groups, name, said)
    put(made, "groups", groups)
    if made != whole(before):
        # What says nothing but a text is a text.
        definition["thanks"] = made.get("text", "") if made.keys() <= {"text"} else made
    if not definition.get("thanks"):
        definition.pop("thanks", None)


def _read_one(form: Form, at: str, made: Made, language: str, own: str) -> None:
    text(form, f"{at}text", made, "text", language, own)
    raw = made.get("link")
    link = dict(raw) if isinstance(raw, Mapping) else {}
    plain(form, f"{at}url", link, "url")
    text(form, f"{at}label", link, "label", language, own)
    if link != (raw or {}):
        put(made, "link", link)
    number(form, f"{at}close", made, "close_after")


def whole(raw: Any) -> Made:
    """Thanks with every part in its own place, whichever way they were written."""
    if isinstance(raw, Mapping) and not (raw and all(LANGUAGE.fullmatch(str(key)) for key in raw)):
        return dict(raw)
    return {"text": raw} if raw else {}


def groups_of(definition: Mapping[str, Any]) -> tuple[str, ...]:
    """The groups of the survey's score, the best first; none without a score."""
    kinds = (str(question.get("kind")) for question in questions_of(definition))
    return next((GROUPS[kind] for kind in kinds if kind in GROUPS), ())


def fields(definition: Mapping[str, Any], language: str, own: str) -> list[dict[str, str]]:
    """What the form shows: for everybody first, then for each group."""
    made = whole(definition.get("thanks"))
    raw = made.get("groups")
    groups = raw if isinstance(raw, Mapping) else {}
    every = [("thanks.", "", made)]
    every += [(f"thanks.{name}.", name, whole(groups.get(name))) for name in groups_of(definition)]
    return [_fields(at, name, said, language, own) for at, name, said in every]


def _fields(at: str, group: str, said: Made, language: str, own: str) -> dict[str, str]:
    raw = said.get("link")
    link = raw if isinstance(raw, Mapping) else {}
    return {
        "at": at,
        "group": group,
        "text": text_in(said.get("text"), language, own),
        "own": text_in(said.get("text"), own, own),
        "url": str(link.get("url") or ""),
        "label": text_in(link.get("label"), language, own),
        "own_label": text_in(link.get("label"), own, own),
        "close": shown(said.get("close_after")),
    }
