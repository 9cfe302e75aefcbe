"""One site on real parts, wiped clean for each example. Whatever the machine must know of the gate's inside is here."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from redis import Redis
from sqlalchemy import func, select

from server.core.identity import identity_secret, sign
from server.core.links import hook_signature, new_id
from server.core.surveys import template
from server.flows.make_survey import publish, save
from server.flows.set_up import create_site, create_source, source_secret
from server.flows.trigger import Hook
from server.gate.allowance import Allowance
from server.gate.redis import RedisGate
from server.services import Services
from server.store import surveys
from server.store.scope import SiteScope
from server.store.tables import Identifier, Invitation, Merge, Person, Site, Source, Table
from tests.model.faults import Fuse, Line, MortalDatabase, Post, mortal_gate
from tests.model.ledger import Name
from tests.model.ledger import Person as Names
from tests.parts import PATIENCE

DELIVERY = {
    "channels": ["email", "sms"], "fallback_after_hours": 20, "reminders": {"times": 2, "every_days": 1.5},
    "follow_up": {"after_hours": 1},
}  # fmt: skip
KEPT = ("site", "survey", "survey_version", "source")
NOWHERE = "unix:///nowhere/redis.sock"
Snapshot = list[tuple[bytes, bytes]]


WHO_IS_WHO = (
    select(Identifier.value, func.coalesce(Person.merged_into, Person.id))
    .join(Person, Person.id == Identifier.person_id)
    .where(Identifier.kind.in_(("email", "visitor")))
)


@dataclass
class World:
    """The parts, a site with three surveys, and how they look from outside."""

    services: Services
    redis: Redis
    site: Site
    source: Source
    surveys: Mapping[int, str]
    away: RedisGate

    def clean(self) -> None:
        """As on the first day."""
        names = [t.name for t in reversed(Table.metadata.sorted_tables) if t.name not in KEPT]
        wipe = [f"delete from {name}" for name in names] + ["update site set policy = '{}'"]
        with self.services.db.engine.begin() as db:
            for statement in wipe if self.services.db.is_sqlite else ["; ".join(wipe)]:
                db.exec_driver_sql(statement)
        self.flush()

    def process(self, fuse: Fuse, now: datetime, true: datetime, is_away: bool, line: Line, posts: Any) -> Services:
        """Parts as one process has them, whose clock says `now` when it is `true`."""
        for part in (line, *posts.values()):
            part.fuse = fuse
        line.is_away = is_away
        for remembered in (self.away, self.services.gate):  # each step is a process of its own
            assert isinstance(remembered, RedisGate)
            remembered._elsewhere.clear()
            remembered._owed.clear()
        gate = mortal_gate(self.away if is_away else self.services.gate, fuse)
        db = MortalDatabase(self.services.db, fuse)
        providers = {kind: (post,) for kind, post in posts.items()}
        parts: dict[str, Any] = {
            "db": db,
            "gate": gate,
            "queue": line,
            "providers": providers,
            "readings": Allowance(1e9),
        }
        # The database's own time is one about which no process can be wrong.
        return replace(self.services, **parts, now=lambda: now, moment=lambda _: true)

    def flush(self) -> None:
        self.redis.flushdb()

    def snapshot(self) -> Snapshot:
        """Everything that Redis knows now."""
        keys: list[bytes] = self.redis.keys()  # type: ignore[assignment]
        return [(key, said) for key in keys if isinstance(said := self.redis.dump(key), bytes)]

    def go_back_to(self, known: Snapshot) -> None:
        """Redis is what it was then: a replica that lagged behind, a file from yesterday."""
        self.flush()
        for key, said in known:
            self.redis.restore(key, 0, said)

    def who_is_who(self) -> dict[Name, Names]:
        """For each name that is known: all names of the same person."""
        with self.services.db.reading() as db:
            rows = db.execute(WHO_IS_WHO).all()
        groups: dict[int, set[Name]] = {}
        for value, id in rows:
            groups.setdefault(id, set()).add(value)
        return {value: frozenset(groups[id]) for value, id in rows}

    def record_of(self, name: Name) -> int | None:
        """The record that has this name."""
        with self.services.db.reading() as db:
            return db.scalar(select(Identifier.person_id).where(Identifier.value == name))

    def merges(self) -> list[int]:
        with self.services.db.reading() as db:
            return list(db.scalars(select(Merge.id).where(Merge.undone_at.is_(None)).order_by(Merge.id)))

    def invitations(self, states: Collection[str]) -> list[Invitation]:
        with self.services.db.reading() as db:
            return list(db.scalars(select(Invitation).where(Invitation.state.in_(states))))

    def survey_of(self, ticket: str) -> str:
        """The survey of an invitation."""
        with self.services.db.reading() as db:
            return self.surveys[db.get_one(Invitation, ticket).survey_id]

    def story_of(self, ticket: str) -> tuple[str, str]:
        """The ticket with which began what this one belongs to, and its step in that."""
        with self.services.db.reading() as db:
            row = db.get(Invitation, ticket)
            return (row.story, row.step or "") if row else (ticket, "")

    def identity(self, email: str, now: datetime) -> str:
        return sign(identity_secret(self.services.secret, self.site.key), now=now, email=email)

    def hook(self, id: str, now: datetime, body: Mapping[str, Any]) -> Hook:
        raw, at = json.dumps(body).encode(), str(int(now.timestamp()))
        return Hook(id, at, hook_signature(source_secret(self.services, self.source), id, at, raw), raw)


def make_world(services: Services, redis_url: str) -> World:
    """A site with the surveys nps (its default), csat and ces. Of nps people hear again."""
    site = create_site(services, f"Harbour {new_id()}")
    nps = site.default_survey or 0
    save(services, site.id, nps, {**template("nps", "Harbour"), "delivery": DELIVERY}, "the team")
    publish(services, site.id, nps, "the team")
    with services.db.writing() as db:
        scope = SiteScope(db, site.id)
        for slug in ("csat", "ces"):
            surveys.add_survey(scope, new_id(), slug, template(slug, "Harbour"), services.now())
        slugs = surveys.names(scope)
    services = replace(services, gate=RedisGate(redis_url, PATIENCE))
    source = create_source(services, site.id, "Desk")
    return World(services, Redis.from_url(redis_url), site, source, slugs, RedisGate(NOWHERE))


def posts() -> dict[str, Post]:
    return {"email": Post("email"), "sms": Post("sms")}
