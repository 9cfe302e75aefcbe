"""A few faults, as often as anything changes; `make faults` plants them all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.faults import in_keeping, in_the_script
from tests.faults.fault import Fault, Misplanted
from tests.faults.project import HOUSE, Project, a_copy

FAULTS = [*in_the_script.FAULTS, *in_keeping.FAULTS]
SOME = (
    "a rest still holds at its very end",
    "the ledger is believed although something happened since",
    "the ledger is not asked",
    "a send is judged by the worker's clock",
)


@pytest.fixture(scope="module")
def project() -> Iterator[Project]:
    with a_copy() as made:
        yield made


@pytest.mark.parametrize("name", SOME)
def test_somebody_notices(name: str, project: Project) -> None:
    [fault] = [each for each in FAULTS if each.name == name]

    with project.with_fault(fault):
        assert project.look(fault).failed


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_every_fault_can_still_be_planted(fault: Fault) -> None:
    right = (HOUSE / fault.file).read_text()

    assert fault.planted(right) != right
    assert all((HOUSE / file).exists() for file in fault.found_by)


def test_no_two_faults_are_the_same() -> None:
    assert len({fault.name for fault in FAULTS}) == len({(f.file, f.right, f.wrong) for f in FAULTS}) == len(FAULTS)


@pytest.mark.parametrize("right", ["nothing that is there", "redis.call"])
def test_what_is_not_there_exactly_once_is_refused(right: str, project: Project) -> None:
    fault = replace(FAULTS[0], right=right)
    before = (project.folder / fault.file).read_text()

    with pytest.raises(Misplanted, match=f"has {before.count(right)} places"), project.with_fault(fault):
        pass

    assert (project.folder / fault.file).read_text() == before


def test_what_spoils_the_tests_themselves_is_not_found(project: Project) -> None:
    spoilt = Fault(
        "nothing can be imported", "server/core/throttle.py", "SLACK =", "SLACK ==", ("tests/core/test_throttle.py",)
    )

    with project.with_fault(spoilt), pytest.raises(Misplanted, match="cannot be run"):
        project.run(spoilt.found_by)
