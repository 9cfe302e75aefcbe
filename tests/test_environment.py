"""A set-up that makes no sense does not start, and says everything that is wrong with it."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from server.environment import SettingsError, from_environment, keep_secret
from server.settings import Settings


def faults(**env: str) -> list[str]:
    with pytest.raises(SettingsError) as wrong:
        from_environment(env)
    return wrong.value.faults


def test_an_empty_environment_is_a_good_one() -> None:
    settings = from_environment({})

    assert settings == Settings()
    assert settings.is_trial


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"), ("PORT", "65536"), ("PORT", "http"), ("PORT", "-1"), ("WEB_WORKERS", "0"), ("WEB_THREADS", "65"),
        ("PUBLIC_URL", "ask.example.com"), ("PUBLIC_URL", "ftp://ask.example.com"), ("PUBLIC_URL", "https://"),
        ("DATABASE_URL", "mysql://x/y"), ("REDIS_URL", "http://x"), ("SECRET_KEY", "short"),
        ("MAIL_FROM", "nobody"), ("MAIL_FROM", "a@b\nBcc: c@d"), ("EMAIL_PROVIDER", "pigeon"), ("SMS_PROVIDER", "fire"),
        ("SMTP_URL", "imap://x"), ("TRUSTED_PROXY_HOPS", "10"),
    ],
)  # fmt: skip
def test_a_value_that_makes_no_sense_is_named(name: str, value: str) -> None:
    [fault] = faults(**{name: value})

    assert fault.startswith(f"{name} must ")


def test_all_faults_are_told_at_once() -> None:
    told = faults(PORT="x", PUBLIC_URL="x", MAIL_FROM="x", ASKONCE_PROT="1")

    assert sorted(fault.split()[0] for fault in told) == ["ASKONCE_PROT", "MAIL_FROM", "PORT", "PUBLIC_URL"]


def test_a_name_that_only_looks_like_ours_is_a_fault() -> None:
    assert faults(ASKONCE_PORT="8000") == ["ASKONCE_PORT is no setting of Askonce; the README lists them all"]
    assert from_environment({"ASKONCE_DATA": "/tmp/a", "OTHER_PORT": "x"}).data == Path("/tmp/a")


@pytest.mark.parametrize(
    ("env", "missing"),
    [
        ({"EMAIL_PROVIDER": "smtp", "MAIL_FROM": "a@b.example"}, "SMTP_URL"),
        ({"EMAIL_PROVIDER": "sendgrid", "MAIL_FROM": "a@b.example"}, "SENDGRID_API_KEY"),
        ({"EMAIL_PROVIDER": "smtp", "SMTP_URL": "smtp://x"}, "MAIL_FROM"),
        ({"SMS_PROVIDER": "twilio_sms", "TWILIO_ACCOUNT_SID": "AC1"}, "TWILIO_AUTH_TOKEN"),
        ({"SMTP_CA_FILE": "/nowhere/ca.pem"}, "SMTP_CA_FILE"),
        ({"HOST": "0.0.0.0"}, "PUBLIC_URL"),
    ],
)
def test_a_contradiction_names_what_is_missing(env: dict[str, str], missing: str) -> None:
    [fault] = faults(**env)

    assert missing in fault


def test_every_contradiction_is_told_at_once() -> None:
    assert len(faults(EMAIL_PROVIDER="sendgrid", SMS_PROVIDER="twilio_sms", HOST="0.0.0.0")) == 4


@pytest.mark.parametrize("name", ["SECRET_KEY", "DATABASE_URL", "REDIS_URL", "SMTP_URL"])
def test_a_secret_is_not_repeated_in_its_fault(name: str) -> None:
    assert "hunter2" not in faults(**{name: "x://hunter2"})[0]


def test_a_server_open_to_others_is_no_trial() -> None:
    assert not from_environment({"HOST": "0.0.0.0", "PUBLIC_URL": "https://ask.example"}).is_trial


def test_the_secret_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"

    made = keep_secret(path)
    assert len(made) == 64
    assert keep_secret(path) == made
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
