"""The world that the machine runs in: one for a whole test, wiped between examples."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.environment import from_environment
from server.services import complete, connect
from tests.model.world import World, make_world


@pytest.fixture
def world(database_url: str, redis_url: str, shared_memory: Path) -> Iterator[World]:
    env = {"ASKONCE_DATA": str(shared_memory / "data"), "DATABASE_URL": database_url, "REDIS_URL": redis_url}
    parts = connect(complete(from_environment({**env, "SECRET_KEY": "s" * 40})))
    yield make_world(parts, redis_url)
    parts.db.engine.dispose()
