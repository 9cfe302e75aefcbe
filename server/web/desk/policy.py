"""How often is too often: the policy is edited and saved."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Response, make_response, redirect, request

from server.core.called import messages
from server.core.destinations import called
from server.core.one_click import WARNING
from server.core.policy import ALIKE, BadPolicy, Policy
from server.core.policy_moments import WEEKDAYS
from server.core.throttle import SENT
from server.flows.decide import decide, decisions, read_policy
from server.flows.dry_run import Seen, seen
from server.flows.guard import allowed
from server.flows.rulebook import rulebook
from server.store import surveys
from server.store.scope import SiteScope
from server.store.tables import PolicyVersion, Site
from server.web.desk.door import desk, for_a_site, page
from server.web.desk.policy_clicks import EXPLAINED
from server.web.desk.policy_draft import Draft, Typed
from server.web.desk.policy_form import draft_from, group_rows, site_says, typed_from
from server.web.desk.policy_money import COSTLY, usual
from server.web.desk.policy_pace import PERS
from server.web.desk.policy_said import said_by, told_by
from server.web.desk.policy_sends import PRICE, USUAL
from server.web.desk.policy_sentences import OWN, SENTENCES
from server.web.parts import services

TRIED_DAYS = 90


@desk.get("/policy")
@for_a_site
def policy(site: Site) -> str:
    """The policy in force, ready to be changed."""
    return policy_page(site, typed_from(site.policy, slugs_of(site)), told_by(site.policy))


@desk.post("/policy")
@for_a_site
def save(site: Site) -> Response:
    """The policy as typed, or as it was tried, in force from now on; one that says the same makes no new version."""
    draft = _tried(site) or draft_from(request.form, slugs_of(site))
    wanted = checked(site, draft)
    if wanted is None:
        return complain(site, draft)
    done = "same" if said_by(wanted) == told_by(site.policy) else decide(services(), site.id, draft.document, by="desk")
    return make_response(redirect(f"/desk/policy?site={site.key}&saved={done}", 303))


def _tried(site: Site) -> Draft | None:
    """What was tried in the dry run that the form names, whatever was typed since."""
    raw = request.form.get("tried", "")
    run = seen(services(), site.id, int(raw)) if raw.isascii() and raw.isdigit() and len(raw) < 18 else None
    return Draft(run.row.document) if run else None


def checked(site: Site, draft: Draft) -> Policy | None:
    """The policy of a draft, or None: then the draft knows every complaint."""
    try:
        wanted = read_policy(services(), site.id, draft.document)
    except BadPolicy as why:
        draft.hear(why)
        return None
    return None if draft.complaints else wanted


def complain(site: Site, draft: Draft) -> Response:
    response = make_response(policy_page(site, request.form, told_by(site.policy), draft.complaints))
    response.status_code = 422
    return response


def slugs_of(site: Site) -> dict[int, str]:
    with services().db.reading() as db:
        return dict(sorted(surveys.names(SiteScope(db, site.id)).items()))


def policy_page(
    site: Site,
    typed: Typed,
    wanted: Mapping[str, str],
    complaints: Mapping[str, str] | None = None,
    run: Seen | None = None,
    busy: bool = False,
) -> str:
    """The whole page; `run`: a dry run as it stands, `busy`: it is somebody else's."""
    rows = group_rows(typed)
    with services().db.reading() as db:
        running = {s.id: s.survey.name for s in surveys.live(SiteScope(db, site.id))}
    slugs = slugs_of(site)
    in_force = typed_from(site.policy, slugs)
    touched = {int(name.split(".")[1]) for name in _changed(typed, in_force) if re.match(r"survey\.[0-9]{1,9}\.", name)}
    return page(
        "policy.html",
        typed=typed,
        complaints=complaints or {},
        sentences=SENTENCES,
        own=OWN,
        sends={name: {"name": messages(name).capitalize(), "usual": USUAL.get(name)} for name in SENT},
        weekdays=WEEKDAYS,
        money={name: {"name": messages(name).capitalize(), "usual": usual(name)} for name in COSTLY},
        currency=services().settings.currency,
        alike=ALIKE,
        own_countries=own_countries(site),
        price=PRICE,
        pers=PERS,
        clicks=EXPLAINED,
        clicks_price=WARNING,
        group_rows=[*rows, (rows[-1] if rows else -1) + 1],
        surveys=slugs,
        running=running,
        touched=touched,
        site_says=site_says(typed),
        today=told_by(site.policy),
        wanted=wanted,
        versions=_versions(decisions(services(), site.id)),
        run=run,
        busy=busy,
        days=TRIED_DAYS,
        saved=request.args.get("saved", ""),
    )


def own_countries(site: Site) -> str:
    """Where texts and calls go while nobody has chosen: in words, empty before the first one."""
    with services().db.reading() as db:
        scope = SiteScope(db, site.id)
        own = allowed(services(), scope, replace(rulebook(scope).policy, countries=frozenset()))
    return ", ".join(sorted(called(code) for code in own or ()))


def _changed(typed: Typed, before: Typed) -> set[str]:
    return {name for name in {*typed, *before} if typed.get(name, "") != before.get(name, "")}


def _versions(rows: list[PolicyVersion]) -> list[dict[str, Any]]:
    """Each version, what it says, and what it says otherwise than the one before it."""
    told = [told_by(row.document) for row in rows]
    before = [*told[1:], said_by(Policy())]
    return [
        {
            "row": row,
            "said": list(said.values()),
            "news": [text for name, text in said.items() if past.get(name) != text]
            + [f"The {name} has no rules of its own any more." for name in past if name not in said],
        }
        for row, said, past in zip(rows, told, before, strict=False)
    ]
