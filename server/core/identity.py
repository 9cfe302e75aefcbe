"""Who this is, as the site's own backend says it: a short signed token (JWT, HS256)."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import jwt  # noqa: TID251  # this is the one room that reads and makes identities
from jwt.types import Options  # noqa: TID251

from server.core.links import purpose_key
from server.core.people import Claim, claims_of, line
from server.core.scene import properties_from
from server.core.schedule import zone_said

LEEWAY = timedelta(seconds=60)

# The library would judge times by its own clock; we judge them by the time that is given.
_READ: Options = {
    "require": ["exp"], "verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_sub": False,
}  # fmt: skip


class BadIdentity(Exception):
    """The token is not signed by this site, has run out, or names nobody."""


@dataclass(frozen=True)
class Identity:
    """A person as the site vouches for her: every claim is covered by the signature."""

    claims: tuple[Claim, ...]
    name: str = ""
    zone: str = ""
    """Where she lives, as OpenID Connect says it (`zoneinfo`); empty when the token does not, or nothing known."""
    properties: Mapping[str, str] = field(default_factory=dict)
    """What else the site says of her, by name: for whom a survey is may depend on it."""


@lru_cache(maxsize=1024)
def identity_secret(secret: str, site_key: str) -> str:
    """The secret with which a site's backend signs; 43 characters, derived, so that no table holds it."""
    return base64.urlsafe_b64encode(purpose_key(secret, "identity", site_key)).rstrip(b"=").decode()


def sign(secret: str, *, now: datetime, lasts: timedelta = timedelta(hours=1), **facts: str) -> str:
    """An identity for `facts` (`sub` the site's user id, `email`, `phone`, `name`, `zoneinfo`), good until
    `now + lasts`."""
    said = {name: value for name, value in facts.items() if value}
    return jwt.encode({**said, "exp": now + lasts}, secret, algorithm="HS256")


def read(secret: str, token: str, now: datetime) -> Identity:
    """The person named by `token`. Raises BadIdentity with the reason.

    `exp` (required) and `nbf` are judged by `now`, with a minute of leeway for the clocks of two servers. `iat` is
    not judged: a backend whose clock is a second ahead would be refused for nothing.
    """
    signed = _signed(secret, token)
    leeway = LEEWAY.total_seconds()
    if not isinstance(signed.until, (int, float)) or not signed.until >= now.timestamp() - leeway:
        raise BadIdentity("the token has run out")
    if not isinstance(signed.since, (int, float)) or not signed.since <= now.timestamp() + leeway:
        raise BadIdentity("the token is not yet good")
    if not signed.identity.claims:
        raise BadIdentity("the token names nobody: give sub, email or phone")
    return signed.identity


@dataclass(frozen=True)
class _Signed:
    """What a token says, whether it is good now or not. Its times may be anything that JSON can say."""

    identity: Identity
    since: Any
    until: Any


@lru_cache(maxsize=4096)
def _signed(secret: str, token: str) -> _Signed:
    """What `token` says, if this secret signed it. A visitor brings the same token on every page."""
    try:
        facts = jwt.decode(token, secret, algorithms=["HS256"], options=_READ)
    except jwt.InvalidTokenError as why:
        raise BadIdentity(str(why)) from why
    claims = claims_of(email=facts.get("email"), phone=facts.get("phone"), user=facts.get("sub"))
    properties = properties_from(facts.get("properties"))
    identity = Identity(claims, line(facts.get("name"), 255), zone_said(facts.get("zoneinfo")), properties)
    return _Signed(identity, facts.get("nbf", 0), facts["exp"])
