"""`make faults`: every fault is planted by itself, and somebody must notice. `--help` says how to plant some."""

from __future__ import annotations

import argparse
import sys
from time import monotonic

from tests.faults import in_keeping, in_the_script
from tests.faults.fault import Fault, Misplanted
from tests.faults.project import Project, a_copy

FAULTS = [*in_the_script.FAULTS, *in_keeping.FAULTS]


def main() -> int:
    """0 when every fault was found."""
    reader = argparse.ArgumentParser(prog="python -m tests.faults", description="Plants faults and sees who notices.")
    reader.add_argument("words", nargs="*", help="only the faults whose name or file has one of these words")
    words = reader.parse_args().words
    faults = [f for f in FAULTS if not words or any(word in f"{f.name} {f.file}" for word in words)]
    began = monotonic()
    with a_copy() as project:
        try:
            _without_any(project, faults)
            missed = sum(not _look_for(project, fault) for fault in faults)
        except Misplanted as why:
            print(f"faults: {why}", file=sys.stderr)
            return 2
    print(f"{len(faults) - missed} of {len(faults)} found in {monotonic() - began:.0f} s")
    return 1 if missed else 0


def _without_any(project: Project, faults: list[Fault]) -> None:
    """Whoever cries before anything is wrong finds nothing."""
    files = list(dict.fromkeys(file for fault in faults for file in fault.found_by))
    ran = project.run(files)
    if ran.failed:
        raise Misplanted(f"{ran.failed} fails with no fault planted; mend that first")
    print(f"{len(files)} test files pass without a fault, in {ran.seconds:.0f} s", flush=True)


def _look_for(project: Project, fault: Fault) -> bool:
    with project.with_fault(fault):
        ran = project.look(fault)
    print(f"{'found' if ran.failed else 'NOT FOUND'}  {ran.seconds:5.1f} s  {fault.file}: {fault.name}", flush=True)
    print(f"                {ran.failed}" if ran.failed else "", flush=True)
    return bool(ran.failed)


if __name__ == "__main__":
    sys.exit(main())
