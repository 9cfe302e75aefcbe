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


def askers(db: Session, number: str) -> list[Asker]:
    """Everybody of whom this number got a text; or who knows it, of a number that got none yet."""
    wrote = turns.sites_that_wrote(db, number) or sites.all_sites(db)
    scopes = [SiteScope(db, site.id) for site in wrote]
    found = [(scope, people_lists.holder(scope, "phone", number)) for scope in scopes]
    return [Asker(scope, record) for scope, record in found if record]


def hold(services: Services, db: Session, wish: Wish, number: str, event: Event) -> list[Asker]:
    """STOP ends every ask on every channel; START takes back what was said, for texts. Those whom it concerned: tell
    them by `told` after the commit.

    A START of somebody who may be asked changes nothing, and YES may then well be an answer.
    """
    if wish not in ("stop", "start"):
        return []
    given = wish == "start"
    evidence = f"“{' '.join(event.text.split())[:160]}”, {event.ref}"
    held: list[Asker] = []
    for asker in sorted(askers(db, number), key=lambda each: each.record):  # in one order, in every process
        people.lock(asker.scope, asker.record)
        stood = stands(asker.scope, asker.record, "sms")
        if given and (stood is None or stood.given):
            continue
        scope, basis = ("sms", "consent") if given else (ALL, "")
        said = Said(scope, given, SOURCE, basis=basis, evidence=evidence)
        state(asker.scope, asker.record, said, services.moment(db))
        held.append(asker)
    return held


def told(services: Services, held: list[Asker]) -> None:
    """After the commit: the gate reads again what is known of them."""
    for asker in held:
        forget_merged(services, asker.scope)
        with services.db.reading() as db:
            her = people.root(SiteScope(db, asker.scope.site_id), asker.record).id
        forget(services, asker.scope.site_id, her)
