"""The commands with which a team sets its sites up."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import click

from server.commands.door import for_a_site, say, services_beside
from server.core import identity as identities
from server.flows import set_up
from server.flows.welcome import script_tag
from server.services import Services
from server.store import sites, surveys
from server.store.scope import SiteScope
from server.store.tables import Site


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
    say(said, "\n".join(f"{s['name']}\t{s['key']}\t{', '.join(s['surveys'])}" for s in said), as_json)


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
    say({"id": made.id, "name": made.name, "key": made.key}, made.key, as_json)


@site.group()
def origin() -> None:
    """Web origins that may show a site's surveys."""


@origin.command("add")
@click.argument("url")
@for_a_site
def add_origin(services: Services, site: Site, as_json: bool, url: str) -> None:
    """Allow the pages of URL's origin."""
    allowed = set_up.allow_origin(services, site.id, url)
    say({"origin": allowed}, f"{allowed} may show surveys of {site.name}", as_json)


@click.group()
def key() -> None:
    """Secret API keys."""


@key.command("create")
@for_a_site
def create_key(services: Services, site: Site, as_json: bool) -> None:
    """Make a key; it is shown this once."""
    made = set_up.create_key(services, site.id)
    say({"key": made}, made, as_json)


@click.group()
def source() -> None:
    """Systems that tell of interactions by signed hooks."""


@source.command("create")
@click.option("--name", "called", required=True, help="What the team calls it, e.g. helpdesk.")
@for_a_site
def create_source(services: Services, site: Site, as_json: bool, called: str) -> None:
    """Make a source: the address to post to, and the secret to sign with (Standard Webhooks)."""
    made = set_up.create_source(services, site.id, called)
    said = {"url": services.link(f"/hooks/{made.key}"), "secret": set_up.source_secret(services, made)}
    say(said, f"{said['url']}\n{said['secret']}", as_json)


@click.group()
def identity() -> None:
    """Signed identities."""


@identity.command("sign")
@click.option("--email", default="")
@click.option("--user", "sub", default="", help="The site's own user id.")
@click.option("--phone", default="")
@click.option("--name", "called", default="")
@click.option("--minutes", default=60, show_default=True, type=click.IntRange(1, 60 * 24 * 30))
@for_a_site
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
    say({"identity": token}, token, as_json)


@click.command("desk-link")
@click.option("--json", "as_json", is_flag=True, help="JSON alone on stdout.")
def desk_link(as_json: bool) -> None:
    """A link that signs one person in to the desk, once, within a day."""
    url = set_up.desk_link(services_beside())
    say({"url": url}, url, as_json)
