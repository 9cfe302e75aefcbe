"""What is said of a survey in the desk: where a complaint belongs, and what one version says otherwise than another."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from server.core.surveys.edit import language_of, questions_of, text_in
from server.web.desk import survey_delivery
from server.web.desk.survey_thanks import groups_of

_PARTS = (
    ("kind", "kind must"),
    ("options", "options|option |two options|an option"),
    ("labels", "labels"),
    ("most", "most"),
    ("fields", "fields"),
    ("when", "when |any must|a condition|from and to|is must|not must|group must"),
    ("scale", r"\w+ is asked on"),
)
"""How a complaint about a question begins, and the field that it is about; what is none of them is about its text."""

_TOP = (
    ("slug", "slug"),
    ("name", "name"),
    ("new_language", "language"),
    ("questions", "a survey (needs|has)|questions|two questions"),
    ("mail.subject", "mail: subject"),
    ("mail.intro", "mail"),
    ("targeting", "targeting"),
    ("look", "look"),
)


def placed(complaints: Iterable[str], definition: Mapping[str, Any]) -> dict[str, str]:
    """Each complaint by the field that it is about; under "" what is about none."""
    found: dict[str, str] = {}
    for said in complaints:
        where, words = _place(said, definition)
        words = words[:1].upper() + words[1:] + ("" if words.endswith((".", "?")) else ".")
        found[where] = f"{found[where]} {words}" if where in found else words
    return found


def _place(said: str, definition: Mapping[str, Any]) -> tuple[str, str]:
    if about := re.fullmatch(r"question ([0-9]+)(?:, [^:]*)?: (.*)", said, re.S):
        at, words = f"q.{int(about[1]) - 1}.", about[2]
        part = next((name for name, begins in _PARTS if re.match(begins, words)), "text")
        return at + part, _plainly(part, words)
    if delivery := survey_delivery.placed(said):
        return delivery
    if about := re.fullmatch(r"thanks(?: for ([^:,]*))?(, link)?: (.*)", said, re.S):
        known = about[1] in groups_of(definition)
        at = f"thanks.{about[1]}." if known else "thanks."
        part = "close" if "close_after" in about[3] else "url" if "link" in about[3] else "text"
        return at + part, about[3].replace("close_after", "this")
    return next((name for name, begins in _TOP if re.match(begins, said)), ""), said


_PLAINLY = {"text is missing": "Say what is asked.", "options must be a list of 2 to 50": "Give 2 to 50 options."}


def _plainly(part: str, words: str) -> str:
    return _PLAINLY.get(words, words)


def news(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> list[str]:
    """What `after` says otherwise than `before`, in sentences; None before a first version."""
    if before is None:
        return ["The first version."]
    found = _of_questions(before, after)
    for key, words in (
        ("name", "It is called “{}”."),
        ("language", "Its own language is {}."),
    ):
        if before.get(key) != after.get(key):
            found.append(words.format(after.get(key, "")))
    for key, said in (
        ("thanks", "Thanks"),
        ("mail", "What its mail says"),
        ("targeting", "Where and when it is asked"),
        ("look", "How it looks"),
        ("delivery", "How it is sent"),
    ):
        if before.get(key) != after.get(key):
            found.append(f"{said}: changed.")
    known = {"name", "language", "thanks", "mail", "targeting", "look", "delivery", "questions"}
    more = sorted(key for key in before.keys() | after.keys() if key not in known and before.get(key) != after.get(key))
    return found + [f"{key}: changed." for key in more]


def _of_questions(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    own = language_of(after)
    past = {str(q.get("id")): q for q in questions_of(before)}
    now = {str(q.get("id")): q for q in questions_of(after)}
    found = [f"Asks {_called(q, own)}." for id, q in now.items() if id not in past]
    found += [f"Does not ask {_called(q, own)} any more." for id, q in past.items() if id not in now]
    for id in now.keys() & past.keys():
        parts = sorted(k for k in now[id].keys() | past[id].keys() if now[id].get(k) != past[id].get(k))
        if parts:
            found.append(f"{_called(now[id], own)}: {', '.join(_NAMES.get(part, part) for part in parts)} changed.")
    if [id for id in past if id in now] != [id for id in now if id in past]:
        found.append("The questions are in another order.")
    return found


_NAMES = {"with_previous": "page", "when": "who is asked", "low": "low end", "high": "high end"}


def _called(question: Mapping[str, Any], own: str) -> str:
    text = text_in(question.get("text"), own, own) or str(question.get("id"))
    return f"“{text[:80]}”"
