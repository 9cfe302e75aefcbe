"""What a person said about being asked: shown on her page, and written down there by the team."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from flask import Response, abort, make_response, redirect, request

from server.core.consent import BASES, SCOPES, Said
from server.flows.merge import NoSuchPerson
from server.flows.state_consent import state_consent
from server.flows.suppress import NotSuppressed, lift
from server.store.scope import SiteScope
from server.store.tables import Site
from server.web.desk.door import desk, for_a_site
from server.web.desk.people import person_page
from server.web.desk.said import addresses
from server.web.parts import services

EVIDENCE_MAX = 255


@dataclass(frozen=True)
class Unclear:
    """What was typed into the form, and what is wrong with it, by field."""

    typed: Mapping[str, str]
    complaints: Mapping[str, str]


@desk.post("/people/<int:id>/consents")
@for_a_site
def record(site: Site, id: int) -> Response:
    """The team writes down a yes or a no, and where it can be looked up."""
    complaints = _complaints(request.form)
    if complaints:
        response = make_response(person_page(site, id, unclear=Unclear(request.form, complaints)))
        response.status_code = 422
        return response
    try:
        state_consent(services(), site.id, id, _said(request.form))
    except NoSuchPerson:
        abort(404, "there is no such person")
    return make_response(redirect(f"/desk/people/{id}?site={site.key}&recorded=said", 303))


@desk.post("/people/<int:id>/addresses/lift")
@for_a_site
def lift_suppression(site: Site, id: int) -> Response:
    """One of her addresses may be used again."""
    channel, address = (request.form.get(name, "") for name in ("channel", "address"))
    with services().db.reading() as db:
        if (channel, address) not in addresses(SiteScope(db, site.id), id):
            abort(404, "this person has no such address")
    with suppress(NotSuppressed):  # somebody else was faster, and it is as it was wanted
        lift(services(), site.id, channel, address, "desk", noted_by="desk")
    return make_response(redirect(f"/desk/people/{id}?site={site.key}&recorded=lifted", 303))


def _complaints(form: Mapping[str, str]) -> dict[str, str]:
    complaints = {}
    if form.get("scope") not in SCOPES:
        complaints["scope"] = "Choose a channel, or every channel."
    if form.get("answer") not in ("yes", "no"):
        complaints["answer"] = "Say whether it was a yes or a no."
    if form.get("answer") == "yes" and form.get("basis") not in BASES:
        complaints["basis"] = "Choose why this person may be asked."
    if form.get("answer") == "yes" and not form.get("evidence", "").strip():
        complaints["evidence"] = "Say where the yes can be looked up: a form and its date, a message, a contract."
    if len(form.get("evidence", "")) > EVIDENCE_MAX:
        complaints["evidence"] = f"At most {EVIDENCE_MAX} characters, please."
    return complaints


def _said(form: Mapping[str, str]) -> Said:
    given = form["answer"] == "yes"
    evidence = " ".join(form.get("evidence", "").split())
    basis = form["basis"] if given else ""
    return Said(form["scope"], given, "desk", basis=basis, evidence=evidence, noted_by="desk")
