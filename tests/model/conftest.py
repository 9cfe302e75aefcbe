"""The world that the machine runs in: one for a whole test, wiped between examples."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

import pytest

from server.services import complete, connect
from server.settings import from_environment
from tests.model.world import World, make_world


@pytest.fixture
def shared_memory() -> Iterator[Path]:
    """A folder that no disk slows down, where there is one."""
    home = Path(mkdtemp(prefix="askonce-model-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
    yield home
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, shared_memory: Path, migrated_sqlite: Path) -> str:
    if getattr(request, "param", "sqlite") == "postgres":
        return str(request.getfixturevalue("fresh_postgres_url"))
    path = shared_memory / "askonce.db"
    shutil.copy(migrated_sqlite, path)
    return f"sqlite:///{path}"


@pytest.fixture
def world(database_url: str, redis_url: str, shared_memory: Path) -> Iterator[World]:
    env = {"ASKONCE_DATA": str(shared_memory / "data"), "DATABASE_URL": database_url, "REDIS_URL": redis_url}
    parts = connect(complete(from_environment({**env, "SECRET_KEY": "s" * 40})))
    yield make_world(parts, redis_url)
    parts.db.engine.dispose()
