"""How the tables came to be. Run by `askonce migrate`."""

from __future__ import annotations

from importlib.resources import files

from alembic import command
from alembic.config import Config

from server.store.db import Database


def migrate(db: Database) -> None:
    """Bring the database to the newest version; two processes at once do it once."""
    config = Config()
    config.set_main_option("script_location", str(files("server.migrations")))
    with db.engine.execution_options(writes=True).begin() as connection:
        if not db.is_sqlite:
            # One migration at a time, whoever starts first.
            connection.exec_driver_sql("select pg_advisory_xact_lock(4700661)")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
