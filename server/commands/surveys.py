"""The commands that speak of surveys: which there are, and each as a file."""

from __future__ import annotations

import json
from typing import TextIO

import click

from server.commands.door import for_a_site, say
from server.core.surveys import BadSurvey
from server.core.surveys.schema import schema
from server.flows import set_up
from server.flows.make_survey import STATES, make, publish, put, save
from server.services import Services
from server.store import survey_versions
from server.store.scope import SiteScope
from server.store.tables import Site, SurveyRow


@click.group()
def survey() -> None:
    """Surveys of a site, as files."""


@survey.command("list")
@for_a_site
def list_surveys(services: Services, site: Site, as_json: bool) -> None:
    """Every survey: its slug, its state, what it is called, and how many answers came."""
    with services.db.reading() as db:
        found = survey_versions.listed(SiteScope(db, site.id))
    said = [
        {
            "id": each.row.id,
            "slug": each.row.slug,
            "state": each.row.state,
            "name": str(each.newest.definition.get("name") or ""),
            "answers": each.answers,
            "asked": each.asked,
            "newest": each.newest.number,
        }
        for each in found
    ]
    say(said, "\n".join(f"{s['slug']}\t{s['state']}\t{s['name']}\t{s['answers']}" for s in said), as_json)


@survey.command("export")
@click.argument("slug")
@click.option("--version", "number", type=int, default=None, help="Not the newest, but this one.")
@for_a_site
def export_survey(services: Services, site: Site, as_json: bool, slug: str, number: int | None) -> None:
    """The survey SLUG as JSON, in its newest version."""
    with services.db.reading() as db:
        scope = SiteScope(db, site.id)
        row = _named(scope, slug)
        found = survey_versions.version(scope, row.id, number) if number else survey_versions.newest(scope, row.id)
    if found is None:
        raise set_up.Unfit(f"there is no version {number} of {slug}")
    click.echo(json.dumps(found.definition, ensure_ascii=False, indent=None if as_json else 2))


@survey.command("import")
@click.argument("file", type=click.File())
@click.option("--slug", default="", help="A survey of this slug gets a new version; without it a new survey is made.")
@click.option("--publish", "at_once", is_flag=True, help="Ask it from now on.")
@for_a_site
def import_survey(services: Services, site: Site, as_json: bool, file: TextIO, slug: str, at_once: bool) -> None:
    """Take in the survey in FILE (JSON, - for standard input) as a draft."""
    try:
        definition = json.load(file)
    except (ValueError, RecursionError) as why:
        raise set_up.Unfit(f"{file.name} is not JSON: {why}") from why
    try:
        said = _taken_in(services, site, definition, slug, at_once)
    except BadSurvey as why:
        raise set_up.Unfit("\n".join(why.complaints)) from why
    say(said, f"{said['slug']} {'is asked' if at_once else 'is a draft'} in version {said['version']}", as_json)


def _taken_in(services: Services, site: Site, definition: object, slug: str, at_once: bool) -> dict[str, object]:
    with services.db.reading() as db:
        known = survey_versions.by_slug(SiteScope(db, site.id), slug) if slug else None
    body: dict[str, object] = definition if isinstance(definition, dict) else {}
    row = known or make(services, site.id, body, "command line", slug)
    number = save(services, site.id, row.id, body, "command line").number
    if at_once:
        publish(services, site.id, row.id, "command line")
    return {"id": row.id, "slug": row.slug, "version": number, "state": "live" if at_once else row.state}


@survey.command("set")
@click.argument("slug")
@click.argument("state", type=click.Choice(tuple(STATES)))
@for_a_site
def set_state(services: Services, site: Site, as_json: bool, slug: str, state: str) -> None:
    """The survey SLUG is asked (live), for now not (paused), or over (closed)."""
    with services.db.reading() as db:
        row = _named(SiteScope(db, site.id), slug)
    put(services, site.id, row.id, state, "command line")
    say({"slug": slug, "state": state}, f"{slug} is {state}", as_json)


@survey.command("schema")
def show_schema() -> None:
    """What a survey's JSON may be, as JSON Schema."""
    click.echo(json.dumps(schema(), indent=2))


def _named(scope: SiteScope, slug: str) -> SurveyRow:
    found = survey_versions.by_slug(scope, slug)
    if found is None:
        raise set_up.Unfit(f"there is no survey {slug!r}; `askonce survey list` shows them")
    return found
