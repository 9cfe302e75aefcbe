"""Sends mail through a relay of your own, never over a line that others can read."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from channels.account import account
from channels.channel import Accepted, Caps, Kind, Outcome, Outgoing, Problem, Rejected, Retry, Unknown
from channels.email import mime
from channels.pause import SOON
from channels.silent import Silent

PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}
LOOPBACK = ("localhost", "127.0.0.1", "::1")
Scope = Literal["address", "content", "account"]

LATER = timedelta(minutes=5)
"""Greylisting asks for a few minutes."""


class Smtp(Silent):
    """`smtp://` (STARTTLS required), `smtps://`, or `smtp+plain://` for a relay on this machine.

    User and password stand in the address, percent-encoded. `ca_file` replaces the system's authorities.
    `timeout` is in seconds and holds for every step of the conversation.
    """

    name = "smtp"
    kind: Kind = "email"
    caps = Caps(batch_max=20)

    def __init__(self, url: str, sender: str, ca_file: str = "", timeout: float = 10, per_second: float = 50):
        self.relay = urlsplit(url)
        self.account = account(self.name, self.relay.hostname or "", self.relay.username or "")
        self.per_second = per_second
        self.sender = sender
        self.ca_file = ca_file
        self.timeout = timeout

    def check(self) -> list[Problem]:
        """Connects and signs in, unless the set-up is wrong already."""
        problems = self._faults()
        if problems:
            return problems
        try:
            with self._connection():
                return []
        except (OSError, ValueError) as why:
            return [Problem(f"The mail relay {self.relay.hostname} does not let us in: {why}")]

    def send(self, items: Sequence[Outgoing]) -> list[Outcome]:
        faults = self._faults()
        if faults:
            return [Rejected(faults[0].text, "account")] * len(items)
        with ExitStack() as stack:
            try:
                line = stack.enter_context(self._connection())
            except (OSError, ValueError) as why:
                return [_not_connected(why)] * len(items)
            return [self._send_one(line, item) for item in items]

    def _faults(self) -> list[Problem]:
        scheme, host = self.relay.scheme, self.relay.hostname
        wrong = [
            (scheme not in PORTS, "SMTP_URL must start with smtp://, smtps:// or smtp+plain://"),
            (not host, "SMTP_URL names no host"),
            (
                scheme == "smtp+plain" and host not in LOOPBACK,
                f"smtp+plain:// is for a relay on this machine; {host} needs smtp:// or smtps://",
            ),
            (bool(self.ca_file) and not Path(self.ca_file).is_file(), f"{self.ca_file} is not a file"),
        ]
        return [Problem(text) for is_wrong, text in wrong if is_wrong]

    @contextmanager
    def _connection(self) -> Iterator[smtplib.SMTP]:
        """One signed-in conversation; raises OSError (smtplib's errors are OSErrors) or ValueError."""
        host, port = self.relay.hostname or "", self.relay.port or PORTS[self.relay.scheme]
        if self.relay.scheme == "smtps":
            line: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=self.timeout, context=self._tls())
        else:
            line = smtplib.SMTP(host, port, timeout=self.timeout)
        try:
            if self.relay.scheme == "smtp":
                line.starttls(context=self._tls())
            if self.relay.username:
                line.login(unquote(self.relay.username), unquote(self.relay.password or ""))
            line.ehlo_or_helo_if_needed()  # a login greets by itself; without one nobody has, and relays insist
            yield line
            with suppress(OSError):
                line.quit()
        finally:
            line.close()

    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.ca_file or None)

    def _send_one(self, line: smtplib.SMTP, item: Outgoing) -> Outcome:
        try:
            message = mime.build(item, self.sender)
            content = message.as_bytes()
        except ValueError as why:
            return mime.refusal(why)
        sender, recipient = message["From"].addresses[0], message["To"].addresses[0]
        outcome = _envelope(line, sender.addr_spec, recipient.addr_spec) or _content(line, content)
        if isinstance(outcome, Accepted):
            return Accepted(str(message["Message-ID"]))
        with suppress(OSError):
            line.rset()  # or the next mail of this batch would inherit the refused one's envelope
        return outcome


def _envelope(line: smtplib.SMTP, sender: str, recipient: str) -> Outcome | None:
    """None when the relay waits for the content; until then nothing has left."""
    steps: list[tuple[Callable[[], tuple[int, bytes]], tuple[int, ...], Scope]] = [
        (lambda: line.mail(sender), (250,), "account"),
        (lambda: line.rcpt(recipient), (250, 251), "address"),
        (lambda: line.docmd("DATA"), (354,), "content"),
    ]
    try:
        for ask, good, scope in steps:
            code, text = ask()
            if code not in good:
                return _refused(code, text, scope)
    except OSError as why:
        return Retry(f"the relay hung up: {why}", SOON)
    return None


def _content(line: smtplib.SMTP, mail: bytes) -> Outcome:
    """From the first byte of content on, only the relay's own word tells what became of the mail."""
    try:
        line.send(re.sub(rb"(?m)^\.", b"..", mail.removesuffix(b"\r\n")) + b"\r\n.\r\n")
        code, text = line.getreply()
    except OSError as why:
        return Unknown(f"the line was cut after the content: {why}")
    return Accepted("") if code == 250 else _refused(code, text, "content")


def _refused(code: int, text: bytes, scope: Scope) -> Outcome:
    reason = f"{code} {text.decode('utf-8', 'replace')}"[:500]
    if code < 500:
        return Retry(reason, LATER)
    # "530 sign in first" and "554 relay access denied" answer RCPT too, but speak of us, not of the person.
    is_ours = code in (530, 535, 538) or b"relay" in text.lower()
    return Rejected(reason, "account" if is_ours else scope)


def _not_connected(why: Exception) -> Outcome:
    match why:
        case smtplib.SMTPAuthenticationError() if why.smtp_code >= 500:
            return Rejected(f"the relay refused user or password: {why.smtp_code}", "account")
        case smtplib.SMTPNotSupportedError() | ssl.SSLCertVerificationError() | ValueError():
            return Rejected(f"the relay cannot be used as set up: {why}", "account")
    return Retry(f"no connection to the relay: {why}", SOON)
