"""Another system announces a call that it is about to hand over: whose it is, and how it will be known."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from server.core.links import new_id, seal
from server.core.people import Claim
from server.flows.trigger import Invalid
from server.services import Services
from server.store import calls, sites, surveys
from server.store.scope import SiteScope

LASTS = timedelta(hours=1)
"""A PIN, and a name on the line, are good for so long; a number alone for EXPECTED_FOR."""
PIN_DIGITS = 6
FORGOTTEN_AFTER = timedelta(days=1)


@dataclass(frozen=True)
class Announced:
    """What is said of the call. `phone`: the number that it comes from; hers, when it is not said. It is taken for hers
    when she has said no other: whoever calls again from it must not be asked twice."""

    claims: tuple[Claim, ...]
    name: str = ""
    phone: str = ""
    survey: str = ""
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Expected:
    """How the call is known when it comes: by its number, by the PIN, or by the token on its way (SIP header
    `X-Survey-Token`, or `token` in the address). `address`: where it is handed over to."""

    pin: str
    token: str
    address: str
    expires_at: datetime


def expect(services: Services, site_id: int, announced: Announced) -> Expected:
    """Raises Invalid for a survey that is not there. Announcing asks nobody: the gate decides when she is on the
    line."""
    own = next((c.value for c in announced.claims if c.kind == "phone"), "")
    phone = announced.phone or own
    claims = announced.claims if own or not phone else (*announced.claims, Claim("phone", phone))
    with services.db.writing() as db:
        scope, now = SiteScope(db, site_id), services.moment(db)
        if announced.survey and surveys.named(scope, announced.survey) is None:
            raise Invalid({"survey": ["is unknown"]})
        site = sites.by_id(db, site_id)
        assert site is not None
        row = calls.expect(
            scope, new_id(), claims, survey=announced.survey, name=announced.name, phone=phone or None,
            pin=_pin(scope, now), properties=dict(announced.properties), created_at=now, expires_at=now + LASTS,
        )  # fmt: skip
        token = seal(services.secret, "call", row.id)
        return Expected(row.pin or "", token, services.link(f"/calls/{site.key}"), row.expires_at)


def _pin(scope: SiteScope, now: datetime) -> str:
    """One that no other open call of this site has."""
    scope.one_at_a_time("pins")
    for _ in range(100):
        pin = f"{secrets.randbelow(10**PIN_DIGITS):0{PIN_DIGITS}d}"
        if calls.expected_by_pin(scope, pin, now) is None:
            return pin
    raise Invalid({"pin": ["none is free; so many calls cannot be expected at a time"]})
