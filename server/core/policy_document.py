"""A policy as it is written down: what each word of the document means, and everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from server.core.one_click import RULES, USUAL, Rule
from server.core.policy import DEFAULTS, BadPolicy, Policy, Rest, SurveyRules
from server.core.policy_money import MoneyReader
from server.core.throttle import FOR_EVER


def policy_from(document: Mapping[str, Any]) -> Policy:
    """The policy that `document` (JSON) describes; BadPolicy with every complaint otherwise.

    Shape: `{"rest_days"?, "rest_after_dismissal_days"?, "rest_after_answer_days"?, "rest_after_external_hours"?,
    "load"?: {"touches", "days"}, "groups"?: {name: {"rest_days"}}, "identity"?: "signed" | "trusting",
    "one_click"?: "strict" | "assisted" | "instant",
    "zone"?: "Europe/Berlin", "send_hours"?: {channel: {"from": "08:00", "to": "21:00", "weekdays"?: ["mon", …]}},
    "budgets"?: {channel: {"sends", "per": "day" | "month"}}, "consent_required"?: [channel, …],
    "countries"?: ["DE", …], "spending"?: {channel: money a day}, "numbers_alike"?: 30,
    "surveys"?: {slug: {"rest_days"?, …, "group"?, "repeat"?: "once" | "until_answered" | {"days"},
    "sample_percent"?, "pace"?: {"asks", "per": "hour" | "day"}, "quota"?: {"responses"},
    "from"?: "2026-11-01", "until"?: "2026-12-31", "one_click"?}}}`. A value is a value, "none" switches the rule off,
    absent means the default. Both dates are inclusive.
    """
    reader = _Reader()
    policy = reader.policy(document)
    if reader.complaints:
        raise BadPolicy(reader.complaints)
    return policy


class _Reader(MoneyReader):
    """Reads a document and collects what is wrong with it."""

    RESTS = ("rest_days", "rest_after_dismissal_days", "rest_after_answer_days")
    OF_SITE = (*RESTS, "rest_after_external_hours", "load", "groups", "surveys",
               "identity", "one_click", "zone", "send_hours", "budgets", "consent_required",
               "countries", "spending", "numbers_alike")  # fmt: skip
    OF_SURVEY = (*RESTS, "group", "repeat", "sample_percent", "pace", "quota", "from", "until", "one_click")

    def policy(self, said: Any) -> Policy:
        said = self.mapping("the policy", said)
        self.only(said, self.OF_SITE, "the policy")
        groups = self.mapping("groups", said.get("groups", {}))
        surveys = self.mapping("surveys", said.get("surveys", {}))
        policy = Policy(
            rests={**DEFAULTS, **self.rests(said, "")},
            load=self.load(said.get("load")),
            after_external=self.rest(said, "rest_after_external_hours", timedelta(hours=24), "", hours=True),
            groups={name: self.group(name, each) for name, each in groups.items()},
            surveys={slug: self.survey(slug, each) for slug, each in surveys.items()},
            identity=self.identity(said.get("identity")),
            one_click=self.one_click(said.get("one_click"), "") or USUAL,
            zone=self.zone(said.get("zone")),
            send_hours=self.send_hours(said.get("send_hours")),
            budgets=self.budgets(said.get("budgets")),
            consent_required=self.consent_required(said.get("consent_required")),
            countries=self.countries(said.get("countries")),
            spending=self.spending(said.get("spending")),
            alike=self.alike(said.get("numbers_alike")),
        )
        for slug, rules in policy.surveys.items():
            if rules.group and rules.group not in policy.groups:
                self.complaints.append(f"{slug}: there is no group “{rules.group}”; say its rest under groups")
        return policy

    def survey(self, slug: str, said: Any) -> SurveyRules:
        said = self.mapping(slug, said)
        self.only(said, self.OF_SURVEY, slug)
        repeat = said.get("repeat")
        begins, ends = self.dates(said, slug)
        return SurveyRules(
            rests=self.rests(said, f"{slug}: "),
            repeat=self.repeat(repeat, slug),
            until_answered=repeat == "until_answered",
            group=str(said.get("group") or ""),
            sample_percent=self.sample(said.get("sample_percent"), slug),
            pace=self.allowance(said.get("pace"), f"{slug}: pace", "asks", ("hour", "day")),
            quota=self.quota(said.get("quota"), slug),
            begins=begins,
            ends=ends,
            one_click=self.one_click(said.get("one_click"), f"{slug}: "),
        )

    def one_click(self, said: Any, where: str) -> Rule | None:
        if said is not None and said not in RULES:
            self.complaints.append(f"{where}one_click must be {', '.join(RULES[:-1])} or {RULES[-1]}")
        return next((rule for rule in RULES if rule == said), None)

    def repeat(self, said: Any, slug: str) -> Rest:
        if isinstance(said, Mapping):
            self.only(said, ("days",), f"{slug}: repeat")
            return self.needed(said, "days", f"{slug}: repeat: ")
        if said not in (None, "none", "once", "until_answered"):
            self.complaints.append(f"{slug}: repeat must be once, until_answered, none or {{“days”: …}}")
        return FOR_EVER if said == "once" else None

    def group(self, name: str, said: Any) -> Rest:
        said = self.mapping(f"group {name}", said)
        self.only(said, ("rest_days",), f"group {name}")
        if not name:
            self.complaints.append("a group must have a name")
        return self.needed(said, "rest_days", f"group {name}: ")

    def rests(self, said: Mapping[str, Any], where: str) -> dict[str, Rest]:
        named = [name for name in self.RESTS if said.get(name) is not None]
        return {name.removesuffix("_days"): self.rest(said, name, None, where) for name in named}

    def rest(self, said: Mapping[str, Any], name: str, default: Rest, where: str, hours: bool = False) -> Rest:
        raw = said.get(name)
        if raw is None:
            return default
        if raw == "none":
            return None
        if isinstance(raw, bool) or not isinstance(raw, int | float) or not 0.001 <= raw <= 36_500:
            self.complaints.append(f"{where}{name} must be a number from 0.001 to 36500, or “none”")
            return None
        return timedelta(hours=raw) if hours else timedelta(days=raw)

    def needed(self, said: Mapping[str, Any], name: str, where: str) -> Rest:
        """As `rest`, where there is no default to fall back upon."""
        if said.get(name) is None:
            self.complaints.append(f"{where}{name} must be a number from 0.001 to 36500, or “none”")
        return self.rest(said, name, None, where)

    def load(self, said: Any) -> tuple[int, timedelta] | None:
        if said is None:
            return Policy().load
        if said == "none":
            return None
        said = self.mapping("load", said)
        self.only(said, ("touches", "days"), "load")
        touches, lasts = said.get("touches"), self.rest(said, "days", None, "load: ")
        if isinstance(touches, bool) or not isinstance(touches, int) or not 1 <= touches <= 100 or lasts is None:
            self.complaints.append("load must say touches (1 to 100) and days, or be “none”")
            return None
        return touches, lasts
