"""The command that stops what leaves on a channel, and lets it go again."""

from __future__ import annotations

from typing import Any

import click

from server.commands.door import for_a_site, say
from server.core.called import messages
from server.core.throttle import SENT
from server.flows import halt, set_up
from server.flows.sending import pause as account
from server.services import Services
from server.store.tables import Site


@click.group()
def lane() -> None:
    """What leaves by mail or text: a lane is one channel of one site, or an account at a provider."""


@lane.command("list")
@for_a_site
def list_lanes(services: Services, site: Site, as_json: bool) -> None:
    """Whether each lane is open, since when not, why, and how many messages wait for that."""
    pauses, waiting = halt.paused(services, site.id)
    said: list[dict[str, Any]] = [
        {
            "lane": channel,
            "site": site.name,
            "paused_at": int(pauses[channel].at.timestamp()) if channel in pauses else None,
            "because": pauses[channel].because if channel in pauses else None,
            "waiting": waiting.get(channel, 0),
        }
        for channel in SENT
    ]
    said += [
        {"lane": name, "site": None, "paused_at": int(at.timestamp()), "because": why, "waiting": None}
        for name, at, why in account.paused(services)
    ]
    say(said, "\n".join(_plain(line) for line in said), as_json)


def _plain(line: dict[str, Any]) -> str:
    state = f"paused: {line['because']}" if line["paused_at"] else "open"
    waits = f"; {line['waiting']} wait" if line["waiting"] else ""
    return f"{line['lane']}\t{line['site'] or 'every site'}\t{state}{waits}"


@lane.command("pause")
@click.argument("channel", type=click.Choice(SENT))
@click.option("--because", default="the team has paused them", help="The reason, for whoever looks at it later.")
@for_a_site
def pause_lane(services: Services, site: Site, as_json: bool, channel: str, because: str) -> None:
    """Nothing leaves on CHANNEL from now on. What is due waits, and is sent after `resume` unless it is too late."""
    is_news = halt.pause(services, site.id, channel, because, "command")
    what = f"{messages(channel)} of {site.name}"
    say({"lane": channel, "paused": is_news}, f"{what} {'are' if is_news else 'were already'} paused", as_json)


@lane.command("resume")
@click.argument("lane")
@for_a_site
def resume_lane(services: Services, site: Site, as_json: bool, lane: str) -> None:
    """LANE is in use again: a channel of the site, or a provider that `lane list` names. What waits for it is due."""
    try:
        was = halt.resume(services, site.id, lane) if lane in SENT else account.resume_named(services, lane)
    except (halt.StillSpent, account.NoProvider) as why:
        raise set_up.Unfit(str(why)) from why
    say({"lane": lane, "resumed": was}, f"{lane} is {'in use again' if was else 'not paused'}", as_json)
