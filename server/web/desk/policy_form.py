"""A policy as sentences with blanks: from what was typed to the document, and back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from server.core.policy import FOR_EVER, BadPolicy, Policy, Rest, SurveyRules, policy_from


@dataclass(frozen=True)
class Sentence:
    """A rule as it reads: `text` has a {} for each of `blanks`, which are (name in the form, default)."""

    name: str
    text: str
    blanks: tuple[tuple[str, str], ...]
    without: str
    """What it says when the rule is switched off."""

    @property
    def pieces(self) -> list[str]:
        return self.text.split("{}")


SENTENCES = (
    Sentence("rest_days", "Nobody is asked more than once in {} days.", (("rest_days", "30"),),
             "No rest between two asks."),
    Sentence("rest_after_dismissal_days", "After closing a survey she is left alone for {} days.",
             (("rest_after_dismissal_days", "30"),), "No rest after closing a survey."),
    Sentence("rest_after_answer_days", "After answering, for {} days.", (("rest_after_answer_days", "90"),),
             "No rest after answering."),
    Sentence("load", "All contacts together, other systems’ too: at most {} in {} days.",
             (("load.touches", "4"), ("load.days", "7")), "No limit to all contacts together."),
    Sentence("rest_after_external_hours", "Nobody is asked within {} hours after another system’s contact.",
             (("rest_after_external_hours", "24"),), "Another system’s contact holds nothing back."),
)  # fmt: skip

OWN = (
    Sentence("rest_days", "Asked at most once in {} days.", (("rest_days", ""),), "no rest between asks"),
    Sentence("rest_after_dismissal_days", "After closing a survey, left alone for {} days.",
             (("rest_after_dismissal_days", ""),), "no rest after closing"),
    Sentence("rest_after_answer_days", "After answering, for {} days.", (("rest_after_answer_days", ""),),
             "no rest after answering"),
)  # fmt: skip
"""What a survey may say in place of the site; empty for the site's."""

ASK_NUMBER = "Say a number above 0 (at most 36,500), or choose “no rule”."
ASK_DAYS = "Say a number of days above 0 (at most 36,500)."
ASK_LOAD = "Say how many contacts (1 to 100) and in how many days, or choose “no rule”."

Typed = Mapping[str, str]
"""The form: what stands in each field, by its name."""


@dataclass
class Draft:
    """What a form says, as a document; and where a complaint about a part of it belongs."""

    document: dict[str, Any] = field(default_factory=dict)
    complaints: dict[str, str] = field(default_factory=dict)
    """By field; under "" what belongs to none."""
    places: dict[str, tuple[str, str]] = field(default_factory=dict)
    """How a complaint of `policy_from` begins → the field, and what to say there."""

    def hear(self, why: BadPolicy) -> None:
        """Every complaint goes to its field, in the form's own words."""
        for said in why.complaints:
            known = [begins for begins in self.places if said.startswith(begins)]
            where, words = self.places[max(known, key=len)] if known else ("", said)
            self.complaints.setdefault(where, words)


def draft_from(typed: Typed, slugs: Mapping[int, str]) -> Draft:
    """The document that `typed` describes: only what differs from the default is in it."""
    draft = Draft()
    document = draft.document
    for sentence in SENTENCES:
        name = sentence.name
        said = {blank: _typed(typed, blank) or default for blank, default in sentence.blanks}
        draft.places |= {f"{name} must": (name, ASK_NUMBER), "load: days": ("load", ASK_LOAD)}
        if typed.get(f"{name}.off"):
            document[name] = "none"
        elif any(_number(said[blank]) != _number(default) for blank, default in sentence.blanks):
            numbers = {blank.rpartition(".")[2]: _number(raw) for blank, raw in said.items()}
            document[name] = numbers if name == "load" else numbers[name]
    draft.places["load must"] = ("load", ASK_LOAD)
    if groups := _groups(typed, draft):
        document["groups"] = groups
    if own := {slug: rules for id, slug in slugs.items() if (rules := _survey(typed, f"survey.{id}.", slug, draft))}:
        document["surveys"] = own
    return draft


def _groups(typed: Typed, draft: Draft) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for row in group_rows(typed):
        name, rest = _typed(typed, f"group.{row}.name"), _typed(typed, f"group.{row}.rest_days")
        if rest and not name:
            draft.complaints[f"group.{row}"] = "Name the group that this rest is for."
        elif name in found:
            draft.complaints[f"group.{row}"] = f"There is already a group “{name}”."
        elif name:
            draft.places[f"group {name}: rest_days"] = (f"group.{row}", ASK_DAYS)
            found[name] = {"rest_days": _number(rest) if rest else "none"}
    return found


