"""A mail server hands over what came back, to a server that is up, as its owner would set it up."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from channels.email.smtp_fake import SmtpFake
from tests.running import Running, eventually, running


def handed(server: Running, raw: bytes, *recipient: str, **env: str) -> int:
    """The exit code of `askonce incoming`, called as a mail server calls it: with hardly any environment."""
    known = {"PATH": os.environ["PATH"], "ASKONCE_DATA": str(server.data), **env}
    command = [sys.executable, "-m", "server.cli", "incoming", *recipient]
    return subprocess.run(command, input=raw, env=known, timeout=60, check=False).returncode


def test_a_mail_that_comes_back_ends_its_address(tmp_path: Path) -> None:
    reports: list[tuple[bytes, str]] = []
    with SmtpFake(post=lambda raw, to: reports.append((raw, to))) as relay:
        env = {
            "EMAIL_PROVIDER": "smtp", "SMTP_URL": relay.url, "MAIL_FROM": "Ask <ask@ask.example>",
            "MAIL_BOUNCE": "bounces@ask.example",
        }  # fmt: skip
        with running(tmp_path / "data", **env) as server:
            key = server.key()
            for address in ("bounce@example.com", "ann@example.com"):
                server.call("/v1/people", {"email": address}, key)
            eventually(lambda: relay.count == 2)
            assert relay.reports() == 1
            ((report, to),) = reports

            assert handed(server, report, to) == 0
            assert handed(server, report) == 0  # told again, and without the envelope

            assert [each["address"] for each in suppressed(server, key)] == ["bounce@example.com"]


def suppressed(server: Running, key: str) -> list[dict[str, Any]]:
    status, found = server.call("/v1/suppressions", key=key)
    assert status == 200
    return list(found)


def test_nonsense_goes_back_and_what_cannot_be_taken_now_is_tried_again(tmp_path: Path) -> None:
    nonsense = (b"", b"nonsense", b"From: eve@example.com\nSubject: hi\n\nBuy this!")
    trouble = (
        {"DATABASE_URL": "postgresql://127.0.0.1:9/none"}, {"MAIL_BOUNCE": "not an address"},
        {"ASKONCE_DATA": str(tmp_path / "elsewhere")},
    )  # fmt: skip
    with running(tmp_path / "data") as server:
        assert [handed(server, raw) for raw in nonsense] == [65, 65, 65]
        assert [handed(server, b"nonsense", **env) for env in trouble] == [75, 75, 75]
