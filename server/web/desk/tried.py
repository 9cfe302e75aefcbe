"""A policy is tried on the past before it is saved: begun here, followed here, told here."""

from __future__ import annotations

from flask import Response, abort, make_response, redirect, request

from server.flows.dry_run import Seen, begin, seen
from server.store.tables import Site
from server.web.desk.door import desk, for_a_site, page
from server.web.desk.policy import TRIED_DAYS, checked, complain, policy_page, slugs_of
from server.web.desk.policy_form import draft_from, typed_from
from server.web.desk.policy_said import said_by, told_by
from server.web.parts import services


@desk.get("/policy/try")
@for_a_site
def try_nothing(site: Site) -> Response:
    """For whoever comes back to the address of a try."""
    return make_response(redirect(f"/desk/policy?site={site.key}", 303))


@desk.post("/policy/try")
@for_a_site
def try_out(site: Site) -> Response:
    """Begin the dry run of the policy as typed. While another one of the site runs, that one is shown."""
    draft = draft_from(request.form, slugs_of(site))
    wanted = checked(site, draft)
    if wanted is None:
        return complain(site, draft)
    id = begin(services(), site.id, draft.document, TRIED_DAYS, by="desk")
    run = seen(services(), site.id, id)
    if run and run.row.document != draft.document:
        return make_response(policy_page(site, request.form, said_by(wanted), run=run, busy=True))
    return make_response(redirect(f"/desk/policy/try/{id}?site={site.key}", 303))


@desk.get("/policy/try/<int:id>")
@for_a_site
def tried(site: Site, id: int) -> str:
    """The policy that is tried, ready to be changed further, and how far its dry run is."""
    run = _run(site, id)
    return policy_page(site, typed_from(run.row.document, slugs_of(site)), told_by(run.row.document), run=run)


@desk.get("/policy/try/<int:id>/progress")
@for_a_site
def progress(site: Site, id: int) -> str:
    """Asked twice a second by the page that follows a dry run: the part of it that changes."""
    run = _run(site, id)
    today, wanted = told_by(site.policy), told_by(run.row.document)
    busy = "busy" in request.args
    return page("tried.html", run=run, today=today, wanted=wanted, complaints={}, busy=busy)


def _run(site: Site, id: int) -> Seen:
    found = seen(services(), site.id, id) if id < 2**63 else None
    return found or abort(404, "there is no such dry run any more; try the policy again")
