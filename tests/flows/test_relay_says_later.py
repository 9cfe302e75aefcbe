"""A real mail relay says "later" for an hour: nothing is lost, nothing hurries, and then the mail leaves once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from server.core.people import claims_of
from server.flows.invite import Wish, invite
from server.flows.keep_time import tick
from server.services import Services
from server.store.tables import Invitation, Site
from tests.parts import NOON, Clock, Waiting
from tests.ports import free_port
from tests.web.parts import rows

HOUR = timedelta(hours=1)


class Shy:
    """A relay that takes nothing until an hour has passed; at which step it says so is the test's choice."""

    def __init__(self, clock: Clock, step: str) -> None:
        self.clock, self.step = clock, step
        self.asked: list[datetime] = []
        self.taken: list[datetime] = []

    def answer(self, step: str) -> str:
        if step == self.step:
            self.asked.append(self.clock())
        return "451 4.7.1 try again later" if step == self.step and self.clock() < NOON + HOUR else "250 OK"

    async def handle_MAIL(self, server: Any, session: Any, envelope: Envelope, address: str, options: list[str]) -> str:
        envelope.mail_from = address
        return self.answer("MAIL")

    async def handle_RCPT(self, server: Any, session: Any, envelope: Envelope, address: str, options: Any) -> str:
        said = self.answer("RCPT")
        if said.startswith("250"):
            envelope.rcpt_tos.append(address)
        return said

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        said = self.answer("DATA")
        if said.startswith("250"):
            self.taken.append(self.clock())
        return said


@contextmanager
def relay(shy: Shy) -> Iterator[int]:
    port = free_port()
    controller = Controller(shy, "127.0.0.1", port)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA"])
def test_an_hour_of_later_and_then_it_leaves_once(
    make_services: Callable[..., Services], site: Site, clock: Clock, queue: Waiting, step: str
) -> None:
    shy = Shy(clock, step)
    with relay(shy) as port:
        services = make_services(
            EMAIL_PROVIDER="smtp", SMTP_URL=f"smtp+plain://127.0.0.1:{port}", MAIL_FROM="Ask <ask@ask.example>"
        )
        invite(services, site.id, Wish(claims_of(email="ann@example.com"), "Ann", "email", timedelta(), True, {}, None))
        for _ in range(3 * 60):  # three hours, a minute at a time
            queue.carry_out(services)
            clock.forward(minutes=1)
            tick(services)

    (row,) = rows(services, Invitation)
    assert row.state == "accepted"
    assert len(shy.taken) == 1
    assert NOON + HOUR <= shy.taken[0] <= NOON + 2 * HOUR
    assert 2 <= len(shy.asked) <= 9  # each wait is longer than the one before it
    assert sorted(b - a for a, b in zip(shy.asked, shy.asked[1:], strict=False))[0] >= timedelta(minutes=5)
