"""A server that takes calls on loopback, beside a stand-in for Twilio, and a site with a survey for the phone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from werkzeug.serving import WSGIRequestHandler, make_server

from channels.voice.caller import Caller
from channels.voice.twilio_fake import TwilioVoiceFake
from server.app import create_app
from server.core.links import new_id
from server.flows.set_up import create_site
from server.services import Services
from server.store import recordings, responses, surveys
from server.store.scope import SiteScope
from server.store.surveys import StoredSurvey
from server.store.tables import CallRow, CallTurn, Invitation, Site
from tests.calls import schema
from tests.parts import Waiting

ACCOUNT, TOKEN, OURS = "AC" + "a" * 32, "t0ken", "+15005550006"

SURVEY: dict[str, Any] = {
    "name": "Support call",
    "questions": [
        {
            "id": "score", "kind": "nps", "text": {"en": "How likely are you to recommend us?", "de": "Wie war es?"},
            "low": {"en": "not at all", "de": "nein"}, "high": {"en": "very", "de": "ja"}, "required": True,
        },
        {
            "id": "about", "kind": "select_one", "text": {"en": "What was it about?", "de": "Worum ging es?"},
            "options": [
                {"id": "bill", "text": {"en": "A bill", "de": "Rechnung"}},
                {"id": "parcel", "text": {"en": "A parcel", "de": "Paket"}},
                {"id": "else", "text": {"en": "Something else", "de": "Anderes"}},
            ],
        },
        {"id": "why", "kind": "free_response", "text": {"en": "What is the reason?", "de": "Warum?"}},
    ],
    "thanks": {
        "text": {"en": "Thank you.", "de": "Danke."},
        "groups": {"detractor": {"text": {"en": "We are sorry, and thank you.", "de": "Das tut uns leid. Danke."}}},
    },
}  # fmt: skip
"""Two questions and a spoken comment."""


class Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Says nothing."""


@dataclass
class House:
    """What a test holds in its hand."""

    url: str
    services: Services
    twilio: TwilioVoiceFake
    site: Site
    survey: StoredSurvey
    queue: Waiting

    def caller(self, number: str, script: str) -> Caller:
        return self.twilio.inbound(number, OURS, script)

    def hand_over(self, number: str, script: str, query: str = "?survey=phone", **fields: str) -> Caller:
        """A call that another system hands over, from its first request to its end."""
        caller = self.caller(number, script)
        caller.call(f"{self.url}/calls/{self.site.key}{query}", **fields)
        return caller

    def work(self) -> None:
        """What workers were asked to do is done."""
        self.queue.carry_out(self.services)

    def turns(self, ref: str) -> list[CallTurn]:
        """Of the call that its provider calls so."""
        with self.services.db.reading() as db:
            call = db.scalars(select(CallRow).where(CallRow.ref == ref)).one()
            return list(db.scalars(select(CallTurn).where(CallTurn.call_id == call.id).order_by(CallTurn.number)))

    def asked(self, number: str) -> list[Invitation]:
        """Every invitation of whoever is at this number, the first first."""
        with self.services.db.reading() as db:
            order = (Invitation.created_at, Invitation.follows.is_not(None))
            return list(db.scalars(select(Invitation).where(Invitation.address == number).order_by(*order)))

    def stored(self, number: str) -> dict[str, Any]:
        """Her answers by question id, and under `spoken` the seconds of her recordings by question id."""
        answers: dict[str, Any] = {}
        spoken: dict[str, int] = {}
        asked = self.asked(number)
        with self.services.db.reading() as db:
            for story in {row.story for row in asked}:
                answers |= responses.at(db, story)[1]
                kept = recordings.of_stories(SiteScope(db, self.site.id), [story]).get(story, {})
                spoken |= {question: row.seconds for question, row in kept.items()}
        return {**answers, **({"spoken": spoken} if spoken else {})}


@contextmanager
def house(make: Callable[..., Services], queue: Waiting, **env: str) -> Iterator[House]:
    """Running until the block ends; `make` makes services with settings."""
    server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True, request_handler=Quiet)
    url = f"http://127.0.0.1:{server.port}"
    with TwilioVoiceFake(ACCOUNT, TOKEN) as twilio:
        twilio.check = schema.check
        settings: Mapping[str, str] = {
            "PUBLIC_URL": url, "PHONE_PROVIDER": "twilio_voice", "SMS_PROVIDER": "twilio_sms", "TWILIO_URL": twilio.url,
            "TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_FROM": OURS, **env,
        }  # fmt: skip
        services = make(**settings)
        site = create_site(services, "Harbour")
        with services.db.writing() as db:
            survey = surveys.add_survey(SiteScope(db, site.id), new_id(), "phone", SURVEY, services.now())
        server.app = create_app(services)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield House(url, services, twilio, site, survey, queue)
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
