"""A stand-in for a mail relay: takes mails on this machine, refuses some, and sends back what cannot be delivered."""

from __future__ import annotations

import argparse
import base64
import binascii
import re
import shlex
import socket
import struct
import subprocess
from collections import deque
from collections.abc import Callable
from socketserver import StreamRequestHandler, TCPServer
from typing import Any

from channels.email import smtp_story
from channels.fake import KEPT
from channels.faults import Fault, is_after
from channels.stand_in import StandIn, Threads

SIZE_MAX = 30_000_000
LINE_MAX = 10_000


class SmtpFake(StandIn):
    """`with SmtpFake() as relay:` runs one on 127.0.0.1 at `relay.url`, for `user` and `password` when they are given.

    An address such as nobody@… or full@… is refused at once, and bounce@… is taken and sent back (`smtp_story.py`):
    `reports()` makes the bounce mails that are due, and hands each with its recipient to `post`, as a mail server hands
    it to `askonce incoming`. `faults` says what the next mails meet (`channels/faults.py`), where a pair is an answer
    to the content, e.g. (451, {}).
    """

    def __init__(
        self,
        port: int = 0,
        user: str = "",
        password: str = "",
        post: Callable[[bytes, str], Any] | None = None,
    ):
        server = _Server(("127.0.0.1", port), _Conversation)
        server.relay = self
        super().__init__(server)
        self.user, self.password = user, password
        self.post = post
        self._mails: deque[smtp_story.Taken] = deque(maxlen=KEPT)
        self._due: deque[smtp_story.Taken] = deque(maxlen=KEPT)

    @property
    def url(self) -> str:
        """As SMTP_URL wants it."""
        who = f"{self.user}:{self.password}@" if self.user else ""
        return f"smtp+plain://{who}127.0.0.1:{self.port}"

    @property
    def mails(self) -> list[smtp_story.Taken]:
        """What was accepted, oldest first."""
        return list(self._mails)

    def keep(self, mail: smtp_story.Taken) -> None:
        """A mail was accepted."""
        self._mails.append(mail)
        self.count += 1
        if smtp_story.comes_back(mail):
            self._due.append(mail)

    def reports(self) -> int:
        """Send back what is due; how many mails that were."""
        made = 0
        while self._due:
            mail = self._due.popleft()
            if mail.sender:  # what comes back never comes back again
                made += 1
                if self.post:
                    self.post(smtp_story.report(mail), mail.sender)
        return made


class _Server(Threads, TCPServer):
    relay: SmtpFake
    allow_reuse_address = True


