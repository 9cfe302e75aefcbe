"""A browser or an app asks: is there anything for this visitor? Nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from server.core import identity as signed
from server.core.links import BadLink, new_id, unwrap, wrap
from server.core.people import BadClaim, Claim, visitor
from server.core.throttle import LEASE_SHOWN
from server.flows.ask_gate import lease, subject
from server.flows.rulebook import rulebook
from server.flows.standing import standing
from server.gate.tally import HeldAsk
from server.gate.verdict import GateAway, Held, Unfamiliar, Verdict
from server.services import Services
from server.store import people, surveys
from server.store.scope import SiteScope
from server.store.surveys import StoredSurvey
from server.store.tables import Person, Site

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
    person_id: int | None = None
    claims: tuple[Claim, ...] = ()
    name: str = ""
    origin: str = ""

    def seal(self, secret: str) -> str:
        said: dict[str, Any] = {
            "t": self.ticket, "s": self.site_id, "v": self.version_id, "c": self.channel, "g": self.gate_name,
            "x": int(self.expires.timestamp()), "p": self.person_id, "o": self.origin, "n": self.name,
            "q": [[c.kind, c.value] for c in self.claims],
        }  # fmt: skip
        return wrap(secret, "offer", {key: value for key, value in said.items() if value})


def open_offer(secret: str, token: str, now: datetime) -> Offer:
    """The offer in `token`. Raises BadLink when it was not made here or has run out."""
    said = unwrap(secret, "offer", token)
    expires = datetime.fromtimestamp(said["x"], now.tzinfo)
    if expires < now:
        raise BadLink("offer")
    claims = tuple(Claim(kind, value) for kind, value in said.get("q", ()))
    rest = {"person_id": said.get("p"), "claims": claims, "name": said.get("n", ""), "origin": said.get("o", "")}
    return Offer(said["t"], said["s"], said["v"], said["c"], said["g"], expires, **rest)


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
    """Who is there, as far as a request can say."""

    identity: str = ""
    browser: str = ""
    origin: str = ""


def offer(services: Services, site: Site, channel: str, who: Visitor) -> Offered | NotNow:
    """The first survey of `site` that this visitor may be asked now, with its place taken."""
    now = services.now()
    try:
        claims, name = _claims(services, site, who, now)
    except signed.BadIdentity:
        return NotNow("identity")
    with services.db.reading() as db:
        scope = SiteScope(db, site.id)
        person = people.find(scope, claims)
        person_id = person.id if person else None
        claims = _on_this_browser(scope, person, claims)
        rules, live = rulebook(scope), surveys.live(scope)
        verdicts = {survey.id: Verdict(standing(scope, person_id, survey, channel)) for survey in live}
        asks = [rules.ask(survey, channel) for survey in live if verdicts[survey.id].allowed]
        if not asks:
            return _not_now(services, site.id, person_id, channel, verdicts, now)
        ticket = new_id()
        try:
            if person_id:
                gate_name = subject(site.id, person_id)
                answer = lease(services.gate, scope, rules, ticket, person_id, asks, now, LEASE_SHOWN)
            else:
                gate_name = f"{site.id}/{claims[0].kind}/{claims[0].value}"
                answer = services.gate.lease(ticket, gate_name, asks, rules.name, now, LEASE_SHOWN, new=True)
        except GateAway:
            return UNAVAILABLE
    if isinstance(answer, Unfamiliar):
        return UNAVAILABLE
    if isinstance(answer, Held):
        held = {ask.survey: verdict for ask, verdict in zip(asks, answer.verdicts, strict=True)}
        return _not_now(services, site.id, person_id, channel, held, now)
    chosen = next(survey for survey in live if survey.id == asks[answer.index].survey)
    made = Offer(
        ticket, site.id, chosen.version_id, channel, gate_name, now + OFFER_LASTS, person_id, claims, name, who.origin
    )
    browser = next((c.value for c in claims if c.kind == "visitor"), "")
    return Offered(made.seal(services.secret), made, chosen, browser, rules.policy.rest_of(chosen.slug))


def _claims(services: Services, site: Site, who: Visitor, now: datetime) -> tuple[tuple[Claim, ...], str]:
    """The signed claims, and the browser's own id: the one it brought, or a new one."""
    claims: tuple[Claim, ...] = ()
    name = ""
    if who.identity:
        said = signed.read(signed.identity_secret(services.secret, site.key), who.identity, now)
        claims, name = said.claims, said.name
    try:
        browser = visitor(who.browser)
    except BadClaim:
        browser = "v_" + new_id()
    return (*claims, Claim("visitor", browser)), name


def _on_this_browser(scope: SiteScope, person: Person | None, claims: tuple[Claim, ...]) -> tuple[Claim, ...]:
    """The claims, with a new browser id where the one it brought is somebody else's, who used it before."""
    if person is None or not people.is_somebody_elses(scope, person.id, claims[-1]):
        return claims
    return (*claims[:-1], Claim("visitor", "v_" + new_id()))


def _not_now(
    services: Services,
    site_id: int,
    person_id: int | None,
    channel: str,
    verdicts: Mapping[int, Verdict],
    now: datetime,
) -> NotNow:
    """The "no" of these surveys, by id; counted when it is known whom it was said to."""
    if not verdicts:
        return NotNow("none")
    if person_id:
        for survey_id, verdict in verdicts.items():
            services.tally.add(HeldAsk(site_id, person_id, survey_id, channel, verdict.held_by))
    soonest = min((v.until for v in verdicts.values() if v.until), default=now + timedelta(days=1))
    first = next(iter(verdicts.values()))
    return NotNow(first.held_by, max(soonest - now, timedelta(seconds=1)))
