"""A browser or an app asks: is there anything for this visitor? Nothing is written, and mostly nothing is read."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from server.core.identity import BadIdentity, Identity, identity_secret, read
from server.core.links import BadLink, new_id, unwrap, visitor_id, wrap
from server.core.people import BadClaim, Claim, claims_of, line, visitor
from server.core.throttle import LEASE_SHOWN
from server.flows.ask_gate import Answered, lease
from server.flows.sheet import Sheet, sheet
from server.gate.tally import Refusal
from server.gate.verdict import GateAway, Held
from server.services import Services
from server.store.scope import SiteScope
from server.store.surveys import StoredSurvey
from server.store.tables import Site

OFFER_LASTS = timedelta(days=1)
"""An answer to a shown survey is taken that long; the place itself lapses after LEASE_SHOWN."""


@dataclass(frozen=True)
class Offer:
    """What the token of a shown survey says: everything, for nothing is stored yet."""

    ticket: str
    site_id: int
    version_id: int
    channel: str
    gate_name: str
    expires: datetime
    claims: tuple[Claim, ...] = ()
    name: str = ""
    origin: str = ""
    zone: str = ""
    unproven: Mapping[str, str] = field(default_factory=dict)
    """Who the page says it is, without anybody's signature: kept beside the answer, and believed by nothing."""
    link: int = 0
    """The named link that she came by; 0 for none."""
    properties: Mapping[str, Any] = field(default_factory=dict)
    """What the link says of the occasion."""

    def seal(self, secret: str) -> str:
        said: dict[str, Any] = {
            "t": self.ticket, "s": self.site_id, "v": self.version_id, "c": self.channel, "g": self.gate_name,
            "x": int(self.expires.timestamp()), "o": self.origin, "n": self.name, "z": self.zone,
            "u": dict(self.unproven), "q": [[c.kind, c.value] for c in self.claims],
            "l": self.link, "p": dict(self.properties),
        }  # fmt: skip
        return wrap(secret, "offer", {key: value for key, value in said.items() if value})


def open_offer(secret: str, token: str, now: datetime) -> Offer:
    """The offer in `token`. Raises BadLink when it was not made here or has run out."""
    said = unwrap(secret, "offer", token)
    expires = datetime.fromtimestamp(said["x"], now.tzinfo)
    if expires < now:
        raise BadLink("offer")
    claims = tuple(Claim(kind, value) for kind, value in said.get("q", ()))
    name, origin, zone, unproven = (said.get(letter, "") for letter in "nozu")
    return Offer(
        said["t"], said["s"], said["v"], said["c"], said["g"], expires, claims, name, origin, zone, unproven or {},
        link=said.get("l", 0), properties=said.get("p", {}),
    )  # fmt: skip


@dataclass(frozen=True)
class Offered:
    """A place was taken: show this survey. `rest` is how long this browser need not ask again, once shown."""

    token: str
    offer: Offer
    survey: StoredSurvey
    visitor: str
    rest: timedelta


@dataclass(frozen=True)
class NotNow:
    """Nothing to ask; `reason` is the rule, `again` when asking makes sense again."""

    reason: str
    again: timedelta = timedelta(days=1)


UNAVAILABLE = NotNow("unavailable", timedelta(minutes=1))
"""Nobody can say now; whoever cannot be proven to be askable is not asked."""


@dataclass(frozen=True)
class Visitor:
    """Who is there, as far as a request can say. `said` is the page's word alone (email, phone, user, name); `trace`
    what a browser that keeps nothing can be told by for a day: its network and its name. It is never stored."""

    identity: str = ""
    browser: str = ""
    origin: str = ""
    said: Mapping[str, str] = field(default_factory=dict)
    trace: str = ""


@dataclass(frozen=True)
class _Asker:
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


def offer(services: Services, site: Site, channel: str, who: Visitor) -> Offered | NotNow:
    """The first survey of `site` that this visitor may be asked now, with its place taken."""
    now = services.now()
    about = sheet(services, site.key)
    try:
        asker = _asker(services, about, who, now)
    except BadIdentity:
        return NotNow("identity")
    if not about.surveys:
        return NotNow("none")
    ticket = new_id()
    try:
        said = _ask(services, about, channel, asker, who.trace, ticket, now)
    except GateAway:
        return UNAVAILABLE
    if isinstance(said.answer, Held):
        return _not_now(services, about, channel, asker, said.answer, now)
    chosen = about.surveys[said.answer.index]
    browser = asker.browser(services.secret, site)
    made = Offer(
        ticket, site.id, chosen.version_id, channel, said.person, now + OFFER_LASTS,
        tuple(dict.fromkeys((*asker.claims, browser))), asker.who.name, who.origin, asker.who.zone, asker.unproven,
    )  # fmt: skip
    rest = about.rules.policy.rest_of(chosen.slug)
    return Offered(made.seal(services.secret), made, chosen, browser.value, rest)


def _asker(services: Services, about: Sheet, who: Visitor, now: datetime) -> _Asker:
    """Whom we believe to be there: the signature, or on a trusting site the page. Raises BadIdentity."""
    try:
        brought: tuple[Claim, ...] = (Claim("visitor", visitor(who.browser)),)
    except BadClaim:
        brought = ()
    if who.identity:
        known = read(identity_secret(services.secret, about.site.key), who.identity, now)
        return _Asker(known, (*known.claims, *brought))
    said = Identity(claims_of(**who.said), line(who.said.get("name"), 255))
    if about.rules.policy.identity == "trusting" and said.claims:
        return _Asker(said, (*said.claims, *brought))
    unproven = {claim.kind: claim.value for claim in said.claims} | ({"name": said.name} if said.name else {})
    return _Asker(Identity(()), brought or (Claim("visitor", "v_" + new_id()),), not brought, unproven)


def _ask(
    services: Services, about: Sheet, channel: str, asker: _Asker, trace: str, ticket: str, now: datetime
) -> Answered:
    """The gate's word. Only of somebody whom it does not know yet the ledger is read. Raises GateAway."""

    def tried(claim: Claim) -> list[int] | None:
        return about.tried(channel, _of_today(services, about.site, trace, now) if asker.is_new else claim.text)

    with ExitStack() as opened:

        def ledger() -> SiteScope:
            if not services.readings.take():
                raise GateAway("too many people are unknown to the gate at once")
            return SiteScope(opened.enter_context(services.db.reading()), about.site.id)

        docket = about.dockets[channel]
        whose = (asker.claims, docket, now, LEASE_SHOWN, tried, asker.is_new)
        return lease(services.gate, ledger, about.rules, ticket, *whose)


def _of_today(services: Services, site: Site, trace: str, now: datetime) -> str:
    """A browser that keeps nothing, told by a hash whose salt is another one tomorrow."""
    return visitor_id(services.secret, site.key, now.date().isoformat(), trace)


def _not_now(services: Services, about: Sheet, channel: str, asker: _Asker, held: Held, now: datetime) -> NotNow:
    """The "no" to each of the surveys, counted; the visitor hears the first, and when the first of them is over."""
    rules, soonest = about.held_by(channel, held)
    services.tally.refuse(Refusal(about.site.id, channel, about.ids, rules, asker.who.claims))
    return NotNow(rules[0], max(soonest - now, timedelta(seconds=1)) if soonest else timedelta(days=1))
