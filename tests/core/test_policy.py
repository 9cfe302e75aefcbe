"""What a team may decide, what follows from it for each survey, and everything that is wrong with the rest."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.moments import Allowance
from server.core.policy import DEFAULTS, BadPolicy, Policy, SurveyRules
from server.core.policy_document import policy_from
from server.core.schedule import Hours
from server.core.throttle import ANY_KIND, FOR_EVER, SLACK, Window, with_slack

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
IDS = {"nps": 7, "csat": 8, "ces": 9}
USUAL = ["rest", "rest_after_dismissal", "rest_after_answer", "load", "after_external"]


def windows(document: dict[str, Any], slug: str = "nps") -> dict[str, Window]:
    """The windows of one survey, by rule; each rule has one at most."""
    made = policy_from(document).windows(slug, IDS)
    assert len({w.rule for w in made}) == len(made)
    return {w.rule: w for w in made}


def test_who_decides_nothing_gets_the_usual_rules() -> None:
    assert policy_from({}) == Policy()
    assert windows({}) == {
        "rest": Window("rest", ("ask",), 1, 30 * DAY - SLACK),
        "rest_after_dismissal": Window("rest_after_dismissal", ("ask",), 1, 30 * DAY - SLACK, outcome="dismissed"),
        "rest_after_answer": Window("rest_after_answer", ("ask",), 1, 90 * DAY - SLACK, outcome="answered"),
        "load": Window("load", ANY_KIND, 4, 7 * DAY - SLACK),
        "after_external": Window("after_external", ("external",), 1, 24 * HOUR),
    }


@pytest.mark.parametrize(
    ("document", "rule", "expected"),
    [
        ({"rest_days": 90}, "rest", Window("rest", ("ask",), 1, 90 * DAY - SLACK)),
        ({"rest_days": 0.5}, "rest", Window("rest", ("ask",), 1, 12 * HOUR)),
        ({"rest_days": 1}, "rest", Window("rest", ("ask",), 1, 12 * HOUR)),
        ({"rest_after_external_hours": 48}, "after_external", Window("after_external", ("external",), 1, 48 * HOUR)),
        ({"rest_after_external_hours": 1.5}, "after_external", Window("after_external", ("external",), 1, 1.5 * HOUR)),
        ({"load": {"touches": 2, "days": 1}}, "load", Window("load", ANY_KIND, 2, DAY - SLACK)),
        ({"load": {"touches": 9, "days": 0.25}}, "load", Window("load", ANY_KIND, 9, 6 * HOUR)),
        (
            {"surveys": {"nps": {"repeat": "once"}}},
            "repeat",
            Window("repeat", ("ask",), 1, FOR_EVER - SLACK, frozenset({7})),
        ),
        (
            {"surveys": {"nps": {"repeat": {"days": 90}}}},
            "repeat",
            Window("repeat", ("ask",), 1, 90 * DAY - SLACK, frozenset({7})),
        ),
        (
            {"surveys": {"nps": {"repeat": "until_answered"}}},
            "until_answered",
            Window("until_answered", ("ask",), 1, FOR_EVER - SLACK, frozenset({7}), "answered"),
        ),
        (
            {"groups": {"deals": {"rest_days": 10}}, "surveys": {"nps": {"group": "deals"}, "ces": {"group": "deals"},
             "gone": {"group": "deals"}, "csat": {}}},
            "group_rest",
            Window("group_rest", ("ask",), 1, 10 * DAY - SLACK, frozenset({7, 9})),
        ),
    ],
)  # fmt: skip
def test_each_rule_is_one_window(document: dict[str, Any], rule: str, expected: Window) -> None:
    assert windows(document)[rule] == expected


@pytest.mark.parametrize(
    ("document", "left"),
    [
        ({"rest_days": "none"}, ["rest_after_dismissal", "rest_after_answer", "load", "after_external"]),
        ({"rest_after_answer_days": "none"}, ["rest", "rest_after_dismissal", "load", "after_external"]),
        ({"load": "none"}, ["rest", "rest_after_dismissal", "rest_after_answer", "after_external"]),
        ({"rest_after_external_hours": "none"}, ["rest", "rest_after_dismissal", "rest_after_answer", "load"]),
        ({"surveys": {"nps": {"rest_days": "none"}}}, [*USUAL[1:]]),
        ({"surveys": {"csat": {"rest_days": "none"}}}, USUAL),
        ({"surveys": {"nps": {"repeat": "none"}}}, USUAL),
        ({"groups": {"g": {"rest_days": "none"}}, "surveys": {"nps": {"group": "g"}}}, USUAL),
        ({"groups": {"g": {"rest_days": 9}}, "surveys": {"csat": {"group": "g"}, "nps": {}}}, USUAL),
        # What is null was not said: nothing but "none" switches a rule off.
        ({"rest_days": None, "load": None, "rest_after_external_hours": None}, USUAL),
        ({"surveys": {"nps": {"rest_days": None, "repeat": None, "group": None}}}, USUAL),
    ],
)
def test_a_rule_is_switched_off_only_by_an_explicit_none(document: dict[str, Any], left: list[str]) -> None:
    assert list(windows(document)) == left


NO_PERCENTS: list[Any] = [0, 0.05, 101, "10", True, float("nan"), []]
NO_DAYS: list[Any] = ["1.11.2026", "20261101", "2026-W45-1", "2026-02-30", 20261101, [], "2026-11-01T00:00"]
WORKDAYS = frozenset(range(5))
HOURS = dict.fromkeys(("sms", "phone"), Hours(time(8), time(21)))


@pytest.mark.parametrize(
    ("document", "name", "expected"),
    [
        ({}, "identity", "signed"),
        ({"identity": "trusting"}, "identity", "trusting"),
        ({"identity": None, "zone": None}, "identity", "signed"),
        ({}, "one_click", "assisted"),
        ({"one_click": None}, "one_click", "assisted"),
        ({"one_click": "strict"}, "one_click", "strict"),
        ({"surveys": {"nps": {"one_click": "instant"}}}, "rules_of_clicks", {"assisted", "instant"}),
        ({}, "zone", "UTC"),
        ({"zone": "Europe/Berlin"}, "zone", "Europe/Berlin"),
        ({}, "send_hours", HOURS),
        ({"send_hours": None}, "send_hours", HOURS),
        ({"send_hours": {"sms": None}}, "send_hours", HOURS),
        ({"send_hours": {"sms": "none"}}, "send_hours", {**HOURS, "sms": None}),
        ({"send_hours": {"email": {"from": "09:30", "to": "24:00", "weekdays": ["mon", "tue", "wed", "thu", "fri"]}}},
         "send_hours", {**HOURS, "email": Hours(time(9, 30), time(0), WORKDAYS)}),
        ({"send_hours": {"sms": {"from": "22:00", "to": "06:00"}}}, "send_hours",
         {**HOURS, "sms": Hours(time(22), time(6))}),
        ({}, "budgets", {}),
        ({"budgets": {"sms": {"sends": 1000, "per": "month"}, "email": {"sends": 9, "per": "day"}}}, "budgets",
         {"sms": Allowance(1000, "month"), "email": Allowance(9, "day")}),
        ({"budgets": {"sms": "none"}}, "budgets", {"sms": None}),
        ({}, "consent_required", frozenset()),
        ({"consent_required": ["sms", "email", "sms"]}, "consent_required", frozenset({"sms", "email"})),
        ({"consent_required": "none"}, "consent_required", frozenset()),
    ],
)  # fmt: skip
def test_what_a_site_says_of_moments_is_understood(document: dict[str, Any], name: str, expected: Any) -> None:
    assert getattr(policy_from(document), name) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, SurveyRules()),
        ({"sample_percent": "none", "pace": "none", "quota": "none", "from": "none", "until": "none"}, SurveyRules()),
        ({"sample_percent": None, "pace": None, "quota": None, "from": None, "until": None}, SurveyRules()),
        ({"sample_percent": 10}, SurveyRules(sample_percent=10)),
        ({"sample_percent": 0.1}, SurveyRules(sample_percent=0.1)),
        ({"pace": {"asks": 100, "per": "hour"}}, SurveyRules(pace=Allowance(100, "hour"))),
        ({"quota": {"responses": 500}}, SurveyRules(quota=500)),
        ({"from": "2026-11-01", "until": "2026-11-01"},
         SurveyRules(begins=date(2026, 11, 1), ends=date(2026, 11, 1))),
    ],
)  # fmt: skip
def test_what_a_survey_says_of_moments_is_understood(said: dict[str, Any], expected: SurveyRules) -> None:
    policy = policy_from({"surveys": {"nps": said}})

    assert policy.of("nps") == expected
    assert policy.of("csat") == SurveyRules()
    assert windows({"surveys": {"nps": said}}) == windows({})


def test_a_survey_without_a_group_looks_at_no_group_whatever_it_is_called() -> None:
    policy = Policy(groups={"": 9 * DAY}, surveys={"csat": SurveyRules()})

    assert [w.rule for w in policy.windows("nps", IDS)] == USUAL


@pytest.mark.parametrize(
    ("said", "rest"), [({}, 90), ({"nps": {"rest_days": 7}}, 7), ({"nps": {"rest_days": "none"}}, 0)]
)
def test_a_browser_is_told_the_rest_of_the_survey_that_it_showed(said: dict[str, Any], rest: int) -> None:
    policy = policy_from({"rest_days": 90, "surveys": said})

    assert policy.rest_of("nps") == with_slack(rest * DAY)


@pytest.mark.parametrize(
    ("document", "complaints"),
    [
        ([], ["the policy must be a JSON object"]),
        ({"rest": 30}, ["the policy: “rest” is no rule"]),
        ({"rest_days": 0}, ["rest_days must be a number"]),
        ({"rest_days": 1e-12}, ["rest_days must be a number"]),
        ({"rest_days": -1}, ["rest_days must be a number"]),
        ({"rest_days": True}, ["rest_days must be a number"]),
        ({"rest_days": "30"}, ["rest_days must be a number"]),
        ({"rest_days": float("nan")}, ["rest_days must be a number"]),
        ({"rest_days": float("inf")}, ["rest_days must be a number"]),
        ({"rest_days": 10**400}, ["rest_days must be a number"]),
        ({"rest_after_external_hours": []}, ["rest_after_external_hours must be a number"]),
        ({"load": 4}, ["load must be a JSON object", "load must say touches"]),
        ({"load": {"touches": 0, "days": 7}}, ["load must say touches"]),
        ({"load": {"touches": 1.5, "days": 7}}, ["load must say touches"]),
        ({"load": {"touches": 4}}, ["load must say touches"]),
        ({"load": {"touches": 4, "days": 7, "hours": 1}}, ["load: “hours” is no rule"]),
        ({"groups": []}, ["groups must be a JSON object"]),
        ({"groups": {"g": {}}}, ["group g: rest_days must be a number"]),
        ({"groups": {"g": 5}}, ["group g must be a JSON object", "group g: rest_days must be a number"]),
        ({"groups": {"g": {"rest_days": 5, "days": 5}}}, ["group g: “days” is no rule"]),
        ({"groups": {"": {"rest_days": 5}}}, ["a group must have a name"]),
        ({"surveys": {"nps": {"group": "g"}}}, ["nps: there is no group “g”"]),
        ({"surveys": {"nps": 1}}, ["nps must be a JSON object"]),
        ({"identity": "open"}, ["identity must be “signed” or “trusting”"]),
        ({"identity": True}, ["identity must be"]),
        ({"one_click": "always"}, ["one_click must be strict, assisted or instant"]),
        ({"surveys": {"nps": {"one_click": ["strict"]}}}, ["nps: one_click must be strict, assisted or instant"]),
        ({"zone": "Mars/Olympus"}, ["zone must be a time zone, such as Europe/Berlin"]),
        ({"zone": 1}, ["zone must be a time zone"]),
        ({"zone": "none"}, ["zone must be a time zone"]),
        ({"send_hours": "none"}, ["send_hours must be a JSON object"]),
        ({"send_hours": {"widget": "none"}}, ["send_hours: “widget” is no rule; known are email, sms, phone"]),
        ({"send_hours": {"sms": 8}}, ["send_hours: sms must be {“from”"]),
        ({"send_hours": {"sms": {}}}, ["send_hours: sms: from must be a time", "send_hours: sms: to must be a time"]),
        ({"send_hours": {"sms": {"from": "8:00", "to": "25:00"}}},
         ["send_hours: sms: from must be a time", "send_hours: sms: to must be a time"]),
        ({"send_hours": {"sms": {"from": "08:00", "to": 21}}}, ["send_hours: sms: to must be a time"]),
        ({"send_hours": {"sms": {"from": "08:00", "to": "21:00", "days": []}}}, ["send_hours: sms: “days” is no rule"]),
        *(({"send_hours": {"email": {"from": "08:00", "to": "21:00", "weekdays": days}}},
           ["send_hours: email: weekdays must be a list of mon, tue"])
          for days in ([], "mon", ["monday"], [1], [["mon"]], {"mon": 1})),
        ({"budgets": []}, ["budgets must be a JSON object"]),
        ({"budgets": {"link": {"sends": 5, "per": "day"}}}, ["budgets: “link” is no rule"]),
        ({"budgets": {"sms": 5}}, ["budgets: sms must be {“sends”"]),
        ({"budgets": {"sms": {"sends": 5, "per": "hour"}}}, ["budgets: sms: per must be day or month"]),
        ({"budgets": {"sms": {"sends": 0, "per": "day"}}}, ["budgets: sms: sends must be a whole number from 1"]),
        ({"budgets": {"sms": {"asks": 5, "per": "day"}}},
         ["budgets: sms: “asks” is no rule", "budgets: sms: sends must be"]),
        ({"consent_required": "sms"}, ["consent_required must be a list of channels (email, sms, phone)"]),
        ({"consent_required": ["fax"]}, ["consent_required must be a list"]),
        ({"consent_required": [["sms"]]}, ["consent_required must be a list"]),
        *(({"surveys": {"nps": {"sample_percent": percent}}}, ["nps: sample_percent must be a number from 0.1 to 100"])
          for percent in NO_PERCENTS),
        ({"surveys": {"nps": {"pace": 5}}}, ["nps: pace must be {“asks”"]),
        ({"surveys": {"nps": {"pace": {"asks": 5, "per": "month"}}}}, ["nps: pace: per must be hour or day"]),
        ({"surveys": {"nps": {"pace": {"asks": 1.5, "per": "day"}}}}, ["nps: pace: asks must be a whole number"]),
        ({"surveys": {"nps": {"pace": {"per": ["day"]}}}},
         ["nps: pace: asks must be a whole number", "nps: pace: per must be"]),
        ({"surveys": {"nps": {"quota": 500}}}, ["nps: quota must be {“responses”"]),
        ({"surveys": {"nps": {"quota": {"responses": True}}}}, ["nps: quota: responses must be a whole number"]),
        ({"surveys": {"nps": {"quota": {"responses": 10**10}}}}, ["nps: quota: responses must be a whole number"]),
        *(({"surveys": {"nps": {"from": day}}}, ["nps: from must be a date, such as 2026-11-01"])
          for day in NO_DAYS),
        ({"surveys": {"nps": {"from": "2026-12-31", "until": "2026-11-01"}}}, ["nps: until must not be before from"]),
        ({"surveys": {"nps": {"load": "none"}}}, ["nps: “load” is no rule"]),
        ({"surveys": {"nps": {"rest_days": "never"}}}, ["nps: rest_days must be a number"]),
        ({"surveys": {"nps": {"repeat": "always"}}}, ["nps: repeat must be once"]),
        ({"surveys": {"nps": {"repeat": {}}}}, ["nps: repeat: days must be a number"]),
        ({"surveys": {"nps": {"repeat": {"weeks": 1, "days": 7}}}}, ["nps: repeat: “weeks” is no rule"]),
        (
            {"rests": 1, "rest_days": 0, "load": {}, "groups": {"g": {}}, "surveys": {"nps": {"group": "x", "a": 1}}},
            ["the policy: “rests”", "rest_days must", "load must say", "group g: rest_days", "nps: “a”",
             "nps: there is no group “x”"],
        ),
    ],
)  # fmt: skip
def test_everything_that_is_wrong_is_said_at_once(document: Any, complaints: list[str]) -> None:
    with pytest.raises(BadPolicy) as why:
        policy_from(document)

    said = why.value.complaints
    assert len(said) == len(complaints), said
    assert all(any(s.startswith(wanted) for s in said) for wanted in complaints), said
    assert all(s in str(why.value) for s in said)


days = st.integers(1, 400) | st.just("none")
rests = st.fixed_dictionaries({}, optional=dict.fromkeys([f"{name}_days" for name in DEFAULTS], days))
repeats = st.sampled_from(["once", "until_answered", "none", {"days": 7}])
own_rules = st.builds(lambda said, repeat: {**said, "repeat": repeat, "group": "g"}, rests, repeats)


@given(rests, own_rules, rests)
def test_what_a_survey_replaces_touches_no_other_rule(
    site: dict[str, Any], own: dict[str, Any], override: dict[str, Any]
) -> None:
    document = {**site, "groups": {"g": {"rest_days": 9}}}
    before = windows({**document, "surveys": {"nps": own}})
    after = windows({**document, "surveys": {"nps": {**own, **override}}})
    replaced = {name.removesuffix("_days") for name in override}

    assert {r: w for r, w in before.items() if r not in replaced} == {
        r: w for r, w in after.items() if r not in replaced
    }
    for name, said in override.items():
        rule = name.removesuffix("_days")
        assert (rule in after) is (said != "none")
        if said != "none":  # the value only: what is counted stays
            assert after[rule].lasts == with_slack(said * DAY)
            assert (after[rule].outcome, after[rule].surveys) == (_outcome(rule), frozenset())
    others = {**document, "surveys": {"nps": {**own, **override}, "csat": {"group": "g"}}}
    assert windows(others, "csat") == windows({**document, "surveys": {"nps": own, "csat": {"group": "g"}}}, "csat")


def _outcome(rule: str) -> str:
    return {"rest_after_dismissal": "dismissed", "rest_after_answer": "answered"}.get(rule, "")
