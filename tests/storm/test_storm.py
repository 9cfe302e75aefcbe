"""A small storm, as often as anything changes. `make storm` is the large one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.storm.plan import Plan
from tests.storm.run import run

pytestmark = [pytest.mark.both_databases, pytest.mark.chaos]

SMALL = Plan(persons=12, asks=12, processes=4, threads=4, fault_every=1.0)


def test_nobody_is_asked_too_often_in_a_storm(database_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "s"
    folder.mkdir()

    outcome = run(SMALL, database_url, folder)

    print(outcome.report(SMALL))
    assert outcome.findings.violations == []
