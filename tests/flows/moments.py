"""What the stories of moments have in common: a policy, people with telephones, and a clock that ticks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from server.core.people import claims_of
from server.core.throttle import Finding
from server.flows.decide import decide
from server.flows.explain import explain
from server.flows.invite import Wish, invite
from server.flows.keep_time import tick
from server.store import counters
from server.store.scope import SiteScope
from server.store.tables import Invitation
from tests.flows.conftest import Town
from tests.parts import Scripted

NEVER_TIRED = {"rest_days": "none", "rest_after_dismissal_days": "none", "rest_after_answer_days": "none",
               "load": "none"}  # fmt: skip
NEW_YORK, SYDNEY_OR_PERTH, TOLL_FREE = "+12125552671", "+61491570156", "+18005550123"


@dataclass(frozen=True)
class Days:
    """The town as days go by."""

    town: Town

    @property
    def texts(self) -> Scripted:
        return cast(Scripted, self.town.services.providers["sms"][0])

    def decide(self, **document: Any) -> None:
        decide(self.town.services, self.town.site.id, document, "the team")

    def at(self, moment: str) -> datetime:
        self.town.clock.time = datetime.fromisoformat(moment)
        return self.town.clock.time

    def text(self, phone: str, zone: str = "") -> Invitation:
        """A text planned now."""
        return self.wished(Wish(claims_of(phone=phone), "", "sms", timedelta(0), True, {}, None, zone))

    def mail(self, email: str = "ann@example.com", zone: str = "") -> Invitation:
        claims = claims_of(user=email.partition("@")[0], email=email)
        return self.wished(Wish(claims, "", "email", timedelta(0), True, {}, None, zone))

    def wished(self, wish: Wish) -> Invitation:
        before = set(self.town.ids())
        invite(self.town.services, self.town.site.id, wish)
        [id] = set(self.town.ids()) - before
        return self.town.row(id)

    def run(self, until: str, minutes: float = 15) -> dict[str, datetime]:
        """The clock ticks until then; when each message left, by the id of its invitation."""
        end, left = datetime.fromisoformat(until), {}
        while self.town.clock() <= end:
            posts = (self.texts, self.town.post)
            before = [len(post.sent) for post in posts]
            tick(self.town.services)
            self.town.queue.carry_out(self.town.services)
            for post, sent in zip(posts, before, strict=True):
                for message in post.sent[sent:]:
                    assert message.id not in left, "sent twice"
                    left[message.id] = self.town.clock()
            self.town.clock.forward(minutes=minutes)
        return left

    def look(self, row: Invitation) -> tuple[str, str]:
        found = self.town.row(row.id)
        return found.state, found.reason or ""

    def why(self, who: str, channel: str = "email") -> dict[str, Finding]:
        found = explain(self.town.services, self.town.site.id, who, None, channel).verdict.findings
        return {f.rule: f for f in found}

    def spent(self, name: str, bucket: str) -> int:
        with self.town.services.db.reading() as db:
            return counters.spent(SiteScope(db, self.town.site.id), name, datetime.fromisoformat(bucket))


@pytest.fixture
def days(town: Town) -> Days:
    return Days(town)
