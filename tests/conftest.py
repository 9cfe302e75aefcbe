"""The real parts that tests run on: a Valkey, SQLite and PostgreSQL, and a clock that is set by hand."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from playwright.sync_api import Browser, sync_playwright
from redis import Redis
from sqlalchemy import Connection, create_engine, make_url, text

from server.app import create_app
from server.environment import from_environment
from server.flows.set_up import create_key, create_site
from server.gate.redis import RedisGate
from server.migrations import migrate
from server.services import Services, complete, connect
from server.store.db import Database
from server.store.tables import Site
from server.up import valkey
from tests.folders import in_memory
from tests.parts import PATIENCE, Clock, Waiting, be_patient
from tests.postgres import start as start_postgres


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    """A real Valkey on a private socket."""
    folder = Path(tempfile.mkdtemp(prefix="askonce-test-"))
    path = folder / "v.sock"
    server = subprocess.Popen(valkey.command(path, folder))
    valkey.wait_until_ready(path, lambda: server.poll() is None, folder)
    yield valkey.url(path)
    server.terminate()
    server.wait(10)
    shutil.rmtree(folder)


@pytest.fixture
def redis_url(valkey_url: str) -> str:
    """The same Valkey, empty."""
    with Redis.from_url(valkey_url) as redis:
        redis.flushall()
    return valkey_url


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with every migration run, to be copied."""
    path = tmp_path_factory.mktemp("template") / "askonce.db"
    db = Database(f"sqlite:///{path}")
    migrate(db)
    db.engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A real PostgreSQL."""
    url, stop = start_postgres()
    yield url
    stop()


@pytest.fixture(scope="session")
def postgres_door(postgres_url: str) -> Iterator[Connection]:
    """A line on which whole databases are made and dropped, each by itself and at once."""
    engine = create_engine(_database(postgres_url, "postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.fixture(scope="session")
def migrated_postgres(postgres_url: str, postgres_door: Connection) -> str:
    """The name of a PostgreSQL database with every migration run, to be used as a template."""
    postgres_door.execute(text("create database askonce_template"))
    db = Database(str(_database(postgres_url, "askonce_template")))
    migrate(db)
    db.engine.dispose()
    return "askonce_template"


def _database(url: str, name: str) -> str:
    return make_url(url).set(drivername="postgresql+psycopg", database=name).render_as_string(hide_password=False)


@pytest.fixture
def shared_memory() -> Iterator[Path]:
    """A folder that no disk slows down, where there is one."""
    folder = in_memory("askonce-test-")
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def sqlite_folder() -> Iterator[Path]:
    folder = in_memory("askonce-test-")
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def sqlite_url(migrated_sqlite: Path, sqlite_folder: Path) -> str:
    for left in sqlite_folder.iterdir():
        left.unlink()
    path = sqlite_folder / "askonce.db"
    shutil.copy(migrated_sqlite, path)
    return f"sqlite:///{path}"


@pytest.fixture
def fresh_postgres_url(postgres_url: str, postgres_door: Connection, migrated_postgres: str) -> Iterator[str]:
    postgres_door.execute(text(f"create database askonce_test template {migrated_postgres} strategy file_copy"))
    yield _database(postgres_url, "askonce_test")
    postgres_door.execute(text("drop database askonce_test with (force)"))


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty, migrated database: SQLite, and in tests marked `both_databases` PostgreSQL too."""
    name = {"sqlite": "sqlite_url", "postgres": "fresh_postgres_url"}[getattr(request, "param", "sqlite")]
    return str(request.getfixturevalue(name))


def pytest_collection_finish() -> None:
    """What is imported stays until the end: looking through it for garbage, again and again, is a sixth of the run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 10)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What is marked `both_databases` runs on each of them, but for what asks SQLite about itself."""
    marked = metafunc.definition.get_closest_marker
    if "database_url" in metafunc.fixturenames and marked("both_databases") and not marked("sqlite_only"):
        metafunc.parametrize("database_url", ["sqlite", "postgres"], indirect=True)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def queue() -> Waiting:
    return Waiting()


@pytest.fixture(scope="session")
def engines() -> dict[tuple[str, int], Database]:
    """The databases of all tests by address and process: each statement is compiled once, not once for each test.
    Between two tests none of them has a connection."""
    return {}


@pytest.fixture
def make_services(
    database_url: str,
    redis_url: str,
    clock: Clock,
    queue: Waiting,
    tmp_path: Path,
    engines: dict[tuple[str, int], Database],
) -> Iterator[Callable[..., Services]]:
    """Services on real parts; each call makes another process's worth on the same database and Redis."""
    made: list[Services] = []

    def make(**env: str) -> Services:
        known = {"ASKONCE_DATA": str(tmp_path / "data"), "DATABASE_URL": database_url, "REDIS_URL": redis_url}
        parts = connect(complete(from_environment({**known, "SECRET_KEY": "s" * 40, **env})))
        db = engines.setdefault((parts.settings.database_url, len(made)), parts.db)
        if db is parts.db:
            be_patient(db)
        gate = RedisGate(parts.settings.gate_redis_url or parts.settings.redis_url, PATIENCE)
        made.append(Services(parts.settings, db, gate, queue, parts.providers, clock, moment=lambda _: clock()))
        return made[-1]

    yield make
    for services in made:
        services.db.engine.dispose()


@pytest.fixture
def services(make_services: Callable[..., Services]) -> Services:
    return make_services()


@pytest.fixture
def site(services: Services) -> Site:
    """A site with one NPS survey called `nps`."""
    return create_site(services, "Harbour")


@pytest.fixture
def key(services: Services, site: Site) -> str:
    """A secret API key of the site."""
    return create_key(services, site.id)


@pytest.fixture(scope="session", autouse=True)
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Each template is compiled once, not once for each application; when its text changes, again."""
    Flask.jinja_options = {"bytecode_cache": FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))}


@pytest.fixture
def client(services: Services) -> FlaskClient:
    return create_app(services).test_client()


QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
BROWSERS = (os.environ.get("CHROMIUM", ""), "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A real Chromium: the one of this machine, else Playwright's own."""
    found = next((place for place in BROWSERS if place and Path(place).exists()), None)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=QUIET)
        yield chromium
        chromium.close()
