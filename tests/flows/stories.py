"""What the tests of stories have in common: a survey with a delivery of its own, and everything that became of one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from channels.channel import Outgoing, RawRequest
from server.core.links import seal
from server.core.people import claims_of
from server.flows.answer import Visit, answer
from server.flows.invite import Wish, invite
from server.flows.keep_time import tick
from server.flows.make_survey import publish, save
from server.flows.receipt import receipt
from server.store import stories, surveys
from server.store.scope import SiteScope
from server.store.tables import Invitation
from tests.flows.conftest import Town
from tests.flows.moments import Days

PHONES = {"ann": "+14155552671", "bo": "+14155552672", "cy": "+14155552673"}
CHAIN = ["email", "sms"]


@dataclass(frozen=True)
class Tales(Days):
    """The town, with a survey whose messages follow one another."""

    def write(self, **delivery: Any) -> None:
        """The survey has this delivery from now on."""
        services, site = self.town.services, self.town.site
        with services.db.reading() as db:
            survey = surveys.named(SiteScope(db, site.id), None)
        assert survey
        save(services, site.id, survey.id, {**survey.definition, "delivery": delivery}, "the team")
        publish(services, site.id, survey.id, "the team")

    def ask(self, channel: str = "email", name: str = "ann") -> str:
        """The id of an invitation that was planned and sent now, to somebody with an address and a telephone."""
        id = self.plan(channel, name)
        self.work()
        return id

    def plan(self, channel: str = "email", name: str = "ann") -> str:
        """As `ask`, not sent yet."""
        claims = claims_of(email=f"{name}@example.com", phone=PHONES[name])
        before = set(self.town.ids())
        invite(self.town.services, self.town.site.id, Wish(claims, "Ann", channel, timedelta(0), True, {}, None))
        [id] = set(self.town.ids()) - before
        return id

    def stop_work(self) -> None:
        """The queue takes what it is given, and nobody takes it from there."""
        self.town.queue.later = lambda job, ids, lane=0: None  # type: ignore[method-assign]

    def work(self) -> None:
        """Everything that is due is done, and what follows from it at once too."""
        for _ in range(4):
            tick(self.town.services)
            self.town.queue.carry_out(self.town.services)

    def later(self, **by: float) -> None:
        self.town.clock.forward(**by)
        self.work()

    def tell(self, id: str, *kinds: str, **more: Any) -> None:
        """The provider tells these of a message."""
        channel = self.town.row(id).channel
        body = json.dumps([{"kind": kind, "id": id, "ref": "", **more} for kind in kinds]).encode()
        receipt(self.town.services, self.posts[channel], RawRequest("", {"signed": "yes"}, body))
        self.work()

    @property
    def posts(self) -> dict[str, Any]:
        return {"email": self.town.post, "sms": self.texts}

    def answer(self, id: str, **given: Any) -> Visit:
        return answer(self.town.services, seal(self.town.services.secret, "survey", id), given)

    def rows(self, id: str) -> list[Invitation]:
        with self.town.services.db.reading() as db:
            return stories.of(SiteScope(db, self.town.site.id), id)

    def steps(self, id: str) -> list[tuple[str, str]]:
        """Step and state of every message of the story."""
        return [(row.step or "", row.state) for row in self.rows(id)]

    def sent(self) -> list[Outgoing]:
        return [*self.town.post.sent, *self.texts.sent]

    def kinds(self) -> list[tuple[str, str]]:
        """Kind and channel of each touch that stands."""
        return [(touch.kind, touch.channel) for touch in self.town.touches()]


@pytest.fixture
def tales(town: Town) -> Tales:
    tales = Tales(town)
    tales.at("2026-11-23T18:00:00+00:00")  # ten in the morning in California
    return tales
