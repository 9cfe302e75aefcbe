"""The migrations make exactly the tables, and take them away again."""

from __future__ import annotations

from importlib.resources import files

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from server.migrations import migrate
from server.store.db import Database
from server.store.tables import Table

pytestmark = pytest.mark.both_databases


def test_the_migrations_make_exactly_the_tables(database_url: str) -> None:
    db = Database(database_url)

    with db.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Table.metadata) == []
        assert set(inspect(connection).get_table_names()) == {*Table.metadata.tables, "alembic_version"}
    db.engine.dispose()


def test_migrating_twice_is_migrating_once(database_url: str) -> None:
    db = Database(database_url)

    migrate(db)
    db.engine.dispose()


def test_the_way_back_takes_everything_away_and_the_way_up_brings_it_again(database_url: str) -> None:
    db = Database(database_url)
    config = Config()
    config.set_main_option("script_location", str(files("server.migrations")))

    with db.engine.execution_options(writes=True).begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        assert inspect(connection).get_table_names() == ["alembic_version"]
    migrate(db)
    with db.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Table.metadata) == []
    db.engine.dispose()
