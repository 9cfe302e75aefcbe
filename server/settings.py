"""Every knob of the house: its name, its default and its reason. What makes no sense stops the start."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


class SettingsError(Exception):
    """The environment makes no sense; `faults` lists everything that is wrong, each with what to do."""

    def __init__(self, faults: list[str]):
        super().__init__("; ".join(faults))
        self.faults = faults


def _text(raw: str) -> str:
    return raw.strip()


def _path(raw: str) -> Path:
    return Path(raw).expanduser().absolute()


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(raw: str) -> int:
        value = int(raw) if raw.strip().isdigit() else -1
        if not low <= value <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return value

    return read


def _url(*schemes: str) -> Callable[[str], str]:
    def read(raw: str) -> str:
        parts = urlsplit(raw.strip())
        if parts.scheme not in schemes or not (parts.netloc or parts.path):
            raise ValueError("must be an address that starts with " + " or ".join(f"{s}:" for s in schemes))
        return raw.strip().rstrip("/")

    return read


def _web(raw: str) -> str:
    """As browsers write an origin: without the usual port, host in lower case. A path may follow."""
    parts = urlsplit(raw.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc or parts.query:
        raise ValueError("must be an address such as https://ask.example.com")
    usual = {"http": 80, "https": 443}[parts.scheme]
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = f":{parts.port}" if parts.port and parts.port != usual else ""
    return f"{parts.scheme}://{host}{port}{parts.path.rstrip('/')}"


def _limit(raw: str) -> str:
    if not re.fullmatch(r"[1-9]\d{0,8} (per|/) (second|minute|hour|day)", raw.strip()):
        raise ValueError('must be a limit such as "120 per minute"')
    return raw.strip()


def _one_of(*words: str) -> Callable[[str], str]:
    def read(raw: str) -> str:
        if raw.strip() not in words:
            raise ValueError("must be one of " + ", ".join(words))
        return raw.strip()

    return read


def _some_of(alone: str, *words: str) -> Callable[[str], str]:
    """One word, or several with commas between them; `alone` goes with no other."""

    def read(raw: str) -> str:
        said = [word.strip() for word in raw.split(",")]
        if not set(said) <= {alone, *words} or len(set(said)) < len(said) or (alone in said and len(said) > 1):
            raise ValueError(f"must be {alone}, or of {', '.join(words)} one or more, with commas between them")
        return ",".join(said)

    return read


def _sender(raw: str) -> str:
    address = raw.rsplit("<", 1)[-1].rstrip("> ")
    if address.count("@") != 1 or any(c in raw for c in "\r\n"):
        raise ValueError('must be an address such as "Ask <ask@example.com>"')
    return raw.strip()


def _domains(raw: str) -> str:
    found = [part.strip().lower() for part in raw.split(",") if part.strip()]
    if wrong := next((each for each in found if not re.fullmatch(r"([a-z0-9-]{1,63}\.)+[a-z0-9-]{2,63}", each)), ""):
        raise ValueError(f"must be domains such as example.com, with commas between; {wrong!r} is none")
    return ",".join(found)


def _plussed(raw: str) -> str:
    """An address that has others of its own, with a plus sign and 42 characters: 64 fit before the @ (RFC 5321)."""
    local, _, domain = raw.strip().partition("@")
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,21}", local) or not re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", domain):
        raise ValueError("must be an address such as bounces@example.com, with at most 21 characters before the @")
    return raw.strip()


def _number(low: float, high: float) -> Callable[[str], float]:
    def read(raw: str) -> float:
        value = float(raw) if re.fullmatch(r"\s*\d{1,9}(\.\d{1,9})?\s*", raw) else -1
        if not low <= value <= high:
            raise ValueError(f"must be a number from {low:g} to {high:g}")
        return value

    return read


def _secret(raw: str) -> str:
    if len(raw.strip()) < 32:
        raise ValueError("must have at least 32 characters; `openssl rand -hex 32` makes one")
    return raw.strip()


def _knob(reason: str, read: Callable[[str], Any] = _text, default: Any = "", secret: bool = False) -> Any:
    return field(default=default, metadata={"reason": reason, "read": read, "secret": secret})


_LOOPBACK = {"127.0.0.1", "::1", "localhost"}

CRASH_POINTS = ("after_claim", "after_keep", "before_call", "after_call", "before_record", "after_record")
"""Places on the way of a message, in order, at which it must not matter that the worker dies."""

_postgres = ("postgresql", "postgres", "postgresql+psycopg")


@dataclass(frozen=True)
class Settings:
    """One value for each setting. The environment name is the field's name in capitals.

    `ASKONCE_DATA` is the one exception: it fills `data`.
    """

    data: Path = _knob("Folder of everything this server keeps", _path, Path(".askonce").absolute())
    port: int = _knob("Port that the web server listens on", _whole(1, 65535), 8000)
    host: str = _knob("Address it listens on; 127.0.0.1 until a proxy stands in front", default="127.0.0.1")
    public_url: str = _knob(
        "Address under which people reach this server; every link is made from it, never from a request",
        _web,
    )
    database_url: str = _knob("SQLite in the data folder, or postgresql://…", _url("sqlite", *_postgres), secret=True)
    redis_url: str = _knob(
        "A Redis or Valkey of your own; without it `askonce up` starts one",
        _url("redis", "rediss", "unix"),
        secret=True,
    )
    gate_redis_url: str = _knob(
        "Another Redis or Valkey for the gate alone: a cluster's, or redis+sentinel://host,host/service",
        _url("redis", "rediss", "unix", "redis+sentinel"),
        secret=True,
    )
    secret_key: str = _knob(
        "Signs links, identities and hooks; made and kept in the data folder when not set",
        _secret,
        secret=True,
    )
    web_workers: int = _knob("Web processes; one a core serves best", _whole(1, 64), 2)
    web_threads: int = _knob("Threads in each web process", _whole(1, 64), 4)
    trusted_proxy_hops: int = _knob(
        "Proxies of yours that add to X-Forwarded-For; 0 believes the socket alone", _whole(0, 9), 0
    )
    limit_offers: str = _knob("Widget requests from one network", _limit, "6000 per minute")
    limit_strangers: str = _knob("Wrong keys, wrong tokens and sign-ins from one network", _limit, "120 per minute")
    mail_from: str = _knob("Sender of invitations", _sender, "Askonce <ask@localhost>")
    mail_domains: str = _knob(
        "Domains that a site may name in its sender's and its reply address, beside the one of MAIL_FROM",
        _domains,
    )
    mail_footer: str = _knob("Postal address at the foot of each mail; the law asks for one")
    mail_bounce: str = _knob(
        "Where mail of a relay comes back to; its server hands bounces+…@ to `askonce incoming`", _plussed
    )
    mail_reply: str = _knob(
        "Where answers to mail go; reply+…@ is handed to `askonce incoming`, or by SendGrid's Inbound Parse", _plussed
    )
    email_provider: str = _knob(
        "How mail leaves: outbox keeps it in the development mailbox; of smtp,sendgrid each stands in for the other",
        _some_of("outbox", "smtp", "sendgrid"),
        "outbox",
    )
    smtp_url: str = _knob(
        "smtp://user:password@host:587 (STARTTLS) or smtps://…:465; smtp+plain:// for a relay on this machine",
        _url("smtp", "smtps", "smtp+plain"),
        secret=True,
    )
    smtp_ca_file: str = _knob("Certificate authority of a relay with a certificate of your own")
    smtp_per_second: float = _knob("Mails that the relay takes", _number(0.01, 10_000), 50.0)
    sendgrid_api_key: str = _knob("API key for SendGrid", secret=True)
    sendgrid_url: str = _knob(
        "Where SendGrid's API is; its fake in a trial", _url("http", "https"), "https://api.sendgrid.com"
    )
    sendgrid_webhook_key: str = _knob(
        "Public key of the signed event webhook, and of Inbound Parse behind a comma; without it no report is believed"
    )
    sendgrid_per_second: float = _knob("Mails that the SendGrid account takes", _number(0.01, 100_000), 500.0)
    sms_provider: str = _knob(
        "How texts leave: outbox keeps them in the development mailbox",
        _some_of("outbox", "twilio_sms"),
        "outbox",
    )
    twilio_account_sid: str = _knob("Account at Twilio")
    twilio_auth_token: str = _knob("Its auth token: signs in, and proves callbacks", secret=True)
    twilio_from: str = _knob("Number (+…) or Messaging Service (MG…) that texts come from")
    twilio_url: str = _knob(
        "Where Twilio's API is; its fake in a trial", _url("http", "https"), "https://api.twilio.com"
    )
    twilio_per_second: float = _knob(
        "Texts that the number or service takes; 1 for a long number in the US", _number(0.01, 10_000), 10.0
    )

    resend_after: int = _knob(
        "Seconds without a word after which a mail that may or may not have left is sent once more",
        _whole(1, 86_400),
        900,
    )
    provider_timeout: float = _knob(
        "Seconds that a provider has for each step of a call; what takes longer may or may not have left",
        _number(0.1, 20),
        10.0,
    )
    crash_at: str = _knob(
        "For tests of this server: its worker kills itself there; refused where others can reach it",
        _one_of(*CRASH_POINTS),
    )

    @property
    def is_trial(self) -> bool:
        """Bound to this machine and without a real provider: demo page and mailbox may be shown."""
        return self.is_ours_alone and {self.email_provider, self.sms_provider} == {"outbox"}

    @property
    def is_ours_alone(self) -> bool:
        """Nobody beyond this machine reaches it.

        Behind a proxy HOST is this machine's too; then PUBLIC_URL tells that strangers can come.
        """
        reached = urlsplit(self.public_url).hostname or self.host
        return {self.host, reached} <= _LOOPBACK


def env_name(knob: str) -> str:
    """`data` is `ASKONCE_DATA`; every other knob is its name in capitals."""
    return "ASKONCE_DATA" if knob == "data" else knob.upper()


KNOBS = {env_name(f.name): f for f in fields(Settings)}

# What other programs set for themselves and only looks like ours.
_FOREIGN = {"ASKONCE_DATA"}


def from_environment(env: Mapping[str, str] | None = None, **known: Any) -> Settings:
    """Settings from environment variables; `known` values win over defaults but not over `env`.

    Raises SettingsError with every fault at once.
    """
    env = os.environ if env is None else env
    faults: list[str] = []
    values: dict[str, Any] = dict(known)
    for name in env:
        if name.startswith("ASKONCE_") and name not in _FOREIGN:
            faults.append(f"{name} is no setting of Askonce; the README lists them all")
    for name, knob in KNOBS.items():
        raw = env.get(name, "")
        if not raw.strip():
            continue
        try:
            values[knob.name] = knob.metadata["read"](raw)
        except ValueError as why:
            shown = "" if knob.metadata["secret"] else f" (it is {raw!r})"
            faults.append(f"{name} {why}{shown}")
    # What could be read is checked as a whole too: somebody who mends a start wants to mend it once.
    settings = Settings(**values)
    faults += _contradictions(settings)
    if faults:
        raise SettingsError(faults)
    return settings


def _contradictions(s: Settings) -> list[str]:
    mail, texts = s.email_provider.split(","), s.sms_provider.split(",")
    needs = [
        ("smtp" in mail and not s.smtp_url, "EMAIL_PROVIDER=smtp needs SMTP_URL"),
        ("sendgrid" in mail and not s.sendgrid_api_key, "EMAIL_PROVIDER=sendgrid needs SENDGRID_API_KEY"),
        (
            "twilio_sms" in texts and not (s.twilio_account_sid and s.twilio_auth_token and s.twilio_from),
            "SMS_PROVIDER=twilio_sms needs TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_FROM",
        ),
        (
            bool(s.smtp_ca_file) and not Path(s.smtp_ca_file).is_file(),
            f"SMTP_CA_FILE {s.smtp_ca_file!r} is not a file",
        ),
        (
            mail != ["outbox"] and s.mail_from.rstrip("> ").endswith("@localhost"),
            "MAIL_FROM must be an address of yours when mail really leaves",
        ),
        (
            s.host not in _LOOPBACK and not s.public_url,
            "PUBLIC_URL must be set when HOST is open to others: links are made from it",
        ),
        (
            bool(s.crash_at) and not s.is_ours_alone,
            "CRASH_AT is for tests on this machine; a server that others reach must not have it",
        ),
    ]
    return [fault for wrong, fault in needs if wrong]


def keep_secret(path: Path) -> str:
    """The secret of this server: read from `path`, or made there, readable by its owner alone."""
    if not path.exists():
        made = path.with_name(f"{path.name}.{os.getpid()}")
        with os.fdopen(os.open(made, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
        # A link appears whole or not at all: of two processes that start at once, both read the same secret.
        with suppress(FileExistsError):
            os.link(made, path)
        made.unlink()
    return path.read_text().strip()
