"""The databases that a long run goes over, each in a new folder that no disk slows down."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.folders import in_memory
from tests.postgres import start

CHOICES = ("sqlite", "postgres", "both")


def meant_by(choice: str) -> tuple[str, ...]:
    """The databases that one of CHOICES means."""
    return ("sqlite", "postgres") if choice == "both" else (choice,)


@contextmanager
def empty(database: str) -> Iterator[tuple[str, Path]]:
    """The address of an empty one, and a folder that goes with it when the block ends."""
    folder = in_memory("askonce-run-")
    url, stop = start() if database == "postgres" else (f"sqlite:///{folder / 'askonce.db'}", lambda: None)
    try:
        yield url, folder
    finally:
        stop()
        with suppress(OSError):
            shutil.rmtree(folder)
