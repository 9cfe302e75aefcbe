"""Stand-ins for providers, each in a process of its own, so that what they cost is not ours."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any

from channels.email import sendgrid_story
from channels.email.sendgrid_fake import SendGridFake
from channels.email.smtp_fake import SmtpFake
from channels.sms.twilio_fake import TwilioFake
from tests.forks import forked
from tests.outbox.office import ACCOUNT, KEY, TOKEN

URGENT = "urgent"
"""With this begins the address of what is waited for."""
FASTEST = "10000"


class Timed(SendGridFake):
    """`taken`: when each urgent mail was, by address, on the clock that all processes share."""

    def __init__(self) -> None:
        super().__init__(KEY)
        self.taken: dict[str, float] = {}

    def keep(self, message: dict[str, Any]) -> None:
        super().keep(message)
        to = sendgrid_story.address(message)
        if to.startswith(URGENT):
            self.taken[to] = time.monotonic()


STANDS: Mapping[str, Callable[[], Any]] = {
    "sendgrid": Timed,
    "twilio_sms": lambda: TwilioFake(ACCOUNT, TOKEN),
    "smtp": SmtpFake,
}


class Stand:
    """One of them, seen from outside. `env`: the settings of a server that sends by it."""

    def __init__(self, name: str, line: Connection):
        self._line = line
        self.env = {**_settings(name, line.recv()), "MAIL_FROM": "Ask <ask@example.com>"}

    @property
    def count(self) -> int:
        """How many messages it has taken."""
        return int(self._ask()[0])

    @property
    def taken(self) -> Mapping[str, float]:
        return dict(self._ask()[1])

    def _ask(self) -> Any:
        self._line.send(None)
        return self._line.recv()


@contextmanager
def stand(name: str, core: int | None = None) -> Iterator[Stand]:
    ours, theirs = Pipe()
    process = forked(_serve, theirs, name, core)
    theirs.close()
    try:
        yield Stand(name, ours)
    finally:
        process.kill()
        process.join()


def _serve(line: Connection, name: str, core: int | None) -> None:
    if core is not None:
        os.sched_setaffinity(0, [core])
    with STANDS[name]() as fake:
        line.send(fake.url)
        while True:
            line.recv()
            line.send((fake.count, getattr(fake, "taken", {})))


def _settings(name: str, url: str) -> dict[str, str]:
    match name:
        case "sendgrid":
            return {"EMAIL_PROVIDER": name, "SENDGRID_API_KEY": KEY, "SENDGRID_URL": url}
        case "twilio_sms":
            account = {"TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_FROM": "+15005550006"}
            return {"SMS_PROVIDER": name, "TWILIO_URL": url, **account}
    return {"EMAIL_PROVIDER": name, "SMTP_URL": url}
