"""A copy of the project, in which things may be broken."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from time import monotonic

from tests.faults.fault import Fault, Misplanted

HOUSE = Path(__file__).parents[2]
ROOMS = ("server", "channels", "widget", "static", "tests")
PYTEST = [sys.executable, "-m", "pytest", "-x", "-q", "--tb=no", "-rfE", "-p", "no:cacheprovider"]
PATIENCE = 900
"""Seconds for one run of some test files."""
TRIES = 3
PASSED, FAILED = 0, 1
"""What pytest says of tests; anything else says that they could not be run."""


@dataclass(frozen=True)
class Run:
    """How tests ended: `failed` names the first that did, and is empty when all passed."""

    failed: str
    seconds: float


@dataclass
class Project:
    """The copy in `folder`."""

    folder: Path
    _age: Iterator[int] = field(default_factory=lambda: count(1_000_000_000))

    @contextmanager
    def with_fault(self, fault: Fault) -> Iterator[None]:
        """The fault is in the copy until the end of the block. Raises Misplanted."""
        path = self.folder / fault.file
        right = path.read_text()
        self._write(path, fault.planted(right))
        try:
            yield
        finally:
            self._write(path, right)

    def _write(self, path: Path, text: str) -> None:
        """Each time of another age: Python compiles again what has another age or length, and nothing else."""
        path.write_text(text)
        age = next(self._age)
        os.utime(path, (age, age))

    def look(self, fault: Fault) -> Run:
        """Who notices the fault, which is planted: fails, and by itself fails again. On a busy machine one may fail
        by chance."""
        began = monotonic()
        for _ in range(TRIES):
            failed = self.run(fault.found_by).failed
            if not failed or self.run([failed]).failed:
                return Run(failed, monotonic() - began)
        raise Misplanted(f"“{fault.name}”: {failed} fails now and then; try again when less is going on")

    def run(self, files: Sequence[str]) -> Run:
        """These test files until the first that fails. Raises Misplanted when they cannot be run at all."""
        began = monotonic()
        done = subprocess.run(
            [*PYTEST, *files], cwd=self.folder, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        if done.returncode not in (PASSED, FAILED):
            raise Misplanted(f"{' '.join(files)} cannot be run:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        first = re.search(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", done.stdout, re.M)
        failed = (first[1] if first else done.stdout[-300:]) if done.returncode == FAILED else ""
        return Run(failed, monotonic() - began)


@contextmanager
def a_copy() -> Iterator[Project]:
    """Of everything that tests need; gone at the end of the block."""
    folder = Path(mkdtemp(prefix="askonce-faults-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
    try:
        for room in ROOMS:
            shutil.copytree(HOUSE / room, folder / room, ignore=shutil.ignore_patterns("__pycache__", "pictures"))
        shutil.copy(HOUSE / "pyproject.toml", folder)
        yield Project(folder)
    finally:
        with suppress(OSError):
            shutil.rmtree(folder)
