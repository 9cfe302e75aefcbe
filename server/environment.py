"""What the environment says about the knobs. What makes no sense stops the start, all of it named at once."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from server.settings import KNOBS, LOOPBACK, Settings


class SettingsError(Exception):
    """The environment makes no sense; `faults` lists everything that is wrong, each with what to do."""

    def __init__(self, faults: list[str]):
        super().__init__("; ".join(faults))
        self.faults = faults


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
    for name, found in KNOBS.items():
        raw = env.get(name, "")
        if not raw.strip():
            continue
        try:
            values[found.name] = found.metadata["read"](raw)
        except ValueError as why:
            shown = "" if found.metadata["secret"] else f" (it is {raw!r})"
            faults.append(f"{name} {why}{shown}")
    # What could be read is checked as a whole too: somebody who mends a start wants to mend it once.
    settings = Settings(**values)
    faults += _contradictions(settings)
    if faults:
        raise SettingsError(faults)
    return settings


def _contradictions(s: Settings) -> list[str]:
    mail, texts = s.email_provider.split(","), s.sms_provider.split(",")
    caller = s.twilio_call_from or s.twilio_from
    needs = [
        ("smtp" in mail and not s.smtp_url, "EMAIL_PROVIDER=smtp needs SMTP_URL"),
        ("sendgrid" in mail and not s.sendgrid_api_key, "EMAIL_PROVIDER=sendgrid needs SENDGRID_API_KEY"),
        (
            "twilio_sms" in texts and not (s.twilio_account_sid and s.twilio_auth_token and s.twilio_from),
            "SMS_PROVIDER=twilio_sms needs TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_FROM",
        ),
        (
            "twilio_voice" in s.phone_provider.split(",")
            and not (s.twilio_account_sid and s.twilio_auth_token and caller.startswith("+")),
            "PHONE_PROVIDER=twilio_voice needs TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, and a number in TWILIO_CALL_FROM",
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
            s.host not in LOOPBACK and not s.public_url,
            "PUBLIC_URL must be set when HOST is open to others: links are made from it",
        ),
        (
            bool(s.crash_at) and not s.is_ours_alone,
            "CRASH_AT is for tests on this machine; a server that others reach must not have it",
        ),
    ]
    return [fault for wrong, fault in needs if wrong]


def keep_secret(place: Path) -> str:
    """The secret of this server: read from `place`, or made there, readable by its owner alone."""
    if not place.exists():
        made = place.with_name(f"{place.name}.{os.getpid()}")
        with os.fdopen(os.open(made, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
        # A link appears whole or not at all: of two processes that start at once, both read the same secret.
        with suppress(FileExistsError):
            os.link(made, place)
        made.unlink()
    return place.read_text().strip()
