"""How often is too often: windows over touches, by hand and against a model that only counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.throttle import (
    ANY_KIND,
    FOR_EVER,
    LEASE_SENT,
    LEASE_SHOWN,
    SENT,
    SLACK,
    Channel,
    Finding,
    Touch,
    TouchKind,
    Window,
    judge,
    weightier,
    with_slack,
)

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
REST = Window("rest", ("ask",), 1, 30 * DAY)
LOAD = Window("load", ("ask", "continuation", "external"), 3, 7 * DAY)


def touch(days_ago: float, kind: TouchKind = "ask", survey: int = 1, ticket: str = "", outcome: str = "") -> Touch:
    at = NOW - timedelta(days=days_ago)
    return Touch(ticket or f"{kind}-{days_ago}-{survey}", kind, "email", survey, at, outcome)


@pytest.mark.parametrize(
    ("touches", "passed", "free_in"),
    [
        ([], True, None),
        ([touch(1)], False, 29),
        ([touch(29.999)], False, 0.001),
        ([touch(30)], True, None),
        ([touch(40), touch(31)], True, None),
        ([touch(20), touch(2), touch(10)], False, 28),
        ([touch(1, "answered"), touch(1, "external"), touch(1, "continuation")], True, None),
        ([touch(1, outcome="dismissed")], False, 29),
        ([touch(-1)], False, 31),
    ],
)
def test_a_rest_holds_until_it_is_over(touches: list[Touch], passed: bool, free_in: float | None) -> None:
    [finding] = judge([REST], touches, NOW)

    assert finding.passed is passed
    assert finding.until == (None if free_in is None else NOW + timedelta(days=free_in))


@pytest.mark.parametrize(
    ("lasts", "ends"),
    [
        (30 * DAY, True),
        (FOR_EVER / 2 - DAY, True),
        (18_250 * DAY, True),
        (18_250 * DAY + timedelta(hours=1), False),
        (FOR_EVER - SLACK, False),
        (FOR_EVER, False),
    ],
)
def test_nobody_waits_for_the_end_of_what_happens_once(lasts: timedelta, ends: bool) -> None:
    asked = touch(1)
    finding = Finding("repeat", False, until=asked.at + lasts, touch=asked)

    assert finding.ends == (finding.until if ends else None)


def test_what_no_touch_holds_ends_when_it_says() -> None:
    for until in (None, NOW + DAY, NOW + FOR_EVER):
        assert Finding("send_hours", False, until=until, because="at night").ends == until
    assert Finding("rest", True, touch=touch(1)).ends is None


@pytest.mark.parametrize(
    ("days", "passed", "named"),
    [((1, 2), True, None), ((1, 2, 3), False, 3), ((1, 2, 3, 4), False, 3), ((1, 2, 8), True, None)],
)
def test_a_limit_of_three_is_filled_by_the_third_latest(
    days: tuple[float, ...], passed: bool, named: float | None
) -> None:
    [finding] = judge([LOAD], [touch(d) for d in days], NOW)

    assert finding.passed is passed
    assert finding.touch == (None if named is None else touch(named))


@pytest.mark.parametrize(("survey", "passed"), [(1, True), (2, False), (3, False), (0, True)])
def test_a_window_of_some_surveys_counts_no_other(survey: int, passed: bool) -> None:
    group = Window("group_rest", ("ask",), 1, 90 * DAY, frozenset({2, 3}))

    assert judge([group], [touch(1, survey=survey)], NOW)[0].passed is passed


@pytest.mark.parametrize(
    ("outcome", "days_ago", "passed"),
    [("answered", 89, False), ("answered", 90, True), ("dismissed", 1, True), ("", 1, True)],
)
def test_a_window_of_one_outcome_counts_no_other(outcome: str, days_ago: float, passed: bool) -> None:
    after = Window("rest_after_answer", ("ask",), 1, 90 * DAY, outcome="answered")

    assert judge([after], [touch(days_ago, outcome=outcome)], NOW)[0].passed is passed


def test_a_later_touch_of_another_outcome_does_not_hide_an_earlier_one() -> None:
    after = Window("rest_after_answer", ("ask",), 1, 90 * DAY, outcome="answered")
    answered, ignored = touch(40, outcome="answered"), touch(5)

    [finding] = judge([after], [ignored, answered], NOW)

    assert (finding.touch, finding.until) == (answered, NOW + 50 * DAY)


def test_a_ticket_is_not_held_against_itself() -> None:
    assert judge([REST], [touch(1, ticket="mine")], NOW, mine="mine")[0].passed
    assert not judge([REST], [touch(1, ticket="mine"), touch(2)], NOW, mine="mine")[0].passed


def test_a_clock_that_went_back_makes_no_rest_shorter() -> None:
    [finding] = judge([REST], [touch(0)], NOW - 5 * DAY)

    assert finding.until == NOW + 30 * DAY


def test_every_window_is_looked_at() -> None:
    findings = judge([REST, LOAD], [touch(8)], NOW)

    assert [(f.rule, f.passed) for f in findings] == [("rest", False), ("load", True)]


@pytest.mark.parametrize(
    ("lasts", "shortened"),
    [(DAY, 0.5 * DAY), (90 * DAY, 89.5 * DAY), (timedelta(hours=23), timedelta(hours=23)),
     (1.5 * DAY, 1.5 * DAY), (timedelta(0), timedelta(0))],
)  # fmt: skip
def test_whole_days_have_half_a_day_of_slack(lasts: timedelta, shortened: timedelta) -> None:
    assert with_slack(lasts) == shortened


@pytest.mark.parametrize("kind", ["ask", "continuation", "external", "answered"])
def test_a_window_of_any_kind_looks_at_everything(kind: TouchKind) -> None:
    everything = Window("load", ANY_KIND, 1, 7 * DAY)

    assert not judge([everything], [touch(1, kind)], NOW)[0].passed


def test_a_rule_that_passed_names_no_touch_and_no_time() -> None:
    assert judge([REST], [], NOW) == (Finding("rest", True, until=None, touch=None, because="", is_lease=False),)


def test_what_nothing_came_of_yet_is_no_outcome() -> None:
    asked = Touch("a", "ask", "email", 1, NOW)

    assert asked == touch(0, ticket="a")
    assert not judge([REST], [asked], NOW)[0].passed


def test_a_frame_has_two_minutes_to_come_up_and_a_worker_ten_to_call() -> None:
    assert (timedelta(minutes=2), timedelta(minutes=10)) == (LEASE_SHOWN, LEASE_SENT)


@pytest.mark.parametrize(
    ("channel", "comes"), [("email", True), ("sms", True), ("widget", False), ("view", False), ("link", False)]
)
def test_mail_and_texts_come_to_her_and_the_rest_she_opens(channel: Channel, comes: bool) -> None:
    assert (channel in SENT) is comes


kinds = st.sampled_from(("ask", "continuation", "external", "answered"))
outcomes = st.sampled_from(("", "answered", "dismissed"))
a_touch = st.builds(
    lambda ticket, kind, survey, ago, outcome: Touch(
        str(ticket), kind, "email", survey, NOW - timedelta(hours=ago), outcome
    ),
    st.integers(0, 9), kinds, st.integers(0, 3), st.integers(-100, 1000), outcomes,
)  # fmt: skip
a_window = st.builds(
    lambda kinds, limit, length, surveys, outcome: Window(
        "w", tuple(kinds), limit, timedelta(hours=length), surveys, outcome
    ),
    st.sets(kinds, min_size=1), st.integers(1, 4), st.integers(1, 900), st.frozensets(st.integers(1, 3)), outcomes,
)  # fmt: skip


@given(st.lists(a_window, max_size=4), st.lists(a_touch, max_size=12), st.integers(0, 9))
def test_it_judges_as_one_who_only_counts(windows: list[Window], touches: list[Touch], mine: int) -> None:
    for window, finding in zip(windows, judge(windows, touches, NOW, str(mine)), strict=True):

        def count(at: datetime, window: Window = window) -> int:
            ours = [t for t in touches if t.ticket != str(mine) and t.kind in window.kinds]
            if window.surveys:
                ours = [t for t in ours if t.survey in window.surveys]
            if window.outcome:
                ours = [t for t in ours if t.outcome == window.outcome]
            return sum(t.at + window.lasts > at for t in ours)

        assert finding.passed is (count(NOW) < window.limit)
        if finding.until:  # the very moment at which the count falls below the limit
            assert count(finding.until) < window.limit <= count(finding.until - timedelta(milliseconds=1))


@pytest.mark.parametrize(
    ("one", "other", "stays"),
    [
        ("", "", ""),
        ("dismissed", "", "dismissed"),
        ("answered", "", "answered"),
        ("answered", "dismissed", "answered"),
    ],
)
def test_of_two_outcomes_the_one_that_says_more_stays(one: str, other: str, stays: str) -> None:
    assert weightier(one, other) == weightier(other, one) == stays
