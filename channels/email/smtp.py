"""Sends mail through a relay of your own, never over a line that others can read."""

from __future__ import annotations

import re
import smtplib
import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit

from channels.account import account
from channels.channel import Accepted, Caps, Kind, Outcome, Outgoing, Problem, Rejected, Retry, Unknown
from channels.email import mime, smtp_replies
from channels.pause import SOON
from channels.silent import Silent

PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}
LOOPBACK = ("localhost", "127.0.0.1", "::1")

PATIENCE = 15.0
"""Seconds after which no further mail of a batch is begun: whoever waits for `send` does not wait for ever."""


class Smtp(Silent):
    """`smtp://` (STARTTLS required), `smtps://`, or `smtp+plain://` for a relay on this machine.

    User and password stand in the address, percent-encoded. `ca_file` replaces the system's authorities.
    `timeout` is in seconds and holds for every step of the conversation.
    """

    name = "smtp"
    kind: Kind = "email"
    # A relay that took a mail may send it back later; how that is read stands in `incoming.py`.
    caps = Caps(batch_max=50)

    def __init__(self, url: str, sender: str, ca_file: str = "", timeout: float = 10, per_second: float = 50):
        self.relay = urlsplit(url)
        self.account = account(self.name, self.relay.hostname or "", self.relay.username or "")
        self.per_second = per_second
        self.sender = sender
        self.ca_file = ca_file
        self.timeout = timeout

    def check(self) -> list[Problem]:
        """Connects, signs in and names the sender, unless the set-up is wrong already."""
        problems = self._faults()
        if problems:
            return problems
        try:
            author = mime.addresses(Outgoing("", "email", "nobody@localhost", ""), self.sender)[0]
            with self._connection() as line:
                code, text = line.mail(author.addr_spec)
        except (OSError, ValueError) as why:
            return [Problem(f"The mail relay {self.relay.hostname} does not let us in: {why}")]
        said = (
            f"The mail relay {self.relay.hostname} takes nothing from {self.sender}: {smtp_replies.words(code, text)}"
        )
        return [] if code == 250 else [Problem(said)]

    def send(self, items: Sequence[Outgoing]) -> list[Outcome]:
        """All over one connection. Once it is cut, those whose turn has not come are for later."""
        faults = self._faults()
        if faults:
            return [Rejected(faults[0].text, "account")] * len(items)
        until = time.monotonic() + PATIENCE
        with ExitStack() as stack:
            try:
                line = stack.enter_context(self._connection())
            except (OSError, ValueError) as why:
                return [_not_connected(why)] * len(items)
            return [self._send_one(line, item, until) for item in items]

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

    def _send_one(self, line: smtplib.SMTP, item: Outgoing, until: float) -> Outcome:
        try:
            message = mime.build(item, self.sender)
            content, back = message.as_bytes(), mime.return_path(item, self.sender)
        except ValueError as why:
            return mime.refusal(why)
        if line.sock is None:
            return Retry("the line to the relay was cut before this mail's turn", SOON)
        if time.monotonic() > until:
            return Retry("the batch took too long; this mail's turn never came", smtp_replies.NEXT)
        recipient = message["To"].addresses[0].addr_spec
        outcome = _envelope(line, item, back, recipient) or _content(line, content)
        if isinstance(outcome, Accepted):
            return Accepted(str(message["Message-ID"]))
        with suppress(OSError):
            line.rset()  # or the next mail of this batch would inherit the refused one's envelope
        return outcome


def _envelope(line: smtplib.SMTP, item: Outgoing, back: str, recipient: str) -> Outcome | None:
    """None when the relay waits for the content; until then nothing has left."""
    try:
        code, text = line.mail(back, _asked_of_reports(line, item))
        if code != 250:
            return smtp_replies.to_sender(code, text)
        code, text = line.rcpt(recipient)
        if code not in (250, 251, 252):
            return smtp_replies.to_recipient(code, text)
        code, text = line.docmd("DATA")
        return None if code == 354 else smtp_replies.to_data(code, text)
    except OSError as why:
        return Retry(f"the relay hung up: {why}", SOON)


def _asked_of_reports(line: smtplib.SMTP, item: Outgoing) -> list[str]:
    """Reports shall bring our name for this try, and no more of the mail than its headers (RFC 3461)."""
    if not line.has_extn("dsn"):
        return []
    name = re.sub(r"[^!-*,-<>-~]", lambda c: "".join(f"+{b:02X}" for b in c[0].encode()), item.attempt)
    return ["RET=HDRS", f"ENVID={name}"] if 0 < len(name) <= 100 else ["RET=HDRS"]


def _content(line: smtplib.SMTP, mail: bytes) -> Outcome:
    """From the first byte of content on, only the relay's own word tells what became of the mail."""
    try:
        line.send(re.sub(rb"(?m)^\.", b"..", mail.removesuffix(b"\r\n")) + b"\r\n.\r\n")
        code, text = line.getreply()
    except OSError as why:
        return Unknown(f"the line was cut after the content: {why}")
    said = smtp_replies.to_content(code, text)
    if isinstance(said, Unknown):
        line.close()  # whatever talks there may say more, and the next mail would take it for its own
    return said


def _not_connected(why: Exception) -> Outcome:
    match why:
        case smtplib.SMTPAuthenticationError() if why.smtp_code >= 500:
            return Rejected(f"the relay refused user or password: {why.smtp_code}", "account")
        case smtplib.SMTPNotSupportedError() | ssl.SSLCertVerificationError() | ValueError():
            return Rejected(f"the relay cannot be used as set up: {why}", "account")
    return Retry(f"no connection to the relay: {why}", SOON)