def _survey(typed: Typed, at: str, slug: str, draft: Draft) -> dict[str, Any]:
    rules: dict[str, Any] = {}
    for sentence in OWN:
        name = sentence.name
        draft.places[f"{slug}: {name} must"] = (at + name, ASK_NUMBER)
        if typed.get(f"{at}{name}.off"):
            rules[name] = "none"
        elif raw := _typed(typed, at + name):
            rules[name] = _number(raw)
    draft.places[f"{slug}: repeat"] = (at + "repeat", ASK_DAYS)
    repeat = typed.get(at + "repeat", "")
    if repeat:
        rules["repeat"] = {"days": _number(_typed(typed, at + "every"))} if repeat == "every" else repeat
    if group := _typed(typed, at + "group"):
        rules["group"] = group
        words = f"There is no group “{group}”; name it under Groups."
        draft.places[f"{slug}: there is no group"] = (at + "group", words)
    return rules


def _typed(typed: Typed, name: str) -> str:
    return typed.get(name, "").strip()


def _number(raw: str) -> int | float | str:
    """What was typed as a number, or as it was typed, for `policy_from` to complain of."""
    if re.fullmatch(r"[0-9]{1,9}", raw):
        return int(raw)
    return float(raw.replace(",", ".")) if re.fullmatch(r"[0-9]{1,9}[.,][0-9]{1,9}", raw) else raw or "?"


def group_rows(typed: Typed) -> list[int]:
    """The rows of groups in a form that are not empty, by number."""
    filled = (name for name in typed if _typed(typed, name))
    found = (re.fullmatch(r"group\.([0-9]{1,3})\.(?:name|rest_days)", name) for name in filled)
    return sorted({int(match[1]) for match in found if match})


def site_says(typed: Typed) -> dict[str, str]:
    """What an empty field of a survey means: the number of the site, as the form has it."""
    site = {s.name: (typed.get(f"{s.name}.off"), _typed(typed, s.name) or s.blanks[0][1]) for s in SENTENCES}
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


def said_by(policy: Policy) -> dict[str, str]:
    """What a policy says, as sentences by the name of what they speak of: a rule, a group, a survey."""
    load = policy.load
    values: dict[str, tuple[str, ...] | None] = {
        **{f"{name}_days": _days(lasts) for name, lasts in policy.rests.items()},
        "load": (str(load[0]), *(_days(load[1]) or ())) if load else None,
        "rest_after_external_hours": (f"{policy.after_external.total_seconds() / 3600:g}",)
        if policy.after_external
        else None,
    }
    said = {s.name: _filled(s, values[s.name]) for s in SENTENCES}
    # Alone, "After answering, for 90 days" would not say what.
    if days := values["rest_after_answer_days"]:
        said["rest_after_answer_days"] = f"After answering she is left alone for {days[0]} days."
    for name, lasts in policy.groups.items():
        rest = f"one ask in {_plain(lasts)} days." if lasts else "no rest."
        said[f"group {name}"] = f"Surveys of the group “{name}” together: {rest}"
    said |= {f"survey {slug}": f"{slug}: {own}." for slug, rules in policy.surveys.items() if (own := _own(rules))}
    return {name: re.sub(r"\b1 (day|hour)s\b", r"1 \1", text) for name, text in said.items()}


def told_by(document: Mapping[str, Any]) -> dict[str, str]:
    """`said_by` for a stored document; one from before a rule became stricter must not shut the page."""
    try:
        return said_by(policy_from(document))
    except BadPolicy as why:
        return {"unreadable": f"It cannot be read any more: {why}."}


def _own(rules: SurveyRules) -> str:
    known = {
        "rest": "at most one ask in {} days", "rest_after_dismissal": "left alone for {} days after closing",
        "rest_after_answer": "left alone for {} days after answering",
    }  # fmt: skip
    off = {s.name.removesuffix("_days"): s.without for s in OWN}
    parts = [known[name].format(_plain(lasts)) if lasts else off[name] for name, lasts in rules.rests.items()]
    if rules.until_answered:
        parts.append("until it is answered")
    if rules.repeat:
        parts.append("once" if rules.repeat == FOR_EVER else f"every {_plain(rules.repeat)} days at most")
    if rules.group:
        parts.append(f"in the group “{rules.group}”")
    return ", ".join(parts)


def _filled(sentence: Sentence, values: tuple[str, ...] | None) -> str:
    return sentence.text.format(*values) if values else sentence.without


def _days(lasts: Rest) -> tuple[str, ...] | None:
    return (_plain(lasts),) if lasts else None


def _plain(lasts: Rest) -> str:
    return f"{lasts.total_seconds() / 86400:.10g}" if lasts else ""
