"""The other side of mail and text: a real mail relay with TLS, and the providers' stand-ins."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from channels.email.sendgrid_fake import SendGridFake
from channels.sms.twilio_fake import TwilioFake
from tests.relay import Relay, make_certificate, running


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("tls") / "relay.pem")


@pytest.fixture
def relays(certificate: Path) -> Callable[[bool], AbstractContextManager[Relay]]:
    """Makes relays: with TLS from the start (True) or by STARTTLS (False); `relay.url` signs in."""
    return lambda implicit: running(certificate, implicit)


@pytest.fixture
def relay(certificate: Path) -> Iterator[Relay]:
    """A running relay with STARTTLS."""
    with running(certificate, implicit=False) as made:
        yield made


@pytest.fixture
def twilio() -> Iterator[TwilioFake]:
    with TwilioFake("AC" + "a" * 32, "t0ken") as fake:
        yield fake


@pytest.fixture
def sendgrid() -> Iterator[SendGridFake]:
    with SendGridFake("SG.right") as fake:
        yield fake
