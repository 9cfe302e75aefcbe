"""A browser or an app asks: is there anything for this visitor? Nothing is written, and mostly nothing is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from server.core.identity import BadIdentity
from server.core.links import BadLink, new_id, unwrap, wrap
from server.core.people import Claim
from server.core.throttle import LEASE_SHOWN
from server.flows.aim import Aim, watch_for
from server.flows.ask_gate import Answered, lease
from server.flows.asker import Asker, Visitor, asker, of_today
from server.flows.sheet import Sheet, sheet
from server.gate.tally import Refusal
from server.gate.verdict import GateAway, Held
from server.services import Services
from server.store.scope import SiteScope
from server.store.surveys import StoredSurvey
from server.store.tables import Site

__all__ = ["NotNow", "Offer", "Offered", "Visitor", "offer", "open_offer"]

OFFER_LASTS = timedelta(days=1)
"""An answer to a shown survey is taken that long; the place itself lapses after LEASE_SHOWN."""


OfferKind = Literal["ask", "wish", "preview"]
"""`ask` is a place taken at the gate; a `wish` she opened herself, so that it is never held and no ask; a `preview`
leaves nothing behind."""


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
    kind: OfferKind = "ask"
    said: Mapping[str, Any] = field(default_factory=dict)
    """The answers of a preview, which are kept nowhere else."""
    link: int = 0
    """The named link that she came by; 0 for none."""
    properties: Mapping[str, Any] = field(default_factory=dict)
    """What the link says of the occasion."""

    def seal(self, secret: str) -> str:
        said: dict[str, Any] = {
            "t": self.ticket, "s": self.site_id, "v": self.version_id, "c": self.channel, "g": self.gate_name,
            "x": int(self.expires.timestamp()), "o": self.origin, "n": self.name, "z": self.zone,
            "u": dict(self.unproven), "q": [[c.kind, c.value] for c in self.claims],
            "k": "" if self.kind == "ask" else self.kind, "a": dict(self.said),
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
    kind, answers = said.get("k", "ask"), said.get("a", {})
    return Offer(
        said["t"], said["s"], said["v"], said["c"], said["g"], expires, claims, name, origin, zone, unproven or {},
        kind, answers,
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
    tab: StoredSurvey | None = None


@dataclass(frozen=True)
class NotNow:
    """Nothing to ask; `reason` is the rule, `again` when asking makes sense again. On another page it makes sense at
    once when there may be something `elsewhere`, on this one when something of `watch` happens."""

    reason: str
    again: timedelta = timedelta(days=1)
    elsewhere: bool = False
    watch: Mapping[str, Any] = field(default_factory=dict)
    tab: StoredSurvey | None = None
    """The survey behind the page's feedback tab."""


UNAVAILABLE = NotNow("unavailable", timedelta(minutes=1))
"""Nobody can say now; whoever cannot be proven to be askable is not asked."""


def offer(services: Services, site: Site, channel: str, who: Visitor) -> Offered | NotNow:
    """The first survey of `site` that this visitor may be asked now, where she is, with its place taken."""
    now = services.now()
    about = sheet(services, site.key)
    try:
        her = asker(services, about, who, now)
    except BadIdentity:
        return NotNow("identity")
    if not about.surveys:
        return NotNow("none")
    aimed = about.aim(channel, lambda: her.scene(who, about.rules.policy.zone, now))
    hearing = _Hearing(services, about, channel, who, her, aimed, now)
    made = hearing.without_gate() or hearing.by_gate()
    return made if aimed.tab is None else replace(made, tab=about.surveys[aimed.tab])


