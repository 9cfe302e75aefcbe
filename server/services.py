"""The real parts, put together once a process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from channels import provider
from channels.channel import Kind, Provider
from channels.outbox import Outbox
from channels.sms import content
from server.core.delivery import TRANSACTIONAL
from server.environment import keep_secret
from server.gate.allowance import Allowance
from server.gate.redis import RedisGate
from server.gate.tally import Tally
from server.gate.verdict import Gate
from server.queue import RedisQueue
from server.settings import Settings
from server.shelf import Shelf
from server.store.clicks import Basket
from server.store.db import Database, Session, database_time

READINGS = 200
"""Persons a second, of whom one web process may read in the ledger for the widget: a gate that lost its memory must
not take the database with it."""


class Queue(Protocol):
    def later(self, job: str, ids: Sequence[str], lane: int = TRANSACTIONAL) -> None:
        """Put off one `job` about all of these ids, behind what waits in earlier lanes. Raises QueueAway, also when
        too much waits in this one."""

    def waiting(self, lane: int) -> int:
        """How many jobs wait in a lane. Raises QueueAway."""


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Services:
    """Everything that a story may use. Time is a part like any other."""

    settings: Settings
    db: Database
    gate: Gate
    queue: Queue
    providers: Mapping[Kind, tuple[Provider, ...]]
    """Of each kind one, or several that stand in for each other."""
    now: Callable[[], datetime] = utc_now
    tally: Tally = field(default_factory=Tally)
    moment: Callable[[Session], datetime] = database_time
    """The database's own time, which is one for every process: by it the ledger counts."""
    sheets: Shelf[Any] = field(default_factory=Shelf)
    asked: Shelf[Any] = field(default_factory=Shelf)
    """Sites and versions of surveys, as pages need them."""
    clicks: Basket = field(default_factory=Basket)
    """Visits to the links of messages, until they are written down."""
    readings: Allowance = field(default_factory=lambda: Allowance(READINGS))
    """How often widget requests may read the ledger."""

    @property
    def secret(self) -> str:
        return self.settings.secret_key

    def provider_named(self, name: str) -> Provider | None:
        """The provider that the settings call so, when it is in use."""
        return next((each for some in self.providers.values() for each in some if each.name == name), None)

    def link(self, path: str) -> str:
        """An absolute address, on PUBLIC_URL."""
        return self.settings.public_url + path


def complete(settings: Settings) -> Settings:
    """`settings` with what the data folder supplies: the database, the Redis socket, the secret, the address."""
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    shown = "127.0.0.1" if settings.host in ("0.0.0.0", "::", "") else settings.host  # noqa: S104  # compared, not bound
    return replace(
        settings,
        database_url=settings.database_url or f"sqlite:///{settings.data / 'askonce.db'}",
        redis_url=settings.redis_url or f"unix://{settings.data / 'valkey.sock'}",
        secret_key=settings.secret_key or keep_secret(settings.data / "secret.key"),
        public_url=settings.public_url or f"http://{shown}:{settings.port}",
    )


def connect(settings: Settings) -> Services:
    """Services on the real parts that `settings` (complete) names. Nothing is dialled yet."""
    return Services(
        settings=settings,
        db=Database(settings.database_url, connections=settings.web_threads + 2),
        gate=RedisGate(settings.gate_redis_url or settings.redis_url),
        queue=RedisQueue(settings.redis_url),
        providers=Providers(settings),
    )


def mailbox(settings: Settings, kind: Kind) -> Outbox:
    """The development mailbox, one for mail, texts and calls."""
    folder: Path = settings.data / "outbox"
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    return Outbox(folder, kind, settings.mail_from)


class Providers(Mapping[Kind, tuple[Provider, ...]]):
    """The providers of each kind, made when they are first needed: a web process that only verifies a callback
    should not pay for a client library before one comes."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._made: dict[Kind, tuple[Provider, ...]] = {}

    def __getitem__(self, kind: Kind) -> tuple[Provider, ...]:
        if kind not in self._made:
            s = self._settings
            names = {"email": s.email_provider, "sms": s.sms_provider, "phone": s.phone_provider}[kind].split(",")
            self._made[kind] = tuple(_provider(s, kind, name) for name in names)
        return self._made[kind]

    def __iter__(self) -> Iterator[Kind]:
        return iter(("email", "sms", "phone"))

    def __len__(self) -> int:
        return 3


def _provider(s: Settings, kind: Kind, name: str) -> Provider:
    match name:
        case "smtp":
            return provider(kind, name)(
                s.smtp_url,
                s.mail_from,
                ca_file=s.smtp_ca_file,
                per_second=s.smtp_per_second,
                timeout=s.provider_timeout,
            )
        case "sendgrid":
            return provider(kind, name)(
                s.sendgrid_api_key,
                s.mail_from,
                base_url=s.sendgrid_url,
                webhook_key=s.sendgrid_webhook_key,
                per_second=s.sendgrid_per_second,
                timeout=s.provider_timeout,
            )
        case "twilio_sms":
            return provider(kind, name)(
                s.twilio_account_sid,
                s.twilio_auth_token,
                s.twilio_from,
                base_url=s.twilio_url,
                per_second=s.twilio_per_second,
                templates=content.read(s.twilio_templates),
                talks=content.read(s.twilio_talk_templates),
                timeout=s.provider_timeout,
            )
        case "twilio_voice":
            return provider(kind, name)(
                s.twilio_account_sid,
                s.twilio_auth_token,
                s.twilio_call_from or s.twilio_from,
                base_url=s.twilio_url,
                per_second=s.twilio_calls_per_second,
                timeout=s.provider_timeout,
            )
    return mailbox(s, kind)
