"""The commands that speak of the gate: the policy, a rehearsal of one, and why somebody was not asked."""

from __future__ import annotations

import json
import sys
from typing import Any, TextIO

import click

from server.commands.door import for_a_site, say
from server.core.one_click import warning
from server.core.policy import Policy
from server.core.rehearsal import Tale
from server.flows import set_up
from server.flows.decide import decide, decisions, read_policy
from server.flows.explain import Explained, explain
from server.flows.rehearse import chances_in, rehearse
from server.gate.words import tale_as_json, tale_lines
from server.services import Services
from server.store.tables import Site


@click.group()
def policy() -> None:
    """How often is too often: a site's rules about asking."""


@policy.command("show")
@for_a_site
def show_policy(services: Services, site: Site, as_json: bool) -> None:
    """The policy in force; what it does not say is the default."""
    click.echo(json.dumps(site.policy, ensure_ascii=False, indent=None if as_json else 2))


@policy.command("set")
@click.argument("file", type=click.File())
@for_a_site
def set_policy(services: Services, site: Site, as_json: bool, file: TextIO) -> None:
    """Put the policy in FILE (JSON, - for standard input) in force; rehearse it first."""
    document = _document(file)
    number = decide(services, site.id, document, "command line")
    if said := warning(read_policy(services, site.id, document).rules_of_clicks):
        click.echo(f"askonce: {said}", err=True)
    say({"version": number}, f"version {number} of the policy of {site.name} is in force", as_json)


@policy.command("history")
@for_a_site
def policy_history(services: Services, site: Site, as_json: bool) -> None:
    """Every version of the policy, the latest first."""
    said = [
        {"version": v.number, "at": int(v.made_at.timestamp()), "by": v.made_by, "policy": v.document}
        for v in decisions(services, site.id)
    ]
    lines = (f"{v['version']}\t{v['by']}\t{json.dumps(v['policy'], ensure_ascii=False)}" for v in said)
    say(said, "\n".join(lines) or "never changed: the defaults are in force", as_json)


@click.command("rehearse")
@click.argument("file", type=click.File())
@click.option("--days", default=90, show_default=True, type=click.IntRange(1, 400))
@for_a_site
def rehearse_policy(services: Services, site: Site, as_json: bool, file: TextIO, days: int) -> None:
    """What the policy in FILE would have done in the last days, beside what happened. Changes nothing."""
    wanted = read_policy(services, site.id, _document(file))
    tale = _rehearsed(services, site, wanted, days)
    say(tale_as_json(tale), "\n".join(tale_lines(tale, days)), as_json)


def _rehearsed(services: Services, site: Site, wanted: Policy, days: int) -> Tale:
    """With a bar on stderr, when somebody looks at it."""
    if not sys.stderr.isatty():
        return rehearse(services, site.id, wanted, days)
    label = f"Telling the last {days} days again"
    with click.progressbar(length=chances_in(services, site.id, days), label=label, file=sys.stderr) as bar:
        return rehearse(services, site.id, wanted, days, lambda done: bar.update(done - bar.pos))


def _document(file: TextIO) -> Any:
    try:
        return json.load(file)
    except (ValueError, RecursionError) as why:
        raise set_up.Unfit(f"{file.name} is not JSON: {why}") from why


@click.command()
@click.argument("person")
@click.argument("survey", required=False)
@click.option("--channel", default="email", show_default=True)
@for_a_site
def why(services: Services, site: Site, as_json: bool, person: str, survey: str | None, channel: str) -> None:
    """Why PERSON (address, number, user id) would or would not be asked SURVEY now: each rule, pass or fail."""
    found = explain(services, site.id, person, survey, channel)
    say(found.as_json(), _explained_plain(found), as_json)


def _explained_plain(found: Explained) -> str:
    who = ", ".join(found.known_by.values())
    head = f"{who}: may {'' if found.verdict.allowed else 'not '}be asked {found.survey.slug} by {found.channel} now"
    return "\n".join([head, *(f"  {line}" for line in found.sentences)])
