"""Why was Ann not asked? The answer is the one that a send would get."""

from __future__ import annotations

import pytest

from server.flows.deliver import deliver
from server.flows.explain import Nobody, explain
from server.flows.show import show
from server.store.tables import Site, SurveyRow
from tests.flows.conftest import Town

pytestmark = pytest.mark.both_databases

OTHERS = [("rest_after_dismissal", True), ("rest_after_answer", True), ("load", True), ("after_external", True)]


def test_each_rule_is_named_with_its_touch_and_its_end(town: Town) -> None:
    show(town.services, town.offered().token)
    before = town.rows()

    found = explain(town.services, town.site.id, "Ann@example.com", "nps")

    assert [(f.rule, f.passed) for f in found.verdict.findings] == [
        ("running", True),
        ("consent", True),
        ("suppressed", True),
        ("rest", False),
        *OTHERS,
    ]
    resting = found.verdict.findings[3]
    assert resting.touch is not None
    assert resting.touch.channel == "widget"
    assert found.known_by["user"] == "ann"
    assert town.rows() == before


def test_it_says_what_a_send_would_meet(town: Town) -> None:
    deliver(town.services, town.invite())
    expected = explain(town.services, town.site.id, "ann@example.com", None).verdict

    deliver(town.services, held := town.invite())

    row = town.row(held)
    assert (row.reason, row.held_until) == (expected.held_by, expected.until)


def test_a_survey_that_does_not_run_and_a_rule_that_is_off_are_said(town: Town) -> None:
    deliver(town.services, town.invite())
    with town.services.db.writing() as db:
        db.get_one(Site, town.site.id).policy = {"rest_days": "none"}
        db.get_one(SurveyRow, 1).state = "paused"

    verdict = explain(town.services, town.site.id, "ann@example.com", None).verdict

    assert [(f.rule, f.passed) for f in verdict.findings] == [
        ("running", False),
        ("consent", True),
        ("suppressed", True),
        *OTHERS,
    ]
    deliver(town.services, id := town.invite())
    assert (town.row(id).state, town.row(id).reason) == ("held", "running")


@pytest.mark.parametrize(
    ("who", "survey"), [("bo@example.com", None), ("+14155550000", None), ("ann@example.com", "no")]
)
def test_who_or_what_is_not_there_is_said(who: str, survey: str | None, town: Town) -> None:
    town.invite()

    with pytest.raises(Nobody, match=survey or "known as"):
        explain(town.services, town.site.id, who, survey)
