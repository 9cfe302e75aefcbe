"""A real mail server sends a mail back, and the address that it was to is not used again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from channels.channel import Outgoing
from channels.email.incoming import read
from channels.email.smtp import Smtp
from tests import postfix
from tests.journeys.test_mail_comes_back import handed, suppressed
from tests.ports import free_port
from tests.running import eventually, running

pytestmark = [
    pytest.mark.postfix,
    pytest.mark.skipif(not postfix.CAN_RUN, reason="needs Postfix and root: make postfix says more"),
]
GONE, FULL, ANN = "nobody@shop.example", "full@shop.example", "ann@shop.example"


class World:
    """All other mail servers there are: one that knows nobody by the name of GONE."""

    def __init__(self) -> None:
        self.mails: dict[str, bytes] = {}
        """By whom they are to; the latest."""

    async def handle_RCPT(self, server: Any, session: Any, envelope: Envelope, address: str, options: Any) -> str:
        match address:
            case "nobody@shop.example":
                return "550 5.1.1 No such user here"
            case "full@shop.example":
                return "552 5.2.2 Mailbox full"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.mails |= dict.fromkeys(envelope.rcpt_tos, envelope.content)
        return "250 OK"

    def reports(self) -> dict[str, bytes]:
        return {to: raw for to, raw in self.mails.items() if to.startswith("bounces+")}


@contextmanager
def world() -> Iterator[tuple[World, int]]:
    made, port = World(), free_port()
    controller = Controller(made, "127.0.0.1", port)
    controller.start()
    try:
        yield made, port
    finally:
        controller.stop()


def test_its_bounce_ends_the_address_and_a_full_mailbox_does_not(tmp_path: Path) -> None:
    with world() as (others, sink), postfix.running(sink) as port:
        env = {
            "EMAIL_PROVIDER": "smtp", "SMTP_URL": f"smtp+plain://127.0.0.1:{port}", "MAIL_FROM": "a@ask.example",
            "MAIL_BOUNCE": "bounces@ask.example", "MAIL_REPLY": "reply@ask.example",
        }  # fmt: skip
        with running(tmp_path / "data", **env) as server:
            key = server.key()
            for address in (GONE, FULL, ANN):
                assert server.call("/v1/people", {"email": address}, key)[0] == 201
            eventually(lambda: ANN in others.mails and len(others.reports()) == 2, 60)
            for to, raw in others.reports().items():
                assert b"multipart/report" in raw
                assert handed(server, raw, to) == 0

            assert [each["address"] for each in suppressed(server, key)] == [GONE]
            assert server.command("why", GONE)["held_by"] == "suppressed"
            assert server.command("why", FULL)["held_by"] != "suppressed"


def test_what_it_says_is_what_we_read(tmp_path: Path) -> None:
    """Both reports, as this very server writes them."""
    with world() as (others, sink), postfix.running(sink) as port:
        smtp = Smtp(f"smtp+plain://127.0.0.1:{port}", "Ask <ask@ask.example>")
        assert smtp.check() == []
        token = "a" * 42
        for to in (GONE, FULL):
            back = f"bounces+{to[0]}{token}@ask.example"
            smtp.send([Outgoing(f"inv-{to[0]}", "email", to, "How?", "x", attempt=f"try={to[0]}", return_path=back)])
        eventually(lambda: len(others.reports()) == 2, 60)
    heard = {to: read(raw) for to, raw in others.reports().items()}
    gone, full = heard[f"bounces+n{token}@ask.example"], heard[f"bounces+f{token}@ask.example"]
    assert gone
    assert full
    assert (gone.kind, gone.attempt, gone.ref) == ("bounced", "try=n", "<inv-n@ask.example>")
    assert (full.kind, full.attempt, full.ref) == ("failed", "try=f", "<inv-f@ask.example>")
    assert gone.back[0] == f"bounces+n{token}@ask.example"
