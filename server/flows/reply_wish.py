"""She texts STOP, START, or says so in a sentence: it holds for everybody who writes to her from that number."""

from __future__ import annotations

from dataclasses import dataclass

from channels.channel import Event
from server.core.consent import ALL, Said
from server.core.replies import Wish, wish_in
from server.flows.ask_gate import forget
from server.flows.consent import stands
from server.flows.merge import forget_merged
from server.flows.state_consent import state
from server.services import Services
from server.store import people, people_lists, sites, turns
from server.store.db import Session
from server.store.scope import SiteScope
from server.store.tables import Invitation

SOURCE = "text message"


@dataclass(frozen=True)
class Asker:
    """A site that writes to a number, and its record of whoever has it."""

    scope: SiteScope
    record: int


def wish_of(event: Event) -> Wish:
    """What she wants besides answering: by the provider's word, which acts upon it by itself, else by her own."""
    if event.kind == "optout":
        return "stop"
    return "start" if event.kind == "optin" else wish_in(event.text)


def askers(db: Session, number: str, last: Invitation | None) -> list[Asker]:
    """Every site that texted this number, with whoever has it by now and whom the `last` text asked. Where none did,
    every site that knows it."""
    wrote = turns.sites_that_wrote(db, number) or sites.all_sites(db)
    found = {site.id: people_lists.holder(SiteScope(db, site.id), "phone", number) for site in wrote}
    known = {(id, record) for id, record in found.items() if record}
    known |= {(last.site_id, last.person_id)} if last else set()
    # In one order, in every process, for each of them is locked.
    return [Asker(SiteScope(db, id), record) for id, record in sorted(known, key=lambda each: each[1])]


def hold(services: Services, db: Session, given: bool, asked: list[Asker], event: Event) -> list[Asker]:
    """STOP ends every ask on every channel; START (`given`) takes back what was said, for texts. Those to whom it was
    news: tell them by `told` after the commit.

    A START of somebody who may be asked changes nothing, and YES may then well be an answer.
    """
    evidence = f"“{' '.join(event.text.split())[:160]}”, {event.ref}"
    held: list[Asker] = []
    for asker in asked:
        people.lock(asker.scope, asker.record)
        stood = stands(asker.scope, asker.record, "sms")
        if given and (stood is None or stood.given):
            continue
        scope, basis = ("sms", "consent") if given else (ALL, "")
        said = Said(scope, given, SOURCE, basis=basis, evidence=evidence)
        if state(asker.scope, asker.record, said, services.moment(db)).is_news:
            held.append(asker)
    return held


def told(services: Services, held: list[Asker]) -> None:
    """After the commit: the gate reads again what is known of them."""
    for asker in held:
        forget_merged(services, asker.scope)
        with services.db.reading() as db:
            her = people.root(SiteScope(db, asker.scope.site_id), asker.record).id
        forget(services, asker.scope.site_id, her)