@dataclass
class _Hearing:
    """One request, as far as it has been judged."""

    services: Services
    about: Sheet
    channel: str
    who: Visitor
    asker: Asker
    aim: Aim
    now: datetime
    hers: list[int] | None = None
    """The surveys that are for her at all; None for all."""

    def without_gate(self) -> NotNow | None:
        """When nothing on this page may be asked at once, and nobody need be asked about her."""
        if self.aim.started is None or self.aim.started:
            return None
        if not self.aim.waiting:
            return NotNow("targeting", elsewhere=bool(self.aim.elsewhere))
        if not self.asker.is_new:
            return None
        self._tried(self.asker.claims[0])
        docket = self.about.dockets[self.channel]
        return self._not_now(Held(docket, ()))

    def by_gate(self) -> Offered | NotNow:
        ticket = new_id()
        try:
            said = self._ask(ticket)
        except GateAway:
            return UNAVAILABLE
        if isinstance(said.answer, Held):
            return self._not_now(said.answer)
        chosen = self.about.surveys[said.answer.index]
        made = offer_of(self.services, self.about, self.who, self.asker, chosen, self.channel, ticket, said.person)
        visitor = self.asker.browser(self.services.secret, self.about.site).value
        rest = self.about.rules.policy.rest_of(chosen.slug)
        return Offered(made.seal(self.services.secret), made, chosen, visitor, rest)

    def _tried(self, claim: Claim) -> Sequence[int] | None:
        is_new, site = self.asker.is_new, self.about.site
        called = of_today(self.services, site, self.who.trace, self.now) if is_new else claim.text
        self.hers = self.about.tried(self.channel, called)
        return self.aim.tried(self.hers)

    def _ask(self, ticket: str) -> Answered:
        """The gate's word. Only of somebody whom it does not know yet the ledger is read. Raises GateAway."""
        gate, about = self.services.gate, self.about
        whose = (self.asker.claims, about.dockets[self.channel], self.now, LEASE_SHOWN)
        return lease(gate, self._ledger, about.rules, ticket, *whose, self._tried, self.asker.is_new)

    @contextmanager
    def _ledger(self) -> Iterator[SiteScope]:
        if not self.services.readings.take():
            raise GateAway("too many people are unknown to the gate at once")
        with self.services.db.reading() as db:
            yield SiteScope(db, self.about.site.id)

    def _not_now(self, held: Held) -> NotNow:
        """The "no" to each of the surveys, counted; the visitor hears the first, and when the first of them is over.

        What waits is not counted, and what the gate would not let through is not waited for.
        """
        about, started = self.about, self.aim.started
        here = None if started is None else (*started, *self.aim.waiting)
        rules, soonest = about.held_by(self.channel, held, self.hers, here)
        again = max(soonest - self.now, timedelta(seconds=1)) if soonest else timedelta(days=1)
        if started is None:
            self._count(about.ids, rules)
            return NotNow(rules[0], again)
        if started:
            self._count(tuple(about.ids[n] for n in started), rules[: len(started)])
        open_ones = self._open(held, self.aim.waiting)
        first = "waiting" if open_ones and not started else rules[0]
        return NotNow(first, again, bool(self._open(held, self.aim.elsewhere)), watch_for(about.surveys, open_ones))

    def _count(self, ids: tuple[int, ...], rules: tuple[str, ...]) -> None:
        refusal = Refusal(self.about.site.id, self.channel, ids, rules, self.asker.who.claims)
        self.services.tally.refuse(refusal)

    def _open(self, held: Held, some: Sequence[int]) -> list[int]:
        """Those of `some` that the gate would let through now."""
        return [n for n in some if not self._rule(held, n)]

    def _rule(self, held: Held, index: int) -> str:
        return self.about.held_by(self.channel, held, self.hers, (index,))[0][0]


def offer_of(
    services: Services, about: Sheet, who: Visitor, her: Asker, chosen: StoredSurvey, channel: str, ticket: str,
    gate_name: str, kind: OfferKind = "ask",
) -> Offer:  # fmt: skip
    """What the token of `chosen` says, shown to this visitor."""
    claims = tuple(dict.fromkeys((*her.claims, her.browser(services.secret, about.site))))
    return Offer(
        ticket, about.site.id, chosen.version_id, channel, gate_name, services.now() + OFFER_LASTS, claims,
        her.who.name, who.origin, her.who.zone, her.unproven, kind,
    )  # fmt: skip
