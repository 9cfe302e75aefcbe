"""The migrations make exactly the tables, and take them away again."""

from __future__ import annotations

from importlib.resources import files

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

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


OUTCOMES = {
    "answered": "answered",
    "dismissed": "dismissed",
    "unseen": "",
    None: "",
}
"""What came of an invitation, and what its touch says of it."""


def write_as_it_was(connection: Connection) -> None:
    """Each invitation with its touch, and a touch of another system, as 0001 had them."""
    for statement in (
        "insert into site (id, key, name, language, accent, policy, created_at) "
        "values (1, 'k', 'n', 'en', '', '{}', 0)",
        "insert into person (id, site_id, created_at) values (1, 1, 0)",
        "insert into survey (id, site_id, key, slug, state, created_at) values (1, 1, 'k', 'nps', 'live', 0)",
        "insert into survey_version (id, survey_id, number, definition, created_at) values (1, 1, 1, '{}', 0)",
        "insert into touch (ticket, site_id, person_id, kind, channel, at) values ('e', 1, 1, 'external', 'x', 5)",
    ):
        connection.execute(text(statement))
    for n, outcome in enumerate(OUTCOMES):
        about = {"id": f"i{n}", "outcome": outcome, "at": n, "voided": n if outcome == "unseen" else None}
        connection.execute(text(
            "insert into invitation (id, site_id, survey_id, version_id, person_id, channel, state, outcome, "
            "properties, created_at, state_at, attempts) values (:id, 1, 1, 1, 1, 'widget', 'shown', :outcome, '{}', "
            ":at, :at, 0)"), about)  # fmt: skip
        connection.execute(text(
            "insert into touch (ticket, site_id, person_id, kind, channel, survey_id, at, voided_at) values "
            "(:id, 1, 1, 'ask', 'widget', 1, :at, :voided)"), about)  # fmt: skip


def test_what_came_of_an_ask_is_taken_over_and_the_way_back_loses_no_touch(database_url: str) -> None:
    db = Database(database_url)
    config = Config()
    config.set_main_option("script_location", str(files("server.migrations")))
    plain = "select ticket, site_id, person_id, kind, channel, survey_id, at, voided_at from touch order by ticket"
    expected = {"e": "", **{f"i{n}": outcome for n, outcome in enumerate(OUTCOMES.values())}}

    with db.engine.execution_options(writes=True).begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")
        write_as_it_was(connection)
        before = connection.execute(text(plain)).all()
        for _ in range(2):
            command.upgrade(config, "0002")
            found = connection.execute(text("select ticket, outcome from touch")).all()
            assert {row.ticket: row.outcome for row in found} == expected
            assert connection.execute(text(plain)).all() == before
            names = {index["name"] for index in inspect(connection).get_indexes("touch")}
            assert {
                f"ix_touch_person_id_{rest}" for rest in ("at", "kind_at", "kind_outcome_at", "survey_id_at")
            } == names
            command.downgrade(config, "0001")
            assert connection.execute(text(plain)).all() == before
            assert {index["name"] for index in inspect(connection).get_indexes("touch")} == {"ix_touch_person_id_at"}
            assert len(inspect(connection).get_foreign_keys("touch")) == 3
    db.engine.dispose()


def test_what_was_held_before_there_were_counts_is_counted_by_its_day(database_url: str) -> None:
    db = Database(database_url)
    config = Config()
    config.set_main_option("script_location", str(files("server.migrations")))
    day = 24 * 3600 * 1000

    with db.engine.execution_options(writes=True).begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")
        write_as_it_was(connection)
        command.upgrade(config, "0005")
        connection.execute(text(
            "update invitation set channel = 'email', state_at = :at, state = 'held', reason = 'rest' "
            "where id in ('i0', 'i1')"), {"at": 2 * day - 1})  # fmt: skip
        connection.execute(text(
            "insert into held (site_id, person_id, survey_id, channel, rule, day, times, at) "
            "values (1, 1, 1, 'widget', 'load', '1970-01-02', 5, 0)"))  # fmt: skip
        command.upgrade(config, "0006")
        found = connection.execute(text("select day, channel, rule, times from held_count order by channel")).all()
        assert [tuple(row) for row in found] == [
            ("1970-01-02", "email", "rest", 2),
            ("1970-01-02", "widget", "load", 5),
        ]
    db.engine.dispose()


def test_whoever_had_said_no_has_said_no_on_the_way_up_and_back(database_url: str) -> None:
    db = Database(database_url)
    config = Config()
    config.set_main_option("script_location", str(files("server.migrations")))
    plain = "select site_id, person_id, scope, source, at from opt_out order by person_id, scope"

    with db.engine.execution_options(writes=True).begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0003")
        write_who_said_no(connection)
        before = connection.execute(text(plain)).all()
        command.upgrade(config, "0004")
        told = "select person_id, scope, given, purpose, basis, source, at from consent order by id"
        assert [tuple(row) for row in connection.execute(text(told))] == [
            (1, "all", False, "survey", "", "page", 5),
            (1, "sms", False, "survey", "", "provider", 6),
        ]
        connection.execute(text(
            "insert into consent (site_id, person_id, scope, given, purpose, basis, source, evidence, noted_by, at) "
            "values (1, 2, 'sms', false, 'survey', '', 'page', '', '', 1), "
            "(1, 2, 'sms', true, 'survey', 'consent', 'reply', '', '', 2), "
            "(1, 2, 'email', false, 'newsletter', '', 'page', '', '', 3)"))  # fmt: skip
        command.downgrade(config, "0003")
        assert connection.execute(text(plain)).all() == before
    migrate(db)
    db.engine.dispose()


def write_who_said_no(connection: Connection) -> None:
    for statement in (
        "insert into site (id, key, name, language, accent, policy, created_at) "
        "values (1, 'k', 'n', 'en', '', '{}', 0)",
        "insert into person (id, site_id, created_at) values (1, 1, 0), (2, 1, 0)",
        "insert into opt_out (id, site_id, person_id, scope, source, at) "
        "values (1, 1, 1, 'all', 'page', 5), (2, 1, 1, 'sms', 'provider', 6)",
    ):
        connection.execute(text(statement))


def test_surveys_that_had_one_slug_are_named_apart(database_url: str) -> None:
    db = Database(database_url)
    config = Config()
    config.set_main_option("script_location", str(files("server.migrations")))
    slugs = ["nps", "nps", "nps-2", "nps", "x" * 60, "x" * 60]

    with db.engine.execution_options(writes=True).begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0008")
        for site in (1, 2):
            connection.execute(text(
                "insert into site (id, key, name, language, accent, policy, created_at) "
                "values (:id, :id, :id, 'en', '', '{}', 0)"), {"id": site})  # fmt: skip
            for n, slug in enumerate(slugs):
                about = {"id": site * 10 + n, "site": site, "slug": slug}
                connection.execute(text(
                    "insert into survey (id, site_id, key, slug, state, created_at) "
                    "values (:id, :site, :id, :slug, 'live', 0)"), about)  # fmt: skip
        command.upgrade(config, "head")
        found = connection.execute(text("select slug from survey where site_id = 2 order by id")).scalars().all()
    assert found == ["nps", "nps-3", "nps-2", "nps-4", "x" * 60, "x" * 56 + "-2"]
    db.engine.dispose()
