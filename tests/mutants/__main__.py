"""`make mutants`: would anybody notice if these files said something slightly else? `--help` says how to try one."""

from __future__ import annotations

import argparse
import sys
from difflib import unified_diff
from pathlib import Path
from time import monotonic

from tests.mutants.mutate import mutants
from tests.mutants.trial import noticed, prepare, tried

GATE = ("tests/gate/test_promise.py", "tests/gate/test_words.py", "tests/gate/test_alike.py")
ON_MEMORY = ("-k", "memory or test_words or test_alike")
SUBJECTS = {
    "server/core/throttle.py": ("tests/core/test_throttle.py",),
    "server/core/people.py": ("tests/core/test_people.py",),
    "server/gate/verdict.py": (*GATE, *ON_MEMORY),
    "server/gate/memory.py": (*GATE, *ON_MEMORY),
}
"""Each with the tests that belong to it."""
ENOUGH = 85
"""Per cent of the mistakes in each file that tests must find."""


def main() -> int:
    """0 when tests find enough of the mistakes in each file."""
    reader = argparse.ArgumentParser(prog="python -m tests.mutants", description="Would anybody notice?")
    reader.add_argument("files", nargs="*", choices=[[], *SUBJECTS], help="all, when none is named")
    files = reader.parse_args().files or list(SUBJECTS)
    began = monotonic()
    prepare()
    scores = {file: _score(file) for file in files}
    print(f"\nin {monotonic() - began:.0f} s")
    for file, (found, of) in scores.items():
        print(f"{100 * found / of:5.1f} %  {found} of {of}  {file}")
    return 0 if all(100 * found >= ENOUGH * of for found, of in scores.values()) else 1


def _score(file: str) -> tuple[int, int]:
    """How many mistakes were found, of how many. Those that were not are printed."""
    right, found, of = Path(file).read_text(), 0, 0
    if failed := tried(file, right, SUBJECTS[file]):
        sys.exit(f"mutants: {failed} fails while {file} is as it should be; mend that first")
    for mutant in mutants(right):
        of += 1
        if noticed(file, mutant.text, SUBJECTS[file]):
            found += 1
        else:
            print("".join(_diff(file, right, mutant.text)), flush=True)
    return found, of


def _diff(file: str, right: str, wrong: str) -> list[str]:
    return list(unified_diff(right.splitlines(True), wrong.splitlines(True), file, "survives", n=0))


if __name__ == "__main__":
    sys.exit(main())
