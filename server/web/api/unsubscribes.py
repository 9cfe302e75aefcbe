"""Who wants no mail, and whose mail came back: the lists that Delighted's clients and sync tools know."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, Response, jsonify

from server.core.claims import plain
from server.core.consent import Said
from server.core.people import BadClaim, Claim
from server.core.people import email as email_form
from server.flows.state_consent import state_consent
from server.flows.trigger import Invalid
from server.store import consent_lists, people, people_lists
from server.store.consent_lists import Page
from server.store.scope import SiteScope
from server.web.api import door
from server.web.parts import services

api = Blueprint("unsubscribes", __name__)

DEEPEST = 100_000
"""Pages beyond this are empty: an offset is paid for row by row."""


@api.post("/v1/unsubscribes")
@api.post("/v1/unsubscribes.json")
def unsubscribe() -> tuple[Response, int]:
    """`person_email` wants no more mail; other channels are as they were."""
    site = door.site()
    raw = door.body().get("person_email")
    if not raw:
        raise Invalid({"person_email": ["can't be blank"]})
    try:
        address = email_form(plain(raw))
    except BadClaim as why:
        raise Invalid({"person_email": [str(why)]}) from why
    state_consent(services(), site.id, (Claim("email", address),), Said("email", False, "api"))
    return jsonify({"ok": True, "person_email": address}), 201


@api.get("/v1/unsubscribes")
@api.get("/v1/unsubscribes.json")
def unsubscribed() -> Response:
    """Oldest first, in numbered pages; an empty list ends it."""
    site = door.site()
    with services().db.reading() as db:
        scope = SiteScope(db, site.id)
        found = [(id, "", at) for id, at in consent_lists.unsubscribed(scope, _page())]
        return jsonify(_rows(scope, found, "unsubscribed_at"))


@api.get("/v1/bounces")
@api.get("/v1/bounces.json")
def bounced() -> Response:
    """Oldest first, in numbered pages; an empty list ends it."""
    site = door.site()
    with services().db.reading() as db:
        scope = SiteScope(db, site.id)
        return jsonify(_rows(scope, consent_lists.bounced(scope, _page()), "bounced_at"))


def _page() -> Page:
    numbers = door.whole("page", 1, DEEPEST), door.whole("per_page", 20, 100)
    return Page(*numbers, door.moment("since"), door.moment("until"))


def _rows(scope: SiteScope, found: list[tuple[int, str, datetime]], when: str) -> list[dict[str, Any]]:
    ids = [id for id, _, _ in found]
    known, persons = people_lists.known_by(scope, ids), people.roots(scope, ids)
    return [
        {
            "person_id": str(id),
            "email": address or known[id]["email"],
            "name": persons[id].name,
            when: int(at.timestamp()),
        }
        for id, address, at in found
    ]
