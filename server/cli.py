"""Askonce from the command line: start it, set it up, ask it why."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import wraps
from typing import Any, NoReturn

import click

from server.core import identity as identities
from server.core.people import BadClaim
from server.flows import set_up
from server.flows.explain import Explained, Nobody, explain
from server.flows.keep_time import TICK, tick
from server.flows.welcome import script_tag, welcome
from server.gate.words import as_json, sentences
from server.migrations import migrate as run_migrations
from server.services import Services, complete, connect
from server.settings import Settings, SettingsError, from_environment
from server.store import sites, surveys
from server.store.db import DatabaseTrouble
from server.store.scope import SiteScope
from server.store.tables import Site
from server.up import running
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
    except (DatabaseTrouble, CannotStart, set_up.Unfit, BadClaim, Nobody) as wrong:
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


def _settings() -> Settings:
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


def _services() -> Services:
    services = connect(_settings())
    services.db.check()
    return services


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
    run_migrations(_services().db)


@commands.command()
def web() -> None:
    """Serve HTTP."""
    serve(_settings(), "server.app:serve_app")


@commands.command()
def work() -> None:
    """Send what is due."""
    from server.work import work as run  # RQ costs 125 ms that no other command needs to wait for

    run(_services())


@commands.command()
def clock() -> None:
    """Keep time: hand over what is due, find what was lost. Run one; several do no harm."""
    services = _services()
    with StopAsked() as asked:
        while not asked.signal:
            tick(services)
            asked.wait(TICK.total_seconds())


def _say(said: dict[str, Any] | list[Any], plain: str, as_json: bool) -> None:
    click.echo(json.dumps(said, ensure_ascii=False) if as_json else plain)


def _for_a_site(command: Callable[..., None]) -> Callable[..., None]:
    """Adds --site and --json; the command is called with the services and the site."""

    @click.option("--site", "name", default=None, help="The site's name or public key; the first site without it.")
    @click.option("--json", "as_json", is_flag=True, help="JSON alone on stdout.")
    @wraps(command)
    def called(name: str | None, as_json: bool, **rest: Any) -> None:
        services = _services()
        command(services, _site(services, name), as_json, **rest)

    return called


def _site(services: Services, name: str | None) -> Site:
    with services.db.reading() as db:
        found = sites.by_name(db, name) if name else next(iter(sites.all_sites(db)), None)
    if found is None:
        known = f"no site {name!r}; `askonce site list` shows them" if name else "no site yet; `askonce up` makes one"
        raise set_up.Unfit(f"there is {known}")
    return found


@commands.group()
def site() -> None:
    """Sites of this server."""


@site.command("list")
@click.option("--json", "as_json", is_flag=True, help="JSON alone on stdout.")
def list_sites(as_json: bool) -> None:
    """Every site with its public key and surveys."""
    services = _services()
    with services.db.reading() as db:
        said = [_about(services, SiteScope(db, s.id), s) for s in sites.all_sites(db)]
    _say(said, "\n".join(f"{s['name']}\t{s['key']}\t{', '.join(s['surveys'])}" for s in said), as_json)


def _about(services: Services, scope: SiteScope, site: Site) -> dict[str, Any]:
    return {
        "id": site.id,
        "name": site.name,
        "key": site.key,
        "script": script_tag(services, site),
        "surveys": {s.slug: services.link(f"/l/{s.key}") for s in surveys.live(scope)},
        "origins": [o.origin for o in sites.origins(scope) if o.allowed],
    }


@site.command("add")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="JSON alone on stdout.")
def add_site(name: str, as_json: bool) -> None:
    """Make a site with one NPS survey."""
    services = _services()
    with services.db.reading() as db:
        if sites.by_name(db, name):
            raise set_up.Unfit(f"there is a site {name!r} already")
    made = set_up.create_site(services, name)
    _say({"id": made.id, "name": made.name, "key": made.key}, made.key, as_json)


@site.group()
def origin() -> None:
    """Web origins that may show a site's surveys."""


@origin.command("add")
@click.argument("url")
@_for_a_site
def add_origin(services: Services, site: Site, as_json: bool, url: str) -> None:
    """Allow the pages of URL's origin."""
    allowed = set_up.allow_origin(services, site.id, url)
    _say({"origin": allowed}, f"{allowed} may show surveys of {site.name}", as_json)


@commands.group()
def key() -> None:
    """Secret API keys."""


@key.command("create")
@_for_a_site
def create_key(services: Services, site: Site, as_json: bool) -> None:
    """Make a key; it is shown this once."""
    made = set_up.create_key(services, site.id)
    _say({"key": made}, made, as_json)


@commands.group()
def source() -> None:
    """Systems that tell of interactions by signed hooks."""


@source.command("create")
@click.option("--name", "called", required=True, help="What the team calls it, e.g. helpdesk.")
@_for_a_site
def create_source(services: Services, site: Site, as_json: bool, called: str) -> None:
    """Make a source: the address to post to, and the secret to sign with (Standard Webhooks)."""
    made = set_up.create_source(services, site.id, called)
    said = {"url": services.link(f"/hooks/{made.key}"), "secret": set_up.source_secret(services, made)}
    _say(said, f"{said['url']}\n{said['secret']}", as_json)


@commands.group()
def identity() -> None:
    """Signed identities."""


@identity.command("sign")
@click.option("--email", default="")
@click.option("--user", "sub", default="", help="The site's own user id.")
@click.option("--phone", default="")
@click.option("--name", "called", default="")
@click.option("--minutes", default=60, show_default=True, type=click.IntRange(1, 60 * 24 * 30))
@_for_a_site
def sign_identity(
    services: Services, site: Site, as_json: bool, email: str, sub: str, phone: str, called: str, minutes: int
) -> None:
    """Sign an identity as the site's backend would, for a trial of data-identity."""
    if not (email or sub or phone):
        raise set_up.Unfit("give at least one of --email, --user, --phone")
    secret = identities.identity_secret(services.secret, site.key)
    facts = {"email": email, "sub": sub, "phone": phone, "name": called}
    token = identities.sign(secret, now=services.now(), lasts=timedelta(minutes=minutes), **facts)
    identities.read(secret, token, services.now())
    _say({"identity": token}, token, as_json)


@commands.command("desk-link")
@click.option("--json", "as_json", is_flag=True, help="JSON alone on stdout.")
def desk_link(as_json: bool) -> None:
    """A link that signs one person in to the desk, once, within a day."""
    url = set_up.desk_link(_services())
    _say({"url": url}, url, as_json)


@commands.command()
@click.argument("person")
@click.argument("survey", required=False)
@click.option("--channel", default="email", show_default=True)
@_for_a_site
def why(services: Services, site: Site, as_json: bool, person: str, survey: str | None, channel: str) -> None:
    """Why PERSON (address, number, user id) would or would not be asked SURVEY now: each rule, pass or fail."""
    found = explain(services, site.id, person, survey, channel)
    _say(_explained(found), _explained_plain(found), as_json)


def _explained(found: Explained) -> dict[str, Any]:
    return {
        "person": {"id": str(found.person.id), **found.known_by},
        "survey": found.survey.slug,
        "channel": found.channel,
        **as_json(found.verdict),
    }


def _explained_plain(found: Explained) -> str:
    who = ", ".join(found.known_by.values())
    head = f"{who}: may {'' if found.verdict.allowed else 'not '}be asked {found.survey.slug} by {found.channel} now"
    return "\n".join([head, *(f"  {line}" for line in sentences(found.verdict))])


if __name__ == "__main__":
    main()
