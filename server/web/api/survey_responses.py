"""Responses by API, in numbered pages."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from server.core.people import BadClaim, Claim
from server.core.people import email as email_form
from server.store import people, responses
from server.store.scope import SiteScope
from server.web.api import door
from server.web.api.shapes import response_rows
from server.web.parts import services

api = Blueprint("survey_responses", __name__)

DEEPEST = 100_000
"""Pages beyond this are empty: an offset is paid for row by row."""


@api.get("/v1/survey_responses")
@api.get("/v1/survey_responses.json")
def listed() -> Response:
    """Oldest first unless `order` says otherwise; an empty list ends it."""
    site = door.site()
    with services().db.reading() as db:
        scope = SiteScope(db, site.id)
        wanted = _wanted(scope)
        found = responses.listed(scope, wanted) if wanted else []
        return jsonify(response_rows(scope, found, services(), with_person=door.wants("person")))


def _wanted(scope: SiteScope) -> responses.Wanted | None:
    """What the query asks for; None when it names a person that is not here."""
    direction, _, column = request.args.get("order", "asc").partition(":")
    person_id = _person(scope)
    if person_id == 0:
        return None
    return responses.Wanted(
        page=door.whole("page", 1, DEEPEST),
        per_page=door.whole("per_page", 20, 100),
        newest_first=direction == "desc",
        by_update=column == "updated_at",
        since=door.moment("since"),
        until=door.moment("until"),
        updated_since=door.moment("updated_since"),
        updated_until=door.moment("updated_until"),
        person_id=person_id,
    )


def _person(scope: SiteScope) -> int | None:
    """The person asked for, 0 for one that is not here, None for everybody."""
    if request.args.get("person_id"):
        raw = request.args["person_id"]
        return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 18 else 0
    if request.args.get("person_email"):
        try:
            found = people.find(scope, [Claim("email", email_form(request.args["person_email"]))])
        except BadClaim:
            return 0
        return found.id if found else 0
    return None
