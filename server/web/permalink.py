"""The lasting address of one response, as the API gives it: the team sees its person in the desk."""

from __future__ import annotations

from flask import Blueprint, redirect
from werkzeug.wrappers import Response

from server.core.links import BadLink, unseal
from server.store import responses, sites
from server.web.parts import services

web = Blueprint("permalink", __name__)


@web.get("/r/<token>")
def response(token: str) -> Response:
    """Shows nothing by itself; the desk, where it leads, asks who is there."""
    id = unseal(services().secret, "page", token)
    with services().db.reading() as db:
        found = responses.by_id(db, int(id))
        site = sites.by_id(db, found.site_id) if found else None
    if found is None or site is None:
        raise BadLink("page")
    return redirect(f"/desk/people/{found.person_id}?site={site.key}", 303)
