"""A small theft, as often as anything changes. `make pumping` is the large one, with 10,000 numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pumping.numbers import asked_for, strangers
from tests.pumping.run import run

pytestmark = pytest.mark.both_databases


def test_a_stolen_key_pays_for_little_and_the_team_is_told(database_url: str, redis_url: str, tmp_path: Path) -> None:
    outcome = run(asked_for(44), database_url, redis_url, tmp_path / "data", alike=8)

    print(outcome.report())
    assert outcome.faults == []
    assert outcome.texts <= 11 + 11
    assert "8 numbers that begin with +4915201" in outcome.because


@pytest.mark.sqlite_only
def test_whoever_knows_of_the_alarm_still_meets_the_cap(database_url: str, redis_url: str, tmp_path: Path) -> None:
    outcome = run(strangers(32), database_url, redis_url, tmp_path / "data", rate="1")

    print(outcome.report())
    assert outcome.faults == []
    assert outcome.texts == 25
    assert "of 25.00 USD a day" in outcome.because
