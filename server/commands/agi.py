"""The command that takes the calls of an Asterisk of one's own."""

from __future__ import annotations

import asyncio
from typing import Any

import click

from server.commands.door import for_a_site, say
from server.services import Services
from server.store import surveys
from server.store.scope import SiteScope
from server.store.tables import Site

PORT = 4573
"""Where Asterisk looks for FastAGI when it is not told."""


@click.group()
def agi() -> None:
    """Surveys on an Asterisk of your own, by FastAGI."""


@agi.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where it listens; calls need our seal as well.")
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True)
@click.option("--speak", default="", help="The application that speaks a text, such as Espeak; else sound files.")
@for_a_site
def serve_agi(services: Services, site: Site, as_json: bool, host: str, port: int, speak: str) -> None:
    """Take calls until interrupted. Prints the address for the dialplan: AGI(agi://…?survey=nps)."""
    asyncio.run(_serve(services, site, as_json, host, port, speak))


async def _serve(services: Services, site: Site, as_json: bool, host: str, port: int, speak: str) -> None:
    from server.agi import address, serve

    server = await serve(services, host, port, speak)
    found = address(services, site.key, host, server.sockets[0].getsockname()[1])
    say({"address": found}, found, as_json)
    async with server:
        await server.serve_forever()


@agi.command("sounds")
@click.argument("survey", default="")
@for_a_site
def sounds(services: Services, site: Site, as_json: bool, survey: str) -> None:
    """Every text of SURVEY with the sound file in which it is to be spoken, one a line, in each of its languages."""
    from server.agi import sound
    from server.flows.call.sheet import texts_of

    with services.db.reading() as db:
        found = surveys.named(SiteScope(db, site.id), survey or None)
    if found is None:
        raise click.ClickException(f"this site has no survey {survey!r}")
    said: list[dict[str, Any]] = [{"file": sound(text), "text": text} for text in texts_of(site, found)]
    say(said, "\n".join(f"{each['file']}\t{each['text']}" for each in said), as_json)
