"""What the server in a folder runs on, so that a second command finds the same database and queue."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from server.settings import KNOBS, Settings


@dataclass(frozen=True)
class Running:
    """A server that is up; the addresses hold credentials, so the file is its owner's alone."""

    pid: int
    port: int
    public_url: str
    database_url: str
    redis_url: str


def environment(settings: Settings) -> dict[str, str]:
    """This process's environment with every setting spelled out, so that each child reads the same ones."""
    known = {name: str(getattr(settings, knob.name)) for name, knob in KNOBS.items()}
    return {**os.environ, **{name: value for name, value in known.items() if value}}


@contextmanager
def noted(settings: Settings) -> Iterator[None]:
    """`running.json` in the data folder while the block runs; the next start replaces a stale one."""
    file = settings.data / "running.json"
    me = Running(os.getpid(), settings.port, settings.public_url, settings.database_url, settings.redis_url)
    fresh = file.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as out:
        json.dump(asdict(me), out)
    fresh.replace(file)
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def was_killed(data: Path) -> bool:
    """The last server here left its note behind; its children may need a moment to end."""
    return (data / "running.json").exists() and find(data) is None


def find(data: Path) -> Running | None:
    """The server that is up in this folder, or None."""
    try:
        found = Running(**json.loads((data / "running.json").read_text()))
        os.kill(found.pid, 0)
    except PermissionError:  # another user's process: the note could be read, so it is meant for us
        return found
    except (OSError, ValueError, TypeError):
        return None
    return found
