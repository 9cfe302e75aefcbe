"""Consent by API: what somebody said about being asked, and the addresses that must not be used."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, get_args

from flask import Blueprint, Response, jsonify, request

from server.core.claims import claims_in, plain
from server.core.consent import BASES, SCOPES, SURVEY, Said, Statement, standing
from server.core.people import NORMAL_FORMS, BadClaim, Claim, guess
from server.core.throttle import Channel
from server.flows.consent import ADDRESSES
from server.flows.state_consent import state_consent
from server.flows.suppress import NotSuppressed, lift
from server.flows.trigger import Invalid
from server.store import consents, identities, people, people_lists
from server.store.scope import SiteScope
from server.store.tables import Suppression
from server.web.api import door
from server.web.errors import said as error
from server.web.parts import services

api = Blueprint("consents", __name__)

MOST = 100
AHEAD_MOST = timedelta(minutes=5)
"""Clocks differ by so much; what is later was not said yet."""
TRUE, FALSE = (True, "true", "True", "1"), (False, "false", "False", "0")

_WORD = re.compile(r"[a-z0-9_-]{1,20}")


@api.post("/v1/consents")
@api.post("/v1/consents.json")
def tell() -> tuple[Response, int]:
    """A yes or a no, kept as a statement; 201, or 200 for what stands already and was not said at a later time of its
    own. Whoever is unknown is made: a no must hold also when she comes later."""
    site = door.site()
    claims, said = read_statement(door.body(), services().now())
    stated = state_consent(services(), site.id, claims, said)
    with services().db.reading() as db:
        reply = _person(SiteScope(db, site.id), stated.person.id)
    return jsonify({**reply, "written": stated.is_news}), 201 if stated.is_news else 200


@api.get("/v1/consents")
@api.get("/v1/consents.json")
def told() -> Response:
    """What stands of one person on each channel, and her statements, the latest first."""
    site = door.site()
    who = door.plus(request.args.get("person", "")).strip()
    with services().db.reading() as db:
        scope = SiteScope(db, site.id)
        person = identities.find(scope, [_guessed(who)])
        if person is None:
            return error(404, f"nobody here is known as {who}")
        lines = consents.told(scope, people.family(scope, person.id), MOST)
        return jsonify({**_person(scope, person.id), "statements": [_statement(line) for line in lines]})


@api.get("/v1/suppressions")
@api.get("/v1/suppressions.json")
def suppressed() -> Response:
    """Addresses that must not be used, oldest first, at most a hundred from behind the id `after`."""
    site = door.site()
    after = door.whole("after", 0, 2**53)
    with services().db.reading() as db:
        return jsonify([_suppression(row) for row in consents.suppressions(SiteScope(db, site.id), after, MOST)])


@api.post("/v1/suppressions/lift")
@api.post("/v1/suppressions/lift.json")
def lift_one() -> Response:
    """`{"channel", "address"}` may be used again; 404 when it may already."""
    site = door.site()
    said = door.body()
    channel, raw = str(said.get("channel")), said.get("address")
    if channel not in ADDRESSES:
        raise Invalid({"channel": [f"must be one of {', '.join(ADDRESSES)}"]})
    try:
        address = NORMAL_FORMS[ADDRESSES[channel]](plain(raw or ""))
    except BadClaim as why:
        raise Invalid({"address": [str(why)]}) from why
    try:
        lift(services(), site.id, channel, address, "api")
    except NotSuppressed:
        return error(404, f"{address} is not suppressed")
    return jsonify({"ok": True})


def read_statement(said: Mapping[str, Any], now: datetime) -> tuple[tuple[Claim, ...], Said]:
    """`{"person": {"email"?, "phone"?, "user_id"?}, "channel", "given", "purpose"?, "basis"?, "source"?, "evidence"?,
    "at"?: Unix seconds}`, understood. Raises Invalid, naming every field that is not fit."""
    errors: dict[str, list[str]] = {}
    claims = claims_in(said.get("person"), errors)
    channel, given = said.get("channel"), said.get("given")
    if channel not in SCOPES:
        errors["channel"] = [f"must be one of {', '.join(SCOPES)}"]
    if given not in (*TRUE, *FALSE):
        errors["given"] = ["must be true (a yes) or false (a no)"]
    is_yes = given in TRUE
    basis = said.get("basis") or ("consent" if is_yes else "")
    if is_yes and basis not in BASES:
        errors["basis"] = [f"must be one of {', '.join(BASES)}"]
    elif basis and not is_yes:
        errors["basis"] = ["belongs to a yes; leave it out of a no"]
    words = {name: said.get(name) or usual for name, usual in (("purpose", SURVEY), ("source", "api"))}
    for name, word in words.items():
        if not isinstance(word, str) or not _WORD.fullmatch(word):
            errors[name] = ["must be a word of at most 20 of a-z, 0-9, _ and -"]
    evidence = said.get("evidence") or ""
    if not isinstance(evidence, str) or len(evidence) > 255 or not evidence.isprintable():
        errors["evidence"] = ["must be one line of at most 255 characters"]
    at = _when(said.get("at"), now, errors)
    if errors:
        raise Invalid(errors)
    return claims, Said(str(channel), is_yes, words["source"], words["purpose"], str(basis), evidence, at=at)


def _when(raw: Any, now: datetime, errors: dict[str, list[str]]) -> datetime | None:
    if raw in (None, ""):
        return None
    try:
        at = door.when("at", raw)
    except Invalid as why:
        errors.update(why.errors)
        return None
    if at > now + AHEAD_MOST:
        errors["at"] = ["lies ahead; give the Unix seconds at which it was said"]
    return min(at, now)


def _guessed(who: str) -> Claim:
    try:
        return guess(who)
    except BadClaim as why:
        raise Invalid({"person": ["must be an email address, a phone number or a user id"]}) from why


def _person(scope: SiteScope, person_id: int) -> dict[str, Any]:
    """Who it is, what stands on each channel, and which of her addresses must not be used."""
    latest = consents.latest(scope, people.family(scope, person_id))
    found = ((channel, standing(latest, channel)) for channel in get_args(Channel))
    known = people_lists.known_by(scope, [person_id])[person_id]
    stands = {channel: (None if s is None else "yes" if s.given else "no") for channel, s in found}
    return {"person": {"id": str(person_id), **known}, "stands": stands}


def _statement(line: Statement) -> dict[str, Any]:
    named = {"channel": line.scope, "given": line.given, "purpose": line.purpose, "basis": line.basis or None}
    whence = {"source": line.source, "evidence": line.evidence or None, "noted_by": line.noted_by or None}
    return {**named, **whence, "at": int(line.at.timestamp())}


def _suppression(row: Suppression) -> dict[str, Any]:
    what = {"id": str(row.id), "channel": row.channel, "address": row.address, "reason": row.reason}
    return {**what, "source": row.source, "detail": row.detail, "at": int(row.at.timestamp())}
