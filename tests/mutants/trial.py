"""One file says something else, in a process of its own, and tests are asked whether they notice."""

from __future__ import annotations

import os
import select
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import Phase, settings

NEEDED = ("flask", "sqlalchemy", "alembic", "redis", "phonenumbers", "playwright.sync_api", "sendgrid", "twilio.rest")
"""What tests load and what is never changed here: loaded once, it need not be for each trial."""
QUIETLY = ("-x", "-q", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning")
PATIENCE = 120
"""Seconds; who is still at it then runs in circles, which is noticed."""


class _Witness:
    """Remembers the first test that fails."""

    failed = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and not self.failed:
            self.failed = report.nodeid


def prepare() -> None:
    """Once, before the first trial."""
    for name in NEEDED:
        import_module(name)
    # Always the same examples, and no time spent on finding a shorter one.
    settings.register_profile(
        "mutants", derandomize=True, database=None, deadline=None, phases=(Phase.explicit, Phase.generate)
    )
    settings.load_profile("mutants")


def noticed(file: str, text: str, tests: Sequence[str]) -> bool:
    """Whether a test fails when `file` reads `text`, and by itself fails again: on a busy machine one may fail by
    chance."""
    failed = tried(file, text, tests)
    return bool(failed) and ("::" not in failed or bool(tried(file, text, [failed])))


def tried(file: str, text: str, tests: Sequence[str]) -> str:
    """What notices that `file` reads `text`; empty when nothing does."""
    said, say = os.pipe()
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        os.write(say, _noticed_by(file, text, tests).encode())
        os._exit(0)
    os.close(say)
    with suppress(PermissionError):
        os.setpgid(child, child)
    in_time, _, _ = select.select([said], [], [], PATIENCE)
    answer = os.read(said, 10_000).decode() if in_time else "nobody came to an end"
    os.close(said)
    if not in_time:
        os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return answer


def _noticed_by(file: str, text: str, tests: Sequence[str]) -> str:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    witness = _Witness()
    try:
        _load(file, text)
        code = pytest.main([*QUIETLY, *tests], plugins=[witness])
    except BaseException as why:  # whatever it is, it is noticed
        return f"{type(why).__name__} while it is loaded"
    return witness.failed or ("" if code == pytest.ExitCode.OK else f"pytest: {code!r}")


def _load(file: str, text: str) -> None:
    """`text` is what everybody imports instead of what is in `file`."""
    name = file.removesuffix(".py").replace("/", ".")
    module = sys.modules[name] = ModuleType(name)
    module.__file__ = str(Path(file).resolve())
    exec(compile(text, file, "exec"), module.__dict__)
    parent, _, own = name.rpartition(".")
    setattr(import_module(parent), own, module)
