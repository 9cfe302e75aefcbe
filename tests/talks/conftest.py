"""A house that texts by Twilio's stand-in, all over real HTTP, and what became of each conversation."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from sqlalchemy import select
from werkzeug.serving import make_server

from channels.sms.twilio_fake import TwilioFake
from channels.sms.twilio_phone import Wrote
from server.app import create_app
from server.flows.decide import decide
from server.flows.make_survey import publish, save
from server.flows.set_up import create_key, create_site
from server.services import Services
from server.store import responses, surveys, turns
from server.store.scope import SiteScope
from server.store.tables import Answer, Invitation, Response, Site, Turn
from tests.parts import Clock, Waiting
from tests.ports import free_port
from tests.web.parts import basic

ACCOUNT, TOKEN = "AC" + "a" * 32, "t0ken"
INBOUND = "/receipts/twilio_sms/inbound"


@dataclass
class House:
    """A server on this machine, and the phones of everybody whom it texts."""

    url: str
    services: Services
    twilio: TwilioFake
    queue: Waiting
    clock: Clock
    sites: dict[str, tuple[Site, str]] = field(default_factory=dict)
    """By name, each with its key."""

    def site(self, name: str, definition: Mapping[str, Any]) -> None:
        """A site whose one survey is `definition`."""
        site = create_site(self.services, name)
        decide(self.services, site.id, {"numbers_alike": "none"}, "the team")  # all of them are of one range
        self.sites[name] = site, create_key(self.services, site.id)
        self.write(name, definition)

    def write(self, name: str, definition: Mapping[str, Any]) -> None:
        """The survey of this site says so from now on."""
        site = self.sites[name][0]
        with self.services.db.reading() as db:
            survey = surveys.named(SiteScope(db, site.id), None)
        assert survey
        save(self.services, site.id, survey.id, definition, "the team")
        publish(self.services, site.id, survey.id, "the team")

    def ask(self, name: str, number: str, language: str = "", email: str = "", **properties: str) -> str:
        """Somebody is asked by a program of the team, and the worker sends it; the text that she gets."""
        said: dict[str, Any] = {"phone_number": number, "channel": "sms", "name": "Ann"}
        said |= {"properties": {**properties, **({"locale": language} if language else {})}}
        said |= {"email": email} if email else {}
        status, _ = self.call("/v1/people", said, self.sites[name][1])
        assert status == 201
        before = self.twilio.count
        self.queue.carry_out(self.services)
        assert self.twilio.count == before + 1, "she was not asked"
        return str(self.twilio.messages[-1]["body"])

    def says(self, number: str, text: str, **more: Any) -> list[str]:
        """She texts; what she gets back, what Twilio says of its own included."""
        wrote = self.wrote(number, text, **more)
        assert wrote.status == 200, wrote
        return [*([wrote.own] if wrote.own else []), *(said.text for said in wrote.said)]

    def wrote(self, number: str, text: str, **more: Any) -> Wrote:
        self.clock.forward(seconds=5)
        return self.twilio.write(number, text, **more)

    def call(self, path: str, body: Any = None, key: str = "") -> tuple[int, str]:
        """Status and body of one request; JSON goes out, a form when it is bytes."""
        form = isinstance(body, bytes)
        data = body if form or body is None else json.dumps(body).encode()
        kind = "application/x-www-form-urlencoded" if form else "application/json"
        headers = {"Content-Type": kind, **(basic(key) if key else {})}
        url = path if path.startswith("http") else self.url + path
        try:
            with urlopen(Request(url, data, headers), timeout=60) as answered:
                return answered.status, answered.read().decode()
        except HTTPError as why:
            return why.code, why.read().decode()

    def answers(self, number: str) -> dict[str, Any]:
        """Everything that is stored of the one response of whoever has this number, by question; {} for none."""
        with self.services.db.reading() as db:
            stories = {row.story for row in db.scalars(select(Invitation).where(Invitation.address == number))}
            found = list(db.scalars(select(Response).where(Response.invitation_id.in_(stories))))
            assert len(found) <= 1
            return responses.answered(SiteScope(db, found[0].site_id), found[0].id) if found else {}

    def turns(self, number: str) -> list[Turn]:
        with self.services.db.reading() as db:
            return list(db.scalars(select(Turn).where(Turn.address == number).order_by(Turn.id)))

    def stored(self, table: Any) -> list[Any]:
        with self.services.db.reading() as db:
            return list(db.scalars(select(table)))

    def told(self) -> tuple[int, int]:
        """How many responses and answers there are."""
        return len(self.stored(Response)), len(self.stored(Answer))

    def side_by_side(self, number: str) -> str:
        """The conversation, and what is stored of it."""
        said = [f"  {'→' if turn.side == turns.OURS else '←'} {turn.words}" for turn in self.turns(number)]
        return "\n".join([*said, f"  = {json.dumps(self.answers(number), ensure_ascii=False)}"])


@pytest.fixture
def house(make_services: Callable[..., Services], queue: Waiting, clock: Clock) -> Iterator[House]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with TwilioFake(ACCOUNT, TOKEN) as twilio:
        services = make_services(
            SMS_PROVIDER="twilio_sms", TWILIO_ACCOUNT_SID=ACCOUNT, TWILIO_AUTH_TOKEN=TOKEN,
            TWILIO_FROM=twilio.phones.number, TWILIO_URL=twilio.url, PUBLIC_URL=url,
        )  # fmt: skip
        twilio.phones.url = url + INBOUND
        server = make_server("127.0.0.1", port, create_app(services), threaded=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield House(url, services, twilio, queue, clock)
        server.shutdown()
        thread.join(10)
        server.server_close()
