"""People by API: make or update one and plan her survey; list them."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, request

from server.core.claims import zone_in
from server.core.people import BadClaim, Claim
from server.core.people import email as email_form
from server.core.people import phone as phone_form
from server.flows.invite import Wish, invite
from server.flows.trigger import Invalid
from server.store import people_lists
from server.store.scope import SiteScope
from server.web.api import door
from server.web.api.shapes import people_rows
from server.web.parts import services

api = Blueprint("people", __name__)

FALSE = (False, "0", "false", "False")
LAST_ID = 2**63 - 1
"""No database counts further."""


@api.post("/v1/people")
@api.post("/v1/people.json")
def make() -> tuple[Response, int]:
    """Create or update a person by email or phone number, and schedule a survey unless `send` is false."""
    site = door.site()
    wish = read_wish(door.body())
    made = invite(services(), site.id, wish)
    row = {
        "id": str(made.person_id),
        "email": made.known_by.get("email"),
        "phone_number": made.known_by.get("phone"),
        "name": made.name,
        "survey_scheduled_at": int(made.due_at.timestamp()) if made.due_at else None,
        "properties": wish.properties,
    }
    return jsonify(row), 201


def read_wish(said: Mapping[str, Any]) -> Wish:
    """The fields of POST /v1/people, understood; Invalid names every field that is not."""
    errors: dict[str, list[str]] = {}
    claims = _claims(said, errors)
    channel = str(said.get("channel") or "email")
    if channel not in ("email", "sms", "phone"):
        errors["channel"] = ["must be email, sms or phone"]
    needed, field = ("email", "email") if channel not in ("sms", "phone") else ("phone", "phone_number")
    sends = said.get("send", True) not in FALSE
    if not claims and not errors:
        errors["email"] = ["can't be blank"]
    elif sends and not any(c.kind == needed for c in claims) and field not in errors:
        errors[field] = ["can't be blank"]
    name = str(said.get("name") or "")
    if len(name) > 255:
        errors["name"] = ["must be less than 255 characters"]
    properties = said.get("properties") or {}
    if not isinstance(properties, dict) or not _fits(properties):
        errors["properties"] = ["must be a map of at most 16 kB"]
    delay = _seconds(said.get("delay"), errors)
    if errors:
        raise Invalid(errors)
    last = said.get("last_sent_at")
    asked_at = door.when("last_sent_at", last) if last not in (None, "") else None
    return Wish(claims, name, channel, delay, sends, dict(properties), asked_at, zone_in(said))


def _claims(said: Mapping[str, Any], errors: dict[str, list[str]]) -> tuple[Claim, ...]:
    claims = []
    for field, kind, form in (("email", "email", email_form), ("phone_number", "phone", phone_form)):
        raw = said.get(field)
        if isinstance(raw, (dict, list)):
            errors[field] = ["is invalid"]
        elif raw:
            try:
                claims.append(Claim(kind, form(str(raw))))  # type: ignore[arg-type]
            except BadClaim as why:
                errors[field] = [str(why)]
    return tuple(claims)


def _fits(properties: dict[str, Any]) -> bool:
    try:
        return len(json.dumps(properties, allow_nan=False)) <= 16_000
    except ValueError:  # 1e400 is JSON, and no number
        return False


def _seconds(raw: Any, errors: dict[str, list[str]]) -> timedelta | None:
    if raw in (None, ""):
        return None
    try:
        return timedelta(seconds=min(max(int(raw), 0), 366 * 86400))
    except (ValueError, TypeError, OverflowError):
        errors["delay"] = ["must be a number of seconds"]
        return timedelta(0)


@api.get("/v1/people")
@api.get("/v1/people.json")
def listed() -> Response:
    """People, oldest first, in pages that a `Link` header joins."""
    site = door.site()
    wanted = _cursor() or {
        "per_page": door.whole("per_page", 20, 100),
        "since": request.args.get("since"),
        "until": request.args.get("until"),
        "after": 0,
    }
    with services().db.reading() as db:
        scope = SiteScope(db, site.id)
        found = people_lists.listed(scope, wanted["after"], wanted["per_page"] + 1, _bounds(wanted), _named())
        rows = people_rows(scope, found[: wanted["per_page"]])
    response = jsonify(rows)
    if len(found) > wanted["per_page"]:
        info = base64.urlsafe_b64encode(json.dumps({**wanted, "after": int(rows[-1]["id"])}).encode()).decode()
        # Absolute, and carrying everything: clients send no parameters of their own to the second page.
        more = services().link("/v1/people.json?" + urlencode({"page_info": info}))
        response.headers["Link"] = f'<{more}>; rel="next"'
    return response


def _cursor() -> dict[str, Any] | None:
    """Where the next page begins. It wins over parameters beside it: Singer's tap sends both."""
    raw = request.args.get("page_info")
    if not raw:
        return None
    try:
        said = json.loads(base64.urlsafe_b64decode(raw))
        return {
            "per_page": min(max(int(said["per_page"]), 1), 100), "after": min(int(said["after"]), LAST_ID),
            "since": said["since"], "until": said["until"],
        }  # fmt: skip
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as why:
        raise Invalid({"page_info": ["is not a cursor of this list; start again without it"]}) from why


def _bounds(wanted: Mapping[str, Any]) -> tuple[Any, Any]:
    since, until = (door.when(n, wanted[n]) if wanted[n] is not None else None for n in ("since", "until"))
    return since, until


def _named() -> Claim | None:
    for field, kind, form in (("email", "email", email_form), ("phone_number", "phone", phone_form)):
        if request.args.get(field):
            try:
                return Claim(kind, form(door.plus(request.args[field])))  # type: ignore[arg-type]
            except BadClaim:
                return Claim("visitor", "nobody")
    return None
