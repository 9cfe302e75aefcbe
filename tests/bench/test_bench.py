"""A handful of messages through each measurement of sending: `make bench` takes many."""

from __future__ import annotations

import pytest

from tests.bench.backlog import measure_backlog
from tests.bench.sends import pair_of


def test_a_worker_is_measured_beside_the_bare_calls() -> None:
    pair = pair_of("sqlite", "twilio_sms", 2)

    assert (pair.at_once, pair.ours.seconds > 0, pair.bare.busy > 0) == (1, True, True)


def test_a_small_backlog_leaves_with_urgent_ones_in_between(capsys: pytest.CaptureFixture[str]) -> None:
    measure_backlog("sqlite", 12, 2)

    said = capsys.readouterr().out
    assert "sqlite: 12 invitations" in said
    assert said.index("beside the backlog") < said.index("while one plans")
