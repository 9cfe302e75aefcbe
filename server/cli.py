"""Askonce from the command line: start it, set it up, ask it why."""

from __future__ import annotations

import sys
from typing import NoReturn

import click

from server.commands import ALL
from server.commands.door import services_beside, settings_beside
from server.core.people import BadClaim
from server.core.policy import BadPolicy
from server.environment import SettingsError, from_environment
from server.flows import set_up
from server.flows.explain import Nobody
from server.flows.keep_time import TICK, turn
from server.flows.make_survey import NotNow
from server.flows.welcome import welcome
from server.migrations import migrate as run_migrations
from server.services import complete, connect
from server.settings import Settings
from server.store.db import DatabaseTrouble
from server.up.asked import StopAsked
from server.up.place import CannotStart
from server.up.serve import serve
from server.up.start import run


def main() -> None:
    """The console script. Whatever the operator can mend is one sentence on stderr and exit code 2."""
    try:
        commands(standalone_mode=False)
    except SettingsError as wrong:
        _stop("\n".join(wrong.faults))
    except BadPolicy as wrong:
        _stop("\n".join(wrong.complaints))
    except (DatabaseTrouble, CannotStart, set_up.Unfit, BadClaim, Nobody, NotNow) as wrong:
        _stop(str(wrong))
    except click.ClickException as wrong:
        wrong.show()
        sys.exit(2)
    except click.Abort:
        sys.exit(130)


def _stop(sentence: str) -> NoReturn:
    click.echo(f"askonce: {sentence}", err=True)
    sys.exit(2)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="askonce")
def commands() -> None:
    """The survey server that a company runs itself: ask every customer once, and never lose an answer.

    Settings come from the environment; the README lists them with their reasons. Commands work beside a running
    `askonce up`, which they find through the data folder (ASKONCE_DATA, ./.askonce).
    """


@commands.command()
def up() -> None:
    """Run everything: web, worker, clock, and a Valkey of our own. One command, one machine."""
    ours = {name: (sys.executable, "-m", "server.cli", word) for name, word in PROCESSES.items()}
    sys.exit(run(from_environment(), _prepare, ours))


PROCESSES = {"web": "web", "worker": "work", "clock": "clock"}
"""What `askonce up` runs, and a Procfile a line each."""


def _prepare(settings: Settings) -> list[str]:
    services = connect(complete(settings))
    try:
        services.db.check()
    except DatabaseTrouble as why:
        raise CannotStart(str(why)) from why
    run_migrations(services.db)
    return welcome(services)


@commands.command()
def migrate() -> None:
    """Bring the database to the newest version."""
    services = connect(settings_beside())
    services.db.check()
    run_migrations(services.db)


@commands.command()
def web() -> None:
    """Serve HTTP."""
    services = services_beside()
    services.db.engine.dispose()  # each web process opens its own; a file handle must not cross a fork
    serve(services.settings, "server.app:serve_app")


@commands.command()
def work() -> None:
    """Send what is due."""
    from server.work import work as run  # RQ costs 125 ms that no other command needs to wait for

    run(services_beside())


@commands.command()
def clock() -> None:
    """Keep time: hand over what is due, find what was lost. Run one; several do no harm."""
    services = services_beside()
    with StopAsked() as asked:
        while not asked.signal:
            turn(services)
            asked.wait(TICK.total_seconds())


for command in ALL:
    commands.add_command(command)


if __name__ == "__main__":
    main()
