"""A real mail relay with TLS and a login, and a certificate made for it."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization as s
from cryptography.hazmat.primitives.asymmetric import ec

from tests.ports import free_port

HANG = 0.6
"""Seconds; twice the tests' time-outs."""


class Relay:
    """A real SMTP server that takes everything but what the script says."""

    def __init__(self) -> None:
        self.mails: list[Envelope] = []
        self.faults: deque[str] = deque()
        self.url = ""

    async def handle_RCPT(self, server: Any, session: Any, envelope: Envelope, address: str, options: Any) -> str:
        if not session.authenticated:
            return "530 5.7.0 sign in first"
        match address.partition("@")[0]:
            case "nobody":
                return "550 5.1.1 no such user"
            case "elsewhere":
                return "554 5.7.1 relay access denied"
            case "grey":
                return "451 4.7.1 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        fault = self.faults.popleft() if self.faults else ""
        if fault == "later":
            return "452 4.3.1 mailbox full"
        if fault == "spam":
            return "550 5.7.1 looks like spam"
        self.mails.append(envelope)
        if fault == "drop-after":
            server.transport.abort()
        if fault == "hang":
            await asyncio.sleep(HANG)
        return "250 OK queued as 42"


def make_certificate(path: Path) -> Path:
    """A certificate for localhost with its key, in one file at `path`; it is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test relay")]), datetime.now(UTC)
    hosts = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption())
    path.write_bytes(secret + made.public_bytes(s.Encoding.PEM))
    return path


class Listener(Controller):
    """Starts without the handshake by which the stock one greets itself, which a server's TLS cannot make."""

    def _trigger_server(self) -> None:
        socket.create_connection((self.hostname, self.port), 1).close()


@contextmanager
def running(certificate: Path, implicit: bool) -> Iterator[Relay]:
    """A relay with TLS from the start or by STARTTLS; user "house", password "p@ss:word"."""
    relay, port = Relay(), free_port()
    relay.url = f"{'smtps' if implicit else 'smtp'}://house:p%40ss%3Aword@127.0.0.1:{port}"
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    ways: dict[str, Any] = {"ssl_context": tls} if implicit else {"tls_context": tls, "require_starttls": True}
    controller = Listener(relay, "127.0.0.1", port, authenticator=_authenticate, auth_require_tls=not implicit, **ways)
    controller.start()
    try:
        yield relay
    finally:
        controller.stop(no_assert=True)


def _authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    is_right = isinstance(data, LoginPassword) and (data.login, data.password) == (b"house", b"p@ss:word")
    return AuthResult(success=is_right, handled=False, auth_data="house" if is_right else None)
