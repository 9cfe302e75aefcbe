"""A support system tells that something was done: ask its person about it. Told twice, it is one trigger."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from server.core.claims import claims_in, zone_in
from server.core.contact import override_in
from server.core.links import hook_secret, hook_signature, same
from server.core.people import Claim, line
from server.core.surveys.delivery import INTERACTION, LONGEST
from server.flows.merge import forget_merged
from server.flows.plan import Occasion, Planned, hand_over, plan
from server.gate.words import as_json
from server.services import Services
from server.store import identities, sites, surveys, triggers
from server.store.scope import SiteScope
from server.store.tables import Source

TOLERANCE = timedelta(seconds=300)


class BadHook(Exception):
    """Not signed by this source, or not now. Nothing was stored."""


class OtherBody(Exception):
    """This id was told before, with another body."""


class Invalid(Exception):
    """The body cannot be understood; `errors` says for each field what to do."""

    def __init__(self, errors: Mapping[str, list[str]]):
        super().__init__("; ".join(f"{field} {'; '.join(why)}" for field, why in errors.items()))
        self.errors = dict(errors)


@dataclass(frozen=True)
class Hook:
    """A delivery in the form of Standard Webhooks 1.0.0, as it came."""

    id: str
    timestamp: str
    signatures: str
    body: bytes


def trigger(services: Services, source_key: str, hook: Hook) -> dict[str, Any]:
    """Take `hook` in: the trigger and its planned invitation in one commit. Returns the reply, the first one for
    an id told again. Raises BadHook, OtherBody or Invalid, each with nothing stored."""
    source = _verified(services, source_key, hook)
    told = Told(services, source, hook)
    with services.db.reading() as db:
        known = told.again(SiteScope(db, source.site_id))
    if known is not None:
        return known
    wanted = read_body(hook.body)
    try:
        with services.db.writing() as db:
            scope = SiteScope(db, source.site_id)
            reply, planned = _take_in(services, scope, source, hook, wanted)
    except triggers.ToldAlready:
        with services.db.reading() as db:
            return told.again(SiteScope(db, source.site_id)) or {}
    forget_merged(services, scope)
    hand_over(services, planned)
    return reply


@dataclass(frozen=True)
class Told:
    """What is known of one delivery."""

    services: Services
    source: Source
    hook: Hook

    def again(self, scope: SiteScope) -> dict[str, Any] | None:
        known = triggers.told(scope, self.source.id, self.hook.id)
        if known is None:
            return None
        if known.body_hash != sha256(self.hook.body).hexdigest():
            raise OtherBody(self.hook.id)
        return known.reply


@dataclass(frozen=True)
class Wanted:
    """What a hook of the generic source says, understood."""

    event: str
    claims: tuple[Claim, ...]
    name: str
    survey: str
    channel: str
    """Empty for the survey to say."""
    occasion: Occasion
    zone: str = ""


CHANNELS = ("email", "sms", "phone", "link")
NEEDED = {"email": ("email", "email"), "sms": ("phone", "phone"), "phone": ("phone", "phone")}
"""The field that a channel needs, and the kind of claim that it makes."""


def read_body(body: bytes) -> Wanted:
    """`{"event", "person": {"email"?, "phone"?, "user_id"?, "name"?, "zone"?}, "survey"?, "channel"?, "properties"?,
    "interaction"?: "call" | "chat" | "email" | another word, "delay"?: seconds, "expires_after"?: seconds,
    "override"?: {"rules": [name, …], "because"}}`."""
    try:
        said = json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError) as why:
        raise Invalid({"body": ["is not JSON"]}) from why
    if not isinstance(said, dict):
        raise Invalid({"body": ["must be a JSON object"]})
    errors: dict[str, list[str]] = {}
    claims = claims_in(said.get("person"), errors)
    who = said["person"] if isinstance(said.get("person"), dict) else {}
    channel = said.get("channel") or ""
    if channel and channel not in CHANNELS:
        errors["channel"] = ["must be email, sms, phone or link"]
    kinds = {claim.kind for claim in claims}
    needs = channel or ("" if kinds & {"email", "phone"} else "email")
    field, kind = NEEDED.get(str(needs), ("", ""))
    if kind and not kinds & {kind, "user"}:
        errors.setdefault(f"person.{field}", [f"is needed to ask by {needs}"])
    occasion = _occasion(said, line(said.get("event"), 120), errors)
    if errors:
        raise Invalid(errors)
    text = {field: line(said.get(field), 120) for field in ("event", "survey")}
    return Wanted(
        text["event"], claims, line(who.get("name"), 255), text["survey"], str(channel), occasion, zone_in(who)
    )


def _occasion(said: Mapping[str, Any], event: str, errors: dict[str, list[str]]) -> Occasion:
    properties, interaction = said.get("properties") or {}, said.get("interaction") or ""
    if not isinstance(properties, dict) or len(json.dumps(properties)) > 16_000:
        errors["properties"], properties = ["must be an object of at most 16 kB"], {}
    if interaction and not (isinstance(interaction, str) and INTERACTION.fullmatch(interaction)):
        errors["interaction"] = ["must be call, chat, email or another word in small letters, of at most 40"]
    waits: dict[str, Any] = {
        name: _seconds(said.get(name), name, least, errors) for name, least in (("delay", 0), ("expires_after", 1))
    }
    override = override_in(said.get("override"), errors)
    return Occasion({**properties, "event": event}, str(interaction), **waits, override=override)


def _seconds(raw: Any, name: str, least: int, errors: dict[str, list[str]]) -> timedelta | None:
    if raw is None:
        return None
    most = int(LONGEST.total_seconds())
    if isinstance(raw, bool) or not isinstance(raw, int) or not least <= raw <= most:
        errors[name] = [f"must be a whole number of seconds from {least} to {most}"]
        return None
    return timedelta(seconds=raw)


def _no_number(word: str) -> None:
    """Python reads NaN and Infinity, which are no JSON and in no database."""
    raise ValueError(word)


def _verified(services: Services, source_key: str, hook: Hook) -> Source:
    with services.db.reading() as db:
        source = sites.source_by_key(db, source_key)
    # The same work and the same answer whether the source is there or not.
    secret = hook_secret(services.secret, source.key if source else "nobody")
    expected = hook_signature(secret, hook.id, hook.timestamp, hook.body)
    signed = any(same(expected, offered) for offered in hook.signatures.split()[:10])
    if source is None or not signed or not hook.id or len(hook.id) > 255:
        raise BadHook("the signature does not fit; sign `id.timestamp.body` with this source's secret")
    if not _is_now(hook.timestamp, services.now()):
        raise BadHook("webhook-timestamp is more than 300 s away from the time here")
    return source


def _is_now(timestamp: str, now: datetime) -> bool:
    plain = timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 13
    return plain and abs(int(timestamp) - now.timestamp()) <= TOLERANCE.total_seconds()


def _take_in(
    services: Services, scope: SiteScope, source: Source, hook: Hook, wanted: Wanted
) -> tuple[dict[str, Any], Planned]:
    now = services.now()
    survey = surveys.named(scope, wanted.survey)
    if survey is None:
        raise Invalid({"survey": [f"{wanted.survey or 'default'} is not a survey of this site"]})
    # First the unique row: of many tellings at once, one goes on from here.
    row = triggers.claim(scope, source.id, hook.id, sha256(hook.body).hexdigest(), wanted.event, now)
    person = identities.find_or_make(scope, wanted.claims, wanted.name, now, "hook", wanted.zone)
    planned = plan(services, scope, person, wanted.claims, survey, wanted.channel, wanted.occasion)
    channel = planned.invitation.channel
    if channel != "link" and not planned.invitation.address:
        raise Invalid({"person": [f"has no address for {channel}"]})
    reply: dict[str, Any] = {"invitation": planned.invitation.id, "verdict": as_json(planned.verdict)}
    if wanted.channel == "link":
        reply["link"] = planned.link or None
    triggers.answer(row, reply)
    return reply, planned
