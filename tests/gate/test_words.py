"""A verdict is said so that a support lead understands it, and a program too."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from server.core.throttle import FOR_EVER, Finding, Touch
from server.gate.verdict import Verdict
from server.gate.words import as_json, sentences

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(days=30)
PASSED = Finding("running", True)
RESTING = Finding("rest", False, LATER, Touch("a", "ask", "sms", 1, NOON))
REFUSED = Finding("consent", False, because="unsubscribed from sms on 1 May 2026, by link")


@pytest.mark.parametrize(
    ("finding", "says"),
    [
        (PASSED, ["pass", "running", "the survey is running"]),
        (
            RESTING,
            ["held", "rest", "asked by text message on 23 November 2026, 12:00", "until 23 December 2026, 12:00"],
        ),
        (Finding("load", False, LATER, Touch("e", "external", "call", 0, NOON)), ["contacted by call on 23 November"]),
        (
            Finding("load", False, LATER, Touch("r", "continuation", "email", 1, NOON)),
            ["written to again by email"],
        ),
        (Finding("rest", False, LATER, RESTING.touch, is_lease=True), ["another ask is on its way until 12:00:00"]),
        (REFUSED, ["held", "consent", "unsubscribed from sms"]),
        (Finding("send_hours", False, LATER, because="at night"), ["at night, holds until 23 December 2026"]),
        (Finding("new", False), ["held", "new"]),
    ],
)
def test_a_line_says_the_rule_and_why(finding: Finding, says: list[str]) -> None:
    [line, *_] = sentences(Verdict((finding,)))

    assert all(part in line for part in says)


@pytest.mark.parametrize(
    ("findings", "held_by", "until"),
    [
        ((), "", None),
        ((PASSED,), "", None),
        ((PASSED, RESTING), "rest", LATER),
        ((RESTING, Finding("load", False, NOON)), "rest", LATER),
        ((REFUSED, RESTING), "consent", None),
    ],
)
def test_a_verdict_is_held_by_its_first_rule_until_all_pass(
    findings: tuple[Finding, ...], held_by: str, until: datetime | None
) -> None:
    verdict = Verdict(findings)

    assert (verdict.allowed, verdict.held_by, verdict.until) == (not held_by, held_by, until)
    assert any("next possible" in line for line in sentences(verdict)) is (until is not None)


def test_what_is_asked_once_has_no_date_a_hundred_years_ahead() -> None:
    once = replace(RESTING, rule="repeat", until=NOON + FOR_EVER)

    lines = sentences(Verdict((once, RESTING)))

    assert lines[0].endswith("asked by text message on 23 November 2026, 12:00 UTC, holds for good")
    assert not any("next possible" in line for line in lines)
    assert Verdict((RESTING, replace(once, passed=True))).until == LATER
    said = as_json(Verdict((once, RESTING)))
    assert [said["until"], *(rule["until"] for rule in said["rules"])] == [None, None, int(LATER.timestamp())]


def test_a_program_reads_the_same() -> None:
    said = as_json(Verdict((PASSED, RESTING)))

    assert (said["allowed"], said["held_by"], said["until"]) == (False, "rest", int(LATER.timestamp()))
    assert [(r["rule"], r["passed"]) for r in said["rules"]] == [("running", True), ("rest", False)]
    assert said["rules"][0]["because"] is None
    assert "text message" in said["rules"][1]["because"]
