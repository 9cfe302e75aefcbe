"""How many of a survey, and when: its sample, its pace, its quota and its dates, typed and told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from server.core.policy import SurveyRules
from server.web.desk.policy_draft import Draft, Typed, filled, number

ASK_PERCENT = "Say a number of percent from 0.1 to 100."
ASK_WHOLE = "Say a whole number above 0."
ASK_DATES = "Say dates as 2026-11-01, the last not before the first."

PERS = {"hour": "an hour", "day": "a day"}


def read(typed: Typed, at: str, slug: str, draft: Draft) -> dict[str, Any]:
    """What these fields of one survey say; `at` goes before their names. An empty one says nothing."""
    draft.places |= {
        f"{slug}: sample_percent": (at + "sample_percent", ASK_PERCENT),
        f"{slug}: pace": (at + "pace", ASK_WHOLE),
        f"{slug}: quota": (at + "quota", ASK_WHOLE),
        f"{slug}: from": (at + "from", ASK_DATES),
        f"{slug}: until": (at + "from", ASK_DATES),
    }
    rules: dict[str, Any] = {}
    if sample := filled(typed, at + "sample_percent"):
        rules["sample_percent"] = number(sample)
    if asks := filled(typed, at + "pace"):
        rules["pace"] = {"asks": number(asks), "per": filled(typed, at + "pace.per") or "day"}
    if responses := filled(typed, at + "quota"):
        rules["quota"] = {"responses": number(responses)}
    return rules | {name: day for name in ("from", "until") if (day := filled(typed, at + name))}


def typed_from(rules: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The fields that stand for these rules."""
    pace, quota = rules.get("pace"), rules.get("quota")
    if isinstance(pace, Mapping):
        yield from (("pace", str(pace.get("asks", ""))), ("pace.per", str(pace.get("per", "day"))))
    if isinstance(quota, Mapping):
        yield "quota", str(quota.get("responses", ""))
    for name in ("sample_percent", "from", "until"):
        if rules.get(name) not in (None, "none"):
            yield name, str(rules[name])


def said_by(rules: SurveyRules) -> list[str]:
    """The same, to go into one sentence about the survey."""
    said = []
    if rules.sample_percent is not None:
        said.append(f"a sample of {rules.sample_percent:g}%")
    if rules.pace:
        said.append(f"at most {rules.pace.most:,} asks {PERS[rules.pace.per]}")
    if rules.quota:
        said.append(f"over after {rules.quota:,} answers")
    if rules.begins:
        said.append(f"from {rules.begins:%d %B %Y} on")
    if rules.ends:
        said.append(f"until {rules.ends:%d %B %Y}")
    return said
