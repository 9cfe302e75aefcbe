"""What every command needs: the server beside it, the site it is about, and a way to say what came of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any

import click

from server.environment import from_environment
from server.flows import set_up
from server.migrations import require_newest
from server.services import Services, complete, connect
from server.settings import Settings
from server.store import sites
from server.store.tables import Site
from server.up import running


def settings_beside() -> Settings:
    """The settings of this command: what a server that is up in the data folder runs on, unless said otherwise."""
    settings = from_environment()
    beside = running.find(settings.data)
    if beside:
        settings = replace(
            settings,
            database_url=settings.database_url or beside.database_url,
            redis_url=settings.redis_url or beside.redis_url,
            public_url=settings.public_url or beside.public_url,
        )
    return complete(settings)


def services_beside() -> Services:
    services = connect(settings_beside())
    services.db.check()
    require_newest(services.db)
    return services


def say(said: dict[str, Any] | list[Any], plain: str, as_json: bool) -> None:
    click.echo(json.dumps(said, ensure_ascii=False) if as_json else plain)


def for_a_site(command: Callable[..., None]) -> Callable[..., None]:
    """Adds --site and --json; the command is called with the services and the site."""

    @click.option("--site", "name", default=None, help="The site's name or public key; the first site without it.")
    @click.option("--json", "as_json", is_flag=True, help="JSON alone on stdout.")
    @wraps(command)
    def called(name: str | None, as_json: bool, **rest: Any) -> None:
        services = services_beside()
        command(services, site_named(services, name), as_json, **rest)

    return called


def site_named(services: Services, name: str | None) -> Site:
    with services.db.reading() as db:
        found = sites.by_name(db, name) if name else next(iter(sites.all_sites(db)), None)
    if found is None:
        known = f"no site {name!r}; `askonce site list` shows them" if name else "no site yet; `askonce up` makes one"
        raise set_up.Unfit(f"there is {known}")
    return found
