"""Whoever keeps watch must bark: bugs are planted on purpose, and the machine finds each of them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis.errors import HypothesisException
from hypothesis.stateful import run_state_machine_as_test

from server.core import policy
from server.core.throttle import Finding, Touch, Window
from server.flows import judge
from server.store import lanes, merges, people, touches
from server.store.db import Session
from server.store.scope import SiteScope
from server.store.tables import Invitation
from tests.model.machine import machine_for
from tests.model.world import World

BUDGET = 400
"""Examples of STEPS steps."""
STEPS = 25

Patch = pytest.MonkeyPatch


def ledger_is_not_asked(patch: Patch) -> None:
    """The last word is not taken: what the gate said stands, and nothing when it is away."""

    def judge_nothing(windows: Sequence[Window], *_: Any, **__: Any) -> tuple[Finding, ...]:
        return tuple(Finding(window.rule, passed=True) for window in windows)

    patch.setattr(judge, "judge", judge_nothing)


def merge_forgets_the_absorbed(patch: Patch) -> None:
    """After a merge only the touches of the surviving record count."""
    patch.setattr(people, "family", lambda scope, id: merges.hers(scope, id)[:1])


def undo_resets_history(patch: Patch) -> None:
    """Who is taken apart again starts with a clean slate."""
    patch.setattr(merges, "_share_touches", lambda *_: None)


def outcome_is_lost(patch: Patch) -> None:
    """Nobody tells the ledger what came of an ask."""

    def came_to(scope: SiteScope, ticket: str, outcome: str) -> Touch | None:
        return touches.standing(scope, ticket)

    patch.setattr(touches, "came_to", came_to)


def window_is_an_hour_short(patch: Patch) -> None:
    """Thirteen hours of slack, where twelve are said."""

    def with_slack(lasts: timedelta) -> timedelta:
        return lasts - timedelta(hours=13) if lasts >= timedelta(days=1) else lasts

    patch.setattr(policy, "with_slack", with_slack)


def window_ends_a_moment_late(patch: Patch) -> None:
    """A rest that is over holds for a minute more."""
    patch.setattr(policy, "with_slack", lambda lasts: lasts - timedelta(hours=11, minutes=59))


def what_died_is_sent_again(patch: Patch) -> None:
    """The clock hands over again what a dead worker had in its hands."""

    def abandoned(db: Session, now: datetime, lease: timedelta, limit: int) -> list[Any]:
        found = original(db, now, lease, limit)
        for id, _ in found:
            row = db.get_one(Invitation, id)
            row.state, row.lease = "planned", None
        db.flush()
        return found

    original = lanes.abandoned
    patch.setattr(lanes, "abandoned", abandoned)


SOME = [ledger_is_not_asked, merge_forgets_the_absorbed]
ALL = [
    *SOME,
    window_is_an_hour_short,
    what_died_is_sent_again,
    undo_resets_history,
    outcome_is_lost,
    window_ends_a_moment_late,
]
BUGS = ALL if os.environ.get("MODEL_EXAMPLES") else SOME
"""`make model` plants them all."""


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.__name__)
def test_the_machine_finds(bug: Any, world: World, monkeypatch: Patch, capsys: pytest.CaptureFixture[str]) -> None:
    bug(monkeypatch)

    examples, seconds, said = hunt(world)

    with capsys.disabled():
        print(f"\n{bug.__name__}: found after {examples} examples, {seconds:.1f} s: {said[:100]}")
    assert said, f"not found in {examples} examples"


def hunt(world: World) -> tuple[int, float, str]:
    """How many examples and seconds until a complaint, and the complaint; empty when there was none."""
    begun, complaints, start = [0], [""], monotonic()

    class Counted(machine_for(world)):  # type: ignore[misc]
        def __init__(self) -> None:
            begun[0] += not complaints[0]
            super().__init__()

        def complain(self, about: str) -> None:
            complaints[0] = complaints[0] or about
            super().complain(about)

    profile = settings(
        max_examples=BUDGET, stateful_step_count=STEPS, deadline=None, derandomize=True, database=None,
        phases=[Phase.generate], verbosity=Verbosity.quiet, suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )  # fmt: skip
    with suppress(AssertionError, HypothesisException):
        run_state_machine_as_test(Counted, settings=profile)
    return begun[0], monotonic() - start, complaints[0]
