"""The commands with which a team sets its server up, and asks it why."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import wraps
from typing import Any

import click

from server.core import identity as identities
from server.flows import set_up
from server.flows.explain import Explained, explain
from server.flows.welcome import script_tag
from server.gate.words import as_json, sentences
from server.migrations import require_newest
from server.services import Services, complete, connect
from server.settings import Settings, from_environment
from server.store import sites, surveys
from server.store.scope import SiteScope
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


def _say(said: dict[str, Any] | list[Any], plain: str, as_json: bool) -> None:
    click.echo(json.dumps(said, ensure_ascii=False) if as_json else plain)


def _for_a_site(command: Callable[..., None]) -> Callable[..., None]:
    """Adds --site and --json; the command is called with the services and the site."""

    @click.option("--site", "name", default=None, help="The site's name or public key; the first site without it.")
    @click.option("--json", "as_json", is_flag=True, help="JSON alone on stdout.")
    @wraps(command)
    def called(name: str | None, as_json: bool, **rest: Any) -> None:
        services = services_beside()
        command(services, _site(services, name), as_json, **rest)

    return called


def _site(services: Services, name: str | None) -> Site:
    with services.db.reading() as db:
        found = sites.by_name(db, name) if name else next(iter(sites.all_sites(db)), None)
    if found is None:
        known = f"no site {name!r}; `askonce site list` shows them" if name else "no site yet; `askonce up` makes one"
        raise set_up.Unfit(f"there is {known}")
    return found


@click.group()
def site() -> None:
    """Sites of this server."""


@site.command("list")
@click.option("--json", "as_json", is_flag=True, help="JSON alone on stdout.")
def list_sites(as_json: bool) -> None:
    """Every site with its public key and surveys."""
    services = services_beside()
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
    services = services_beside()
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


@click.group()
def key() -> None:
    """Secret API keys."""


@key.command("create")
@_for_a_site
def create_key(services: Services, site: Site, as_json: bool) -> None:
    """Make a key; it is shown this once."""
    made = set_up.create_key(services, site.id)
    _say({"key": made}, made, as_json)


@click.group()
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


@click.group()
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


@click.command("desk-link")
@click.option("--json", "as_json", is_flag=True, help="JSON alone on stdout.")
def desk_link(as_json: bool) -> None:
    """A link that signs one person in to the desk, once, within a day."""
    url = set_up.desk_link(services_beside())
    _say({"url": url}, url, as_json)


@click.command()
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


ALL = (site, key, source, identity, desk_link, why)
