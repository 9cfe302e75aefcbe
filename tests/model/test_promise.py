"""The promise of the gate, tested without mercy.

In CI the examples are always the same ones: what is red there was made red by the change at hand, and can be run
again. New ones are looked for by `make model`, with the seed of the day; what it finds, it prints.
MODEL_EXAMPLES says how many on each database (300 in CI), MODEL_STEPS how long each is.
"""

from __future__ import annotations

import os
from itertools import count

import pytest
from hypothesis import HealthCheck, Verbosity, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.model.machine import machine_for
from tests.model.world import World

pytestmark = [pytest.mark.both_databases, pytest.mark.timeout(0)]

IN_CI = 300
TOLD_EVERY = 500
EXAMPLES = int(os.environ.get("MODEL_EXAMPLES", "0"))
STEPS = int(os.environ.get("MODEL_STEPS", "0")) or (40 if EXAMPLES else 25)


def test_the_windows_hold_whatever_happens(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    begun = count(1)

    class Told(machine_for(world)):  # type: ignore[misc]
        """Says now and then how far it is: a run of 10,000 takes most of an hour."""

        def __init__(self) -> None:
            if not (number := next(begun)) % TOLD_EVERY:
                with capsys.disabled():
                    print(f"{world.services.db.engine.dialect.name}: {number} examples begun", flush=True)
            super().__init__()

    profile = settings(
        max_examples=EXAMPLES or IN_CI,
        stateful_step_count=STEPS,
        deadline=None,
        derandomize=not EXAMPLES,
        database=None,
        print_blob=bool(EXAMPLES),
        verbosity=Verbosity.normal,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Told, settings=profile)
