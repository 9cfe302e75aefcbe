"""What a team may decide, what follows from it for each survey, and everything that is wrong with the rest."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.policy import DEFAULTS, FOR_EVER, BadPolicy, Policy, SurveyRules, policy_from
from server.core.throttle import ANY_KIND, SLACK, Window, with_slack

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
