"""The stand-ins for both providers, who remember when they took what, and when we had heard of it."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from channels.email import sendgrid_story
from channels.email.sendgrid_fake import SendGridFake
from channels.faults import Weather
from channels.sms.twilio_fake import TwilioFake
from tests.outbox.plan import FAULTS, Plan, is_told, number_of

ACCOUNT, TOKEN, KEY = "AC" + "a" * 32, "t0ken", "SG.right"


class Mails(SendGridFake):
    """`taken`: when each mail to an address was; `told`: when we had acknowledged the first word about one."""

    def __init__(self) -> None:
        super().__init__(KEY, automatic=True)
        self.taken: dict[str, list[float]] = defaultdict(list)
        self.told: dict[str, float] = {}

    def keep(self, message: dict[str, Any]) -> None:
        super().keep(message)
        self.taken[sendgrid_story.address(message)].append(time.monotonic())

    def _story(self, mail: dict[str, Any]) -> list[dict[str, Any]]:
        return super()._story(mail) if is_told(number_of(sendgrid_story.address(mail))) else []

    def _report(self, events: list[dict[str, Any]]) -> int:
        status = super()._report(events)
        if 200 <= status < 300:
            for event in events:
                self.told.setdefault(event["email"], time.monotonic())
        return status


class Texts(TwilioFake):
    """In the same way `taken`, by number."""

    def __init__(self) -> None:
        super().__init__(ACCOUNT, TOKEN, automatic=True)
        self.taken: dict[str, list[float]] = defaultdict(list)

    def keep(self, message: dict[str, Any]) -> None:
        super().keep(message)
        self.taken[message["to"]].append(time.monotonic())

    def _play(self, message: dict[str, Any], callback: str) -> int:
        return super()._play(message, callback) if is_told(number_of(message["to"])) else 0


@dataclass(frozen=True)
class Office:
    """Both of them, open."""

    mails: Mails
    texts: Texts

    @property
    def env(self) -> Mapping[str, str]:
        """The settings of a server that sends by them."""
        return {
            "EMAIL_PROVIDER": "sendgrid", "SENDGRID_API_KEY": KEY, "SENDGRID_URL": self.mails.url,
            "SENDGRID_WEBHOOK_KEY": self.mails.webhook_key, "MAIL_FROM": "Ask <ask@example.com>",
            "SMS_PROVIDER": "twilio_sms", "TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_FROM": "+15005550006", "TWILIO_URL": self.texts.url,
        }  # fmt: skip

    def set_weather(self, plan: Plan | None) -> None:
        """Bad as it is planned; good without a plan."""
        for n, fake in enumerate((self.mails, self.texts)):
            fake.faults.set_weather(Weather(plan.share, FAULTS, plan.seed + n) if plan else None)

    def taken(self, channel: str) -> Mapping[str, Sequence[float]]:
        return self.mails.taken if channel == "email" else self.texts.taken


@contextmanager
def open_office() -> Iterator[Office]:
    with Mails() as mails, Texts() as texts:
        yield Office(mails, texts)