class _Conversation(StreamRequestHandler):
    server: _Server
    timeout = 10  # a client that stops in mid-sentence is not waited for

    def handle(self) -> None:
        self.is_signed_in = not self.server.relay.user
        self.mail: smtp_story.Taken | None = None
        self._say("220 fake.example ESMTP")
        while (line := self.rfile.readline(LINE_MAX)) and not self.server.relay.closing.is_set():
            verb, _, rest = line.decode("utf-8", "replace").strip().partition(" ")
            if not self._obey(verb.upper(), rest.strip()):
                return

    def _obey(self, verb: str, rest: str) -> bool:
        """Answer one command; False to hang up."""
        match verb:
            case "EHLO":
                self._say("250-fake.example", f"250-SIZE {SIZE_MAX}", "250-AUTH PLAIN LOGIN", "250-DSN", "250 8BITMIME")
            case "HELO" | "NOOP" | "RSET":
                self.mail = None if verb == "RSET" else self.mail
                self._say("250 OK")
            case "AUTH":
                self._sign_in(rest)
            case "MAIL" | "RCPT" | "DATA" if not self.is_signed_in:
                self._say("530 5.7.0 Authentication required")
            case "MAIL":
                self._begin(rest)
            case "RCPT":
                self._recipient(rest)
            case "DATA":
                return self._data()
            case "QUIT":
                self._say("221 2.0.0 Bye")
                return False
            case _:
                self._say("500 5.5.2 Command unknown")
        return True

    def _sign_in(self, rest: str) -> None:
        method, _, given = rest.partition(" ")
        try:
            if method.upper() == "PLAIN":
                _, user, password = self._answer("", given).split("\0")
            else:
                user, password = self._answer("Username:", given), self._answer("Password:")
        except (ValueError, binascii.Error):
            return self._say("501 5.5.2 Cannot decode")
        relay = self.server.relay
        self.is_signed_in = (user, password) == (relay.user, relay.password)
        return self._say("235 2.7.0 Welcome" if self.is_signed_in else "535 5.7.8 Authentication failed")

    def _answer(self, question: str, given: str = "") -> str:
        if not given:
            self._say("334 " + base64.b64encode(question.encode()).decode())
            given = self.rfile.readline(LINE_MAX).decode("ascii", "replace").strip()
        return base64.b64decode(given, validate=True).decode()

    def _begin(self, rest: str) -> None:
        found = re.fullmatch(r"(?i)FROM:\s*<([^<>]*)>(.*)", rest)
        if not found:
            return self._say("501 5.5.4 Syntax: MAIL FROM:<address>")
        options = dict(re.findall(r"(?i)([A-Z0-9-]+)=(\S+)", found[2]))
        refusal = smtp_story.refuses_sender(found[1], {name.upper(): value for name, value in options.items()})
        if not refusal:
            self.mail = smtp_story.Taken(found[1], (), b"", options.get("ENVID", ""))
        return self._say(refusal or "250 2.1.0 OK")

    def _recipient(self, rest: str) -> None:
        found = re.fullmatch(r"(?i)TO:\s*<([^<>]+)>.*", rest)
        if self.mail is None:
            return self._say("503 5.5.1 MAIL first")
        if not found:
            return self._say("501 5.5.4 Syntax: RCPT TO:<address>")
        refusal = smtp_story.refuses_recipient(found[1])
        if not refusal:
            self.mail = self.mail.to(found[1])
        return self._say(refusal or "250 2.1.5 OK")

    def _data(self) -> bool:
        mail, relay = self.mail, self.server.relay
        if mail is None or not mail.recipients:
            self._say("503 5.5.1 RCPT first" if mail else "503 5.5.1 MAIL first")
            return True
        self._say("354 End with a line that is a dot")
        content = self._content()
        self.mail = None
        if content is None:
            return False
        fault = relay.faults.next()
        refusal = smtp_story.refuses_content(content)
        if not refusal and (fault is None or is_after(fault)):
            relay.keep(mail.holding(content))
        if fault is None:
            self._say(refusal or f"250 2.0.0 OK queued as {relay.count}")
            return True
        return self._fail(fault)

    def _content(self) -> bytes | None:
        lines, size = list[bytes](), 0
        while line := self.rfile.readline(LINE_MAX):
            if line == b".\r\n":
                return b"".join(lines)
            size += len(line)
            if size <= SIZE_MAX:
                lines.append(line[1:] if line.startswith(b".") else line)
        return None

    def _fail(self, fault: Fault) -> bool:
        """Go wrong as ordered; False when the line is gone."""
        if not isinstance(fault, str):
            self._say(f"{fault[0]} on demand")
            return True
        match fault.removesuffix("-after"):
            case "rubbish":
                self._say("200 Welcome to our guest network")
                return True
            case "garbage":
                self.wfile.write(b"\x16\x03\x01 this is no SMTP\r\n")
            case "hang":
                self.server.relay.closing.wait(60)
            case "drop":
                self._say("421 4.3.0 server going away") if not is_after(fault) else None
            case "reset":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    def _say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())


def _pipe(command: str) -> Callable[[bytes, str], Any]:
    return lambda report, recipient: (
        subprocess.run([*shlex.split(command), recipient], input=report, check=False) and None
    )


if __name__ == "__main__":
    command = argparse.ArgumentParser(prog="python -m channels.email.smtp_fake", description=__doc__)
    command.add_argument("--port", type=int, default=0)
    command.add_argument("--pipe", default="", help='what bounce mails are handed to, e.g. "askonce incoming"')
    given = command.parse_args()
    with SmtpFake(given.port, post=_pipe(given.pipe) if given.pipe else None) as running:
        print(running.url, flush=True)
        try:
            while not running.closing.wait(0.2):
                running.reports()
        except KeyboardInterrupt:
            pass
