"""Who is there: signed, or by the id of her browser, or somebody new; and where she is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from server.core.identity import Identity, identity_secret, read
from server.core.links import new_id, visitor_id
from server.core.people import BadClaim, Claim, claims_of, line, visitor
from server.core.schedule import day_of
from server.core.targeting import Scene
from server.flows.sheet import Sheet
from server.services import Services
from server.store.tables import Site


@dataclass(frozen=True)
class Visitor:
    """Who is there, as far as a request can say. `said` is the page's word alone (email, phone, user, name); `trace`
    what a browser that keeps nothing can be told by for a day: its network and its name. It is never stored. `scene`
    reads what the request says of the page."""

    identity: str = ""
    browser: str = ""
    origin: str = ""
    said: Mapping[str, str] = field(default_factory=dict)
    trace: str = ""
    scene: Callable[[], Scene] = Scene


@dataclass(frozen=True)
class Asker:
    """Who is there, as far as we believe it: signed, or by the id of her browser, or somebody new."""

    who: Identity
    claims: tuple[Claim, ...]
    """The strongest first. What her browser had before becomes hers too, unless it is somebody else's."""
    is_new: bool = False
    unproven: Mapping[str, str] = field(default_factory=dict)

    def browser(self, secret: str, site: Site) -> Claim:
        """The id that her browser should keep: one for all browsers of somebody signed in, so that none ever keeps
        what is somebody else's."""
        if not self.who.claims:
            return self.claims[0]
        return Claim("visitor", visitor_id(secret, site.key, self.who.claims[0].text))

    def scene(self, who: Visitor, zone: str, now: datetime) -> Scene:
        """Where she is, with what we know of her: what is signed of her says more than what the page says."""
        seen = who.scene()
        properties = {**seen.properties, **self.who.properties}
        return replace(seen, returning=not self.is_new, properties=properties, today=day_of(now, zone))


def asker(services: Services, about: Sheet, who: Visitor, now: datetime) -> Asker:
    """Whom we believe to be there: the signature, or on a trusting site the page. Raises BadIdentity."""
    try:
        brought: tuple[Claim, ...] = (Claim("visitor", visitor(who.browser)),)
    except BadClaim:
        brought = ()
    if who.identity:
        known = read(identity_secret(services.secret, about.site.key), who.identity, now)
        return Asker(known, (*known.claims, *brought))
    said = Identity(claims_of(**who.said), line(who.said.get("name"), 255))
    if about.rules.policy.identity == "trusting" and said.claims:
        return Asker(said, (*said.claims, *brought))
    unproven = {claim.kind: claim.value for claim in said.claims} | ({"name": said.name} if said.name else {})
    return Asker(Identity(()), brought or (Claim("visitor", "v_" + new_id()),), not brought, unproven)


def of_today(services: Services, site: Site, trace: str, now: datetime) -> str:
    """A browser that keeps nothing, told by a hash whose salt is another one tomorrow."""
    return visitor_id(services.secret, site.key, now.date().isoformat(), trace)
