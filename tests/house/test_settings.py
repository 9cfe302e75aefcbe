"""Every setting is in the README, and one that makes no sense stops the start."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.environment import SettingsError, from_environment
from server.settings import KNOBS

README = (Path(__file__).parents[2] / "README.md").read_text()
SMTP = {"EMAIL_PROVIDER": "smtp", "SMTP_URL": "smtp://relay.example", "MAIL_FROM": "Ask <ask@shop.example>"}


@pytest.mark.parametrize("name", KNOBS)
def test_every_setting_is_in_the_readme_with_its_reason(name: str) -> None:
    lines = [line for line in README.splitlines() if line.startswith(f"| `{name}` |")]
    assert len(lines) == 1
    assert lines[0].endswith(f"| {KNOBS[name].metadata['reason']} |")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUBLIC_URL", "ask.example"),
        ("PUBLIC_URL", "https:ask.example"),
        ("PUBLIC_URL", "https://"),
        ("PUBLIC_URL", "https://user@ask.example"),
        ("PUBLIC_URL", "https://ask.example?x=1"),
        ("PUBLIC_URL", "https://ask.example:port"),
        ("LIMIT_STRANGERS", "lots"),
        ("LIMIT_STRANGERS", "0 per minute"),
        ("LIMIT_OFFERS", "100"),
        ("LIMIT_OFFERS", "100 per fortnight"),
        ("TRUSTED_PROXY_HOPS", "-1"),
        ("SECRET_KEY", "short"),
        ("ASKONCE_SECRET", "a name that nobody reads"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as wrong:
        from_environment({name: value})
    assert [fault.split()[0] for fault in wrong.value.faults] == [name]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://ask.example/", "https://ask.example"),
        ("HTTPS://Ask.Example:443", "https://ask.example"),
        ("http://ask.example:8000", "http://ask.example:8000"),
        ("https://ask.example/feedback/", "https://ask.example/feedback"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_the_public_address_is_kept_as_browsers_write_it(given: str, kept: str) -> None:
    assert from_environment({"PUBLIC_URL": given}).public_url == kept


def test_mail_that_really_leaves_needs_a_sender_of_ours() -> None:
    for sender in ("ask@localhost", "Ask <ask@localhost>"):
        with pytest.raises(SettingsError, match="MAIL_FROM"):
            from_environment({**SMTP, "MAIL_FROM": sender})


@pytest.mark.parametrize(
    ("env", "trial"),
    [
        ({}, True),
        ({"HOST": "localhost", "PUBLIC_URL": "http://localhost:8000"}, True),
        ({"HOST": "0.0.0.0", "PUBLIC_URL": "http://localhost:8000"}, False),
        ({"PUBLIC_URL": "https://ask.example"}, False),
        (SMTP, False),
    ],
)
def test_a_trial_is_a_server_that_no_stranger_can_reach_and_no_mail_leaves(env: dict[str, str], trial: bool) -> None:
    assert from_environment(env).is_trial is trial
