"""What a site has decided about asking: its rules, and what each survey makes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from server.core.throttle import ANY_KIND, Window, with_slack

FOR_EVER = timedelta(days=36_500)
"""As long as anybody keeps a ledger: the window of "once"."""

Rest = timedelta | None
"""None switches the rule off, explicitly."""


class BadPolicy(ValueError):
    """A document that is no policy; `complaints` lists everything that is wrong with it."""

    def __init__(self, complaints: Sequence[str]):
        super().__init__("; ".join(complaints))
        self.complaints = tuple(complaints)


RULES = (
    "rest", "rest_after_dismissal", "rest_after_answer",
    "repeat", "until_answered", "group_rest", "load", "after_external",
)  # fmt: skip
"""The names of the windows that a policy can open."""

DEFAULTS: Mapping[str, Rest] = {
    "rest": timedelta(days=30),
    "rest_after_dismissal": timedelta(days=30),
    "rest_after_answer": timedelta(days=90),
}
"""The rests of a site that has said nothing else: between two asks, after a "not now", after an answer."""


@dataclass(frozen=True)
class SurveyRules:
    """What one survey replaces, and what it adds. `repeat` is its own window: None for no rule of its own."""

    rests: Mapping[str, Rest] = field(default_factory=dict)
    repeat: Rest = None
    until_answered: bool = False
    group: str = ""


@dataclass(frozen=True)
class Policy:
    """The rules of one site. A rule of a survey replaces the value of the site's rule of the same name."""

    rests: Mapping[str, Rest] = field(default_factory=lambda: dict(DEFAULTS))
    load: tuple[int, timedelta] | None = (4, timedelta(days=7))
    after_external: Rest = timedelta(hours=24)
    groups: Mapping[str, Rest] = field(default_factory=dict)
    surveys: Mapping[str, SurveyRules] = field(default_factory=dict)

    def windows(self, slug: str, ids: Mapping[str, int]) -> tuple[Window, ...]:
        """The windows that an ask of the survey `slug` must fit into; `ids` has every survey's id by its slug."""
        own = self.surveys.get(slug, SurveyRules())
        rests = {**self.rests, **own.rests}
        asks: list[Window | None] = [
            _rest("rest", rests["rest"]),
            _rest("rest_after_dismissal", rests["rest_after_dismissal"], outcome="dismissed"),
            _rest("rest_after_answer", rests["rest_after_answer"], outcome="answered"),
            _rest("repeat", own.repeat, surveys=frozenset({ids[slug]})),
            _rest("until_answered", FOR_EVER, surveys=frozenset({ids[slug]}), outcome="answered")
            if own.until_answered
            else None,
            _rest("group_rest", self.groups.get(own.group), self._grouped(own.group, ids)) if own.group else None,
            Window("load", ANY_KIND, self.load[0], with_slack(self.load[1])) if self.load else None,
            # Said in hours, and meant to the hour.
            Window("after_external", ("external",), 1, self.after_external) if self.after_external else None,
        ]
        return tuple(window for window in asks if window)

    def rest_of(self, slug: str) -> timedelta:
        """How long after it was shown nothing is asked at all: a browser need not even ask the server."""
        own = self.surveys.get(slug, SurveyRules())
        lasts = {**self.rests, **own.rests}["rest"]
        return with_slack(lasts) if lasts else timedelta(0)

    def _grouped(self, group: str, ids: Mapping[str, int]) -> frozenset[int]:
        return frozenset(ids[slug] for slug, rules in self.surveys.items() if rules.group == group and slug in ids)


def _rest(rule: str, lasts: Rest, surveys: frozenset[int] = frozenset(), outcome: str = "") -> Window | None:
    return Window(rule, ("ask",), 1, with_slack(lasts), surveys, outcome) if lasts else None


def policy_from(document: Mapping[str, Any]) -> Policy:
    """The policy that `document` (JSON) describes; BadPolicy with every complaint otherwise.

    Shape: `{"rest_days"?, "rest_after_dismissal_days"?, "rest_after_answer_days"?, "rest_after_external_hours"?,
    "load"?: {"touches", "days"}, "groups"?: {name: {"rest_days"}}, "surveys"?: {slug: {"rest_days"?, …, "group"?,
    "repeat"?: "once" | "until_answered" | {"days"}}}}`. A number is a value, "none" switches the rule off, absent
    means the default.
    """
    reader = _Reader()
    policy = reader.policy(document)
    if reader.complaints:
        raise BadPolicy(reader.complaints)
    return policy


class _Reader:
    """Reads a document and collects what is wrong with it."""

    KNOWN = ("rest_days", "rest_after_dismissal_days", "rest_after_answer_days")

    def __init__(self) -> None:
        self.complaints: list[str] = []

    def policy(self, said: Any) -> Policy:
        said = self.mapping("the policy", said)
        self.only(said, (*self.KNOWN, "rest_after_external_hours", "load", "groups", "surveys"), "the policy")
        groups = self.mapping("groups", said.get("groups", {}))
        surveys = self.mapping("surveys", said.get("surveys", {}))
        policy = Policy(
            rests={**DEFAULTS, **self.rests(said, "")},
            load=self.load(said.get("load")),
            after_external=self.rest(said, "rest_after_external_hours", timedelta(hours=24), "", hours=True),
            groups={name: self.group(name, each) for name, each in groups.items()},
            surveys={slug: self.survey(slug, each) for slug, each in surveys.items()},
        )
        for slug, rules in policy.surveys.items():
            if rules.group and rules.group not in policy.groups:
                self.complaints.append(f"{slug}: there is no group “{rules.group}”; say its rest under groups")
        return policy

    def survey(self, slug: str, said: Any) -> SurveyRules:
        said = self.mapping(slug, said)
        self.only(said, (*self.KNOWN, "group", "repeat"), slug)
        repeat = said.get("repeat")
        every: Rest = None
        if isinstance(repeat, Mapping):
            self.only(repeat, ("days",), f"{slug}: repeat")
            every = self.needed(repeat, "days", f"{slug}: repeat: ")
        elif repeat == "once":
            every = FOR_EVER
        elif repeat not in (None, "none", "until_answered"):
            self.complaints.append(f"{slug}: repeat must be once, until_answered, none or {{“days”: …}}")
        return SurveyRules(
            rests=self.rests(said, f"{slug}: "),
            repeat=every,
            until_answered=repeat == "until_answered",
            group=str(said.get("group") or ""),
        )

    def group(self, name: str, said: Any) -> Rest:
        said = self.mapping(f"group {name}", said)
        self.only(said, ("rest_days",), f"group {name}")
        if not name:
            self.complaints.append("a group must have a name")
        return self.needed(said, "rest_days", f"group {name}: ")

    def rests(self, said: Mapping[str, Any], where: str) -> dict[str, Rest]:
        named = [name for name in self.KNOWN if said.get(name) is not None]
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

    def mapping(self, what: str, said: Any) -> Mapping[str, Any]:
        if isinstance(said, Mapping):
            return said
        self.complaints.append(f"{what} must be a JSON object")
        return {}

    def only(self, said: Mapping[str, Any], known: Sequence[str], where: str) -> None:
        for name in said:
            if name not in known:
                self.complaints.append(f"{where}: “{name}” is no rule; known are {', '.join(known)}")
