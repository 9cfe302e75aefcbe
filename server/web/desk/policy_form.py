"""A policy's form: from what was typed to the document, and back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from server.core.one_click import USUAL
from server.web.desk import policy_clicks, policy_money, policy_pace, policy_sends
from server.web.desk.policy_draft import Draft, Typed, filled, number
from server.web.desk.policy_sentences import OWN, SENTENCES

ASK_NUMBER = "Say a number above 0 (at most 36,500), or choose “no rule”."
ASK_DAYS = "Say a number of days above 0 (at most 36,500)."
ASK_LOAD = "Say how many contacts (1 to 100) and in how many days, or choose “no rule”."


def draft_from(typed: Typed, slugs: Mapping[int, str]) -> Draft:
    """The document that `typed` describes: only what differs from the default is in it."""
    draft = Draft()
    document = draft.document
    for sentence in SENTENCES:
        name = sentence.name
        said = {blank: filled(typed, blank) or default for blank, default in sentence.blanks}
        draft.places |= {f"{name} must": (name, ASK_NUMBER), "load: days": ("load", ASK_LOAD)}
        if typed.get(f"{name}.off"):
            document[name] = "none"
        elif any(number(said[blank]) != number(default) for blank, default in sentence.blanks):
            numbers = {blank.rpartition(".")[2]: number(raw) for blank, raw in said.items()}
            document[name] = numbers if name == "load" else numbers[name]
    draft.places["load must"] = ("load", ASK_LOAD)
    policy_sends.read(typed, draft)
    policy_money.read(typed, draft)
    policy_clicks.read(typed, draft)
    if groups := _groups(typed, draft):
        document["groups"] = groups
    if own := {slug: rules for id, slug in slugs.items() if (rules := _survey(typed, f"survey.{id}.", slug, draft))}:
        document["surveys"] = own
    return draft


def _groups(typed: Typed, draft: Draft) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for row in group_rows(typed):
        name, rest = filled(typed, f"group.{row}.name"), filled(typed, f"group.{row}.rest_days")
        if rest and not name:
            draft.complaints[f"group.{row}"] = "Name the group that this rest is for."
        elif name in found:
            draft.complaints[f"group.{row}"] = f"There is already a group “{name}”."
        elif name:
            draft.places[f"group {name}: rest_days"] = (f"group.{row}", ASK_DAYS)
            found[name] = {"rest_days": number(rest) if rest else "none"}
    return found


def _survey(typed: Typed, at: str, slug: str, draft: Draft) -> dict[str, Any]:
    rules: dict[str, Any] = {}
    for sentence in OWN:
        name = sentence.name
        draft.places[f"{slug}: {name} must"] = (at + name, ASK_NUMBER)
        if typed.get(f"{at}{name}.off"):
            rules[name] = "none"
        elif raw := filled(typed, at + name):
            rules[name] = number(raw)
    draft.places[f"{slug}: repeat"] = (at + "repeat", ASK_DAYS)
    repeat = typed.get(at + "repeat", "")
    if repeat:
        rules["repeat"] = {"days": number(filled(typed, at + "every"))} if repeat == "every" else repeat
    rules |= policy_pace.read(typed, at, slug, draft) | policy_clicks.own(typed, at, slug, draft)
    if group := filled(typed, at + "group"):
        rules["group"] = group
        words = f"There is no group “{group}”; name it under Groups."
        draft.places[f"{slug}: there is no group"] = (at + "group", words)
    return rules


def group_rows(typed: Typed) -> list[int]:
    """The rows of groups in a form that are not empty, by number."""
    named = (name for name in typed if filled(typed, name))
    found = (re.fullmatch(r"group\.([0-9]{1,3})\.(?:name|rest_days)", name) for name in named)
    return sorted({int(match[1]) for match in found if match})


def site_says(typed: Typed) -> dict[str, str]:
    """What an empty field of a survey means: the number of the site, as the form has it."""
    site = {s.name: (typed.get(f"{s.name}.off"), filled(typed, s.name) or s.blanks[0][1]) for s in SENTENCES}
    return {s.name: "–" if site[s.name][0] else site[s.name][1] for s in OWN}


def typed_from(document: Mapping[str, Any], slugs: Mapping[int, str]) -> dict[str, str]:
    """The form that stands for `document`: `draft_from` makes the same document of it."""
    typed: dict[str, str] = {}
    for sentence in SENTENCES:
        said = document.get(sentence.name)
        for blank, default in sentence.blanks:
            value = said.get(blank.rpartition(".")[2]) if isinstance(said, Mapping) else said
            typed[blank] = default if value in (None, "none") else str(value)
        if said == "none":
            typed[f"{sentence.name}.off"] = "on"
    for row, (name, group) in enumerate(document.get("groups", {}).items()):
        rest = group.get("rest_days")
        typed |= {f"group.{row}.name": name, f"group.{row}.rest_days": "" if rest in (None, "none") else str(rest)}
    typed |= (
        policy_sends.typed_from(document)
        | policy_money.typed_from(document)
        | dict(policy_clicks.typed_from(document, USUAL))
    )
    own = document.get("surveys", {})
    for id, slug in slugs.items():
        typed |= {f"survey.{id}.{name}": value for name, value in _typed_survey(own.get(slug, {}))}
    return typed


def _typed_survey(rules: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for sentence in OWN:
        said = rules.get(sentence.name)
        if said == "none":
            yield f"{sentence.name}.off", "on"
        elif said is not None:
            yield sentence.name, str(said)
    repeat = rules.get("repeat", "none")
    if isinstance(repeat, Mapping):
        days = repeat.get("days")
        if days not in (None, "none"):
            yield from (("repeat", "every"), ("every", str(days)))
    elif repeat != "none":
        yield "repeat", repeat
    yield "group", str(rules.get("group") or "")
    yield from policy_pace.typed_from(rules)
    yield from policy_clicks.typed_from(rules)
