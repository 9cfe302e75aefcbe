"""Every knob of the house: its name, its default and its reason."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from urllib.parse import urlsplit

from server.knobs import (
    currency,
    domains,
    knob,
    limit,
    number,
    one_of,
    path,
    plussed,
    rates,
    secret,
    sender,
    some_of,
    templates,
    url,
    web,
    whole,
)

LOOPBACK = {"127.0.0.1", "::1", "localhost"}

CRASH_POINTS = ("after_claim", "after_keep", "before_call", "after_call", "before_record", "after_record")
"""Places on the way of a message, in order, at which it must not matter that the worker dies."""
CRASH_IN_TALK = "after_text"
"""The same of a text that comes in: it is kept, and not answered yet."""

_postgres = ("postgresql", "postgres", "postgresql+psycopg")


@dataclass(frozen=True)
class Settings:
    """One value for each setting. The environment name is the field's name in capitals.

    `ASKONCE_DATA` is the one exception: it fills `data`.
    """

    data: Path = knob("Folder of everything this server keeps", path, Path(".askonce").absolute())
    port: int = knob("Port that the web server listens on", whole(1, 65535), 8000)
    host: str = knob("Address it listens on; 127.0.0.1 until a proxy stands in front", default="127.0.0.1")
    public_url: str = knob(
        "Address under which people reach this server; every link is made from it, never from a request",
        web,
    )
    database_url: str = knob("SQLite in the data folder, or postgresql://…", url("sqlite", *_postgres), secret=True)
    redis_url: str = knob(
        "A Redis or Valkey of your own; without it `askonce up` starts one",
        url("redis", "rediss", "unix"),
        secret=True,
    )
    gate_redis_url: str = knob(
        "Another Redis or Valkey for the gate alone: a cluster's, or redis+sentinel://host,host/service",
        url("redis", "rediss", "unix", "redis+sentinel"),
        secret=True,
    )
    secret_key: str = knob(
        "Signs links, identities and hooks; made and kept in the data folder when not set",
        secret,
        secret=True,
    )
    web_workers: int = knob("Web processes; one a core serves best", whole(1, 64), 2)
    web_threads: int = knob("Threads in each web process", whole(1, 64), 4)
    trusted_proxy_hops: int = knob(
        "Proxies of yours that add to X-Forwarded-For; 0 believes the socket alone", whole(0, 9), 0
    )
    limit_offers: str = knob("Widget requests from one network", limit, "6000 per minute")
    limit_strangers: str = knob("Wrong keys, wrong tokens and sign-ins from one network", limit, "120 per minute")
    mail_from: str = knob("Sender of invitations", sender, "Askonce <ask@localhost>")
    mail_domains: str = knob(
        "Domains that a site may name in its sender's and its reply address, beside the one of MAIL_FROM",
        domains,
    )
    mail_footer: str = knob("Postal address at the foot of each mail; the law asks for one")
    mail_bounce: str = knob(
        "Where mail of a relay comes back to; its server hands bounces+…@ to `askonce incoming`", plussed
    )
    mail_reply: str = knob(
        "Where answers to mail go; reply+…@ is handed to `askonce incoming`, or by SendGrid's Inbound Parse", plussed
    )
    email_provider: str = knob(
        "How mail leaves: outbox keeps it in the development mailbox; of smtp,sendgrid each stands in for the other",
        some_of("outbox", "smtp", "sendgrid"),
        "outbox",
    )
    smtp_url: str = knob(
        "smtp://user:password@host:587 (STARTTLS) or smtps://…:465; smtp+plain:// for a relay on this machine",
        url("smtp", "smtps", "smtp+plain"),
        secret=True,
    )
    smtp_ca_file: str = knob("Certificate authority of a relay with a certificate of your own")
    smtp_per_second: float = knob("Mails that the relay takes", number(0.01, 10_000), 50.0)
    sendgrid_api_key: str = knob("API key for SendGrid", secret=True)
    sendgrid_url: str = knob(
        "Where SendGrid's API is; its fake in a trial", url("http", "https"), "https://api.sendgrid.com"
    )
    sendgrid_webhook_key: str = knob(
        "Public key of the signed event webhook, and of Inbound Parse behind a comma; without it no report is believed"
    )
    sendgrid_per_second: float = knob("Mails that the SendGrid account takes", number(0.01, 100_000), 500.0)
    sms_provider: str = knob(
        "How texts leave: outbox keeps them in the development mailbox",
        some_of("outbox", "twilio_sms"),
        "outbox",
    )
    twilio_account_sid: str = knob("Account at Twilio")
    twilio_auth_token: str = knob("Its auth token: signs in, and proves callbacks", secret=True)
    twilio_from: str = knob(
        "Number (+…), Messaging Service (MG…) or WhatsApp sender (whatsapp:+…) that texts come from"
    )
    twilio_templates: str = knob(
        "Content templates (HX…) by language, * for others, said instead of texts with a link, as WhatsApp and RCS"
        " want it: {{1}} is the question, {{2}} the link",
        templates,
        "",
    )
    twilio_talk_templates: str = knob(
        "The same for surveys that are a conversation: {{1}} is the question with how to answer it", templates, ""
    )
    twilio_url: str = knob("Where Twilio's API is; its fake in a trial", url("http", "https"), "https://api.twilio.com")
    twilio_per_second: float = knob(
        "Texts that the number or service takes; 1 for a long number in the US", number(0.01, 10_000), 10.0
    )
    phone_provider: str = knob(
        "How people are called: outbox keeps what would be said in the development mailbox",
        some_of("outbox", "twilio_voice"),
        "outbox",
    )
    twilio_call_from: str = knob("Number (+…) that calls come from; TWILIO_FROM when that is a number")
    twilio_calls_per_second: float = knob(
        "Calls that the Twilio account begins; more must be agreed with Twilio", number(0.01, 1_000), 1.0
    )

    currency: str = knob("What the account at the provider is billed in; budgets and rates are in it", currency, "USD")
    text_rates: str = knob(
        "What a part of a text costs by country, * for all others; these are Twilio's in US dollars, rounded up",
        rates,
        "US=0.012,CA=0.012,*=0.15",
    )
    call_rates: str = knob(
        "The same for a minute of a call; four are set aside for each",
        rates,
        "US=0.014,CA=0.014,*=0.35",
    )

    resend_after: int = knob(
        "Seconds without a word after which a mail that may or may not have left is sent once more",
        whole(1, 86_400),
        900,
    )
    provider_timeout: float = knob(
        "Seconds that a provider has for each step of a call; what takes longer may or may not have left",
        number(0.1, 20),
        10.0,
    )
    crash_at: str = knob(
        "For tests of this server: its worker kills itself there; refused where others can reach it",
        one_of(*CRASH_POINTS, CRASH_IN_TALK),
    )

    @property
    def is_trial(self) -> bool:
        """Bound to this machine and without a real provider: demo page and mailbox may be shown."""
        return self.is_ours_alone and {self.email_provider, self.sms_provider, self.phone_provider} == {"outbox"}

    @property
    def paid(self) -> frozenset[str]:
        """Channels on which each message costs money: what they may cost is guarded."""
        by = {"sms": self.sms_provider, "phone": self.phone_provider}
        return frozenset(channel for channel, provider in by.items() if provider != "outbox")

    @property
    def is_ours_alone(self) -> bool:
        """Nobody beyond this machine reaches it.

        Behind a proxy HOST is this machine's too; then PUBLIC_URL tells that strangers can come.
        """
        reached = urlsplit(self.public_url).hostname or self.host
        return {self.host, reached} <= LOOPBACK


def env_name(knob: str) -> str:
    """`data` is `ASKONCE_DATA`; every other knob is its name in capitals."""
    return "ASKONCE_DATA" if knob == "data" else knob.upper()


KNOBS = {env_name(f.name): f for f in fields(Settings)}
