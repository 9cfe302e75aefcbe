"""How the tables came to be. Run by `askonce migrate`."""

from __future__ import annotations

from importlib.resources import files

from server.store.db import Database, DatabaseTrouble


def migrate(db: Database) -> None:
    """Bring the database to the newest version; two processes at once do it once."""
    from alembic import command  # 300 ms and 48 MB that only this one command pays
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(files("server.migrations")))
    with db.engine.execution_options(writes=True).begin() as connection:
        if not db.is_sqlite:
            # One migration at a time, whoever starts first.
            connection.exec_driver_sql("select pg_advisory_xact_lock(4700661)")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def require_newest(db: Database) -> None:
    """Raise DatabaseTrouble unless the tables are those of this version of the program."""
    wanted = max(file.name[:4] for file in files("server.migrations.versions").iterdir() if file.name[:4].isdigit())
    found = db.version()
    if found is None or found < wanted:
        raise DatabaseTrouble("the database is not up to date: run `askonce migrate` (`askonce up` does it by itself)")
    if found > wanted:
        raise DatabaseTrouble(
            f"the database is of a newer Askonce ({found}, this one knows {wanted}): update the program"
        )
