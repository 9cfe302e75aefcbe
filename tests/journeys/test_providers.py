"""The same journey through the providers' own clients: a relay with TLS and a login, SendGrid, Twilio."""

from __future__ import annotations

import re
from collections.abc import Callable
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from channels.email.sendgrid_fake import SendGridFake
from channels.sms.twilio_fake import TwilioFake
from server.commands.demo_house import zone_of_noon
from tests.relay import make_certificate
from tests.relay import running as relay_running
from tests.running import Running, eventually, running

SENDER = "Ask <ask@example.com>"


def answered_by_plain_forms(server: Running, key: str, link: str, score: int) -> None:
    """Open the link with a score, confirm it, and see it in the API: no script runs."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    path = link.removeprefix(server.url)
    status, page = server.call(f"{path}?score={score}")
    assert status == 200
    assert re.search(rf'value="{score}"[^>]* checked', page)
    assert server.responses(key) == []
    server.call(path, f"asked=score&a.score={score}".encode(), headers=form)
    assert [row["score"] for row in server.responses(key)] == [score]


def invited(server: Running, link: Callable[[], str | None], **person: str) -> None:
    key = server.key()
    assert server.call("/v1/people", person, key)[0] == 201
    answered_by_plain_forms(server, key, eventually(link), 9)
    who = person.get("email") or person["phone_number"]
    assert server.command("why", who)["held_by"] == "rest"


def first_link(text: str) -> str | None:
    found = re.search(r"https?://[\w.:]+/s/[\w-]+", text)
    return found[0] if found else None


@pytest.mark.parametrize("implicit", [False, True], ids=["starttls", "tls"])
def test_through_a_relay_with_tls_and_a_login(tmp_path: Path, implicit: bool) -> None:
    certificate = make_certificate(tmp_path / "relay.pem")
    with relay_running(certificate, implicit) as relay:
        env = {
            "EMAIL_PROVIDER": "smtp", "SMTP_URL": relay.url, "SMTP_CA_FILE": str(certificate), "MAIL_FROM": SENDER,
        }  # fmt: skip
        with running(tmp_path / "data", **env) as server:

            def link() -> str | None:
                if not relay.mails:
                    return None
                content = relay.mails[0].content
                assert isinstance(content, bytes)
                text = message_from_bytes(content, policy=default).get_body(("plain",))
                return first_link(text.get_content()) if text else None

            invited(server, link, email="ann@example.com")
        assert len(relay.mails) == 1


def test_through_sendgrid(tmp_path: Path) -> None:
    with SendGridFake("SG.right") as fake:
        env = {
            "EMAIL_PROVIDER": "sendgrid", "SENDGRID_API_KEY": "SG.right", "SENDGRID_URL": fake.url, "MAIL_FROM": SENDER,
        }  # fmt: skip
        with running(tmp_path / "data", **env) as server:
            link = lambda: first_link(fake.messages[0]["content"][0]["value"]) if fake.messages else None  # noqa: E731
            invited(server, link, email="ann@example.com")
        assert len(fake.messages) == 1


def test_through_twilio_with_its_status_callbacks(tmp_path: Path) -> None:
    account, token = "AC" + "a" * 32, "t0ken"
    with TwilioFake(account, token, automatic=True) as fake:
        env = {
            "SMS_PROVIDER": "twilio_sms", "TWILIO_ACCOUNT_SID": account, "TWILIO_AUTH_TOKEN": token,
            "TWILIO_FROM": "+15005550006", "TWILIO_URL": fake.url,
        }  # fmt: skip
        with running(tmp_path / "data", **env) as server:
            link = lambda: first_link(fake.messages[0]["body"]) if fake.messages else None  # noqa: E731
            invited(server, link, phone_number="+14155550123", channel="sms", timezone=zone_of_noon())
            eventually(lambda: len(fake.answers) == len(fake.script))
        assert len(fake.messages) == 1
        assert set(fake.answers) == {204}
