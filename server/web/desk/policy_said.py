"""What a policy says, in the same sentences as its form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from server.core.policy import BadPolicy, Policy, Rest, SurveyRules
from server.core.policy_document import policy_from
from server.core.throttle import FOR_EVER
from server.web.desk import policy_clicks, policy_money, policy_pace, policy_sends
from server.web.desk.policy_sentences import OWN, SENTENCES, Sentence


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
    said |= policy_sends.said_by(policy) | policy_money.said_by(policy)
    said |= policy_clicks.said_by(policy.one_click)
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
    parts += policy_pace.said_by(rules) + policy_clicks.said_of(rules.one_click)
    return ", ".join(parts)


def _filled(sentence: Sentence, values: tuple[str, ...] | None) -> str:
    return sentence.text.format(*values) if values else sentence.without


def _days(lasts: Rest) -> tuple[str, ...] | None:
    return (_plain(lasts),) if lasts else None


def _plain(lasts: Rest) -> str:
    return f"{lasts.total_seconds() / 86400:.10g}" if lasts else ""
