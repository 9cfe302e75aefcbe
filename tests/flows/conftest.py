"""The stories on real parts, with a scripted post, and what a test asks about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, cast

import pytest
from sqlalchemy import func, select

from server.core.identity import identity_secret, sign
from server.core.people import claims_of
from server.flows.invite import Wish, invite
from server.flows.make_survey import publish, save
from server.flows.offer import NotNow, Offered, Visitor, offer
from server.flows.sending.route import kind_of
from server.services import Services
from server.store import surveys
from server.store.scope import SiteScope
from server.store.tables import Invitation, Response, Site, Table, TouchRow
from tests.parts import Clock, Scripted, Waiting


@pytest.fixture
def post() -> Scripted:
    return Scripted()


@pytest.fixture
def services(make_services: Any, post: Scripted) -> Services:
    made: Services = make_services()
    texts, calls = Scripted("sms", account="texts"), Scripted("phone", account="calls")
    return replace(made, providers={"email": (post,), "sms": (texts,), "phone": (calls,)})


@dataclass(frozen=True)
class Town:
    """One site with Ann and her neighbours: what may be done to them, and what became of it."""

    services: Services
    site: Site
    clock: Clock
    queue: Waiting
    post: Scripted

    def post_of(self, channel: str) -> Scripted:
        """The post by which this channel leaves."""
        return cast(Scripted, self.services.providers[kind_of(channel)][0])

    def identity(self, email: str = "ann@example.com") -> str:
        secret = identity_secret(self.services.secret, self.site.key)
        return sign(secret, now=self.clock(), sub=email.partition("@")[0], email=email)

    def ask(self, email: str = "ann@example.com", channel: str = "widget") -> Offered | NotNow:
        return offer(self.services, self.site, channel, Visitor(self.identity(email)))

    def offered(self, email: str = "ann@example.com", channel: str = "widget") -> Offered:
        made = self.ask(email, channel)
        assert isinstance(made, Offered)
        return made

    def wish(self, email: str = "ann@example.com", channel: str = "email", delay: int = 0) -> Wish:
        claims = claims_of(email=email, phone="+14155552671" if channel == "sms" else None)
        return Wish(claims, "Ann", channel, timedelta(seconds=delay), True, {}, None)

    def invite(self, email: str = "ann@example.com", channel: str = "email", delay: int = 0) -> str:
        """The id of an invitation planned now."""
        before = set(self.ids())
        invite(self.services, self.site.id, self.wish(email, channel, delay))
        [id] = set(self.ids()) - before
        return id

    def write(self, **delivery: Any) -> None:
        """The survey has this delivery from now on."""
        with self.services.db.reading() as db:
            survey = surveys.named(SiteScope(db, self.site.id), None)
        assert survey
        save(self.services, self.site.id, survey.id, {**survey.definition, "delivery": delivery}, "the team")
        publish(self.services, self.site.id, survey.id, "the team")

    def ids(self) -> list[str]:
        with self.services.db.reading() as db:
            return list(db.scalars(select(Invitation.id)))

    def row(self, id: str) -> Invitation:
        with self.services.db.reading() as db:
            return db.get_one(Invitation, id)

    def states(self, ids: Sequence[str]) -> list[str]:
        return [self.row(id).state for id in ids]

    def touches(self) -> list[TouchRow]:
        """Those that stand."""
        with self.services.db.reading() as db:
            return list(db.scalars(select(TouchRow).where(TouchRow.voided_at.is_(None)).order_by(TouchRow.at)))

    def responses(self) -> list[Response]:
        with self.services.db.reading() as db:
            return list(db.scalars(select(Response)))

    def rows(self) -> dict[str, int]:
        """How many there are in each table."""
        with self.services.db.reading() as db:
            tables = Table.metadata.sorted_tables
            return {t.name: db.scalar(select(func.count()).select_from(t)) or 0 for t in tables}


@pytest.fixture
def town(services: Services, site: Site, clock: Clock, queue: Waiting, post: Scripted) -> Town:
    return Town(services, site, clock, queue, post)
