"""Turns a finished message into the mail that goes over the wire."""

from __future__ import annotations

import re
from email.errors import HeaderParseError
from email.headerregistry import Address, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import localtime, parseaddr
from functools import lru_cache
from urllib.parse import quote

from channels.channel import Outgoing, Rejected


class BadAddress(ValueError):
    """No mail can be sent to this address, today or ever."""


class BadSender(ValueError):
    """MAIL_FROM is no address that mail can be sent from: ours to mend, and no fault of the person's."""


class RawHeader(UnstructuredHeader):
    """A header whose words are left alone.

    The standard library wraps a word of more than 77 characters in `=?utf-8?q?…?=`, which is not allowed
    in these headers: mailbox providers then show no unsubscribe button and never call its address.
    """

    max_count = 1

    def fold(self, *, policy: Policy) -> str:
        uris = re.split(r"(?<=>)\s*,\s*(?=<)", str(self))
        return f"{self.name}: " + f",{policy.linesep} ".join(uris) + policy.linesep  # type: ignore[attr-defined]


RAW_MAX = 900
_RAW = ("list-unsubscribe", "list-unsubscribe-post", "list-id", "feedback-id", "message-id")
_registry = HeaderRegistry()
for _name in _RAW:
    _registry.map_to_type(_name, RawHeader)  # type: ignore[arg-type]  # any header class will do

# 7bit, because a relay on the way may still not take eight.
POLICY = SMTP.clone(cte_type="7bit", header_factory=_registry)


def build(item: Outgoing, sender: str) -> EmailMessage:
    """The mail, ready for `as_bytes()`; `sender` is "Name <address>" or an address.

    Raises BadAddress or BadSender for the addresses, ValueError for anything else that must not be in a mail.
    """
    author, recipient = addresses(item, sender)
    message = EmailMessage(policy=POLICY)
    ours = {"From": author, "To": recipient, "Subject": item.subject, "Date": localtime()}
    back = {"Reply-To": reply} if (reply := reply_to(item)) else {}
    for name, value in {**ours, **back, **headers(item, author)}.items():
        message[name] = value
    message.set_content(item.text)
    if item.html:
        message.add_alternative(item.html, subtype="html")
    return message


def addresses(item: Outgoing, sender: str) -> tuple[Address, Address]:
    """Whom the mail is from and to. Raises BadSender or BadAddress."""
    return _author(item.sender or sender), address(item.to_name, item.to)


def reply_to(item: Outgoing) -> Address | None:
    """Where answers go. Raises ValueError: it is ours to mend, and not the person's address that is wrong."""
    try:
        return address(*named(item.reply_to)) if item.reply_to else None
    except BadAddress as why:
        raise ValueError(f"Reply-To: {why}") from why


def return_path(item: Outgoing, sender: str) -> str:
    """Whom a mail that cannot be delivered comes back to. Raises ValueError, as `reply_to` does, or BadSender."""
    try:
        return address("", item.return_path).addr_spec if item.return_path else _author(item.sender or sender).addr_spec
    except BadAddress as why:
        raise ValueError(f"return path: {why}") from why


@lru_cache(maxsize=64)
def _author(sender: str) -> Address:
    try:
        return address(*named(sender))
    except BadAddress as why:
        raise BadSender(str(why)) from why


def named(text: str) -> tuple[str, str]:
    """Name and address of "Name <address>" or an address."""
    plain = re.fullmatch(r'(?:([^<>"\\(),:;@]*)<)?([^<>"\\(),:;\s]+@[^<>"\\(),:;\s@]+)>?', text)
    if plain and (plain[1] is not None) == text.endswith(">"):
        return (plain[1] or "").strip(), plain[2]
    return parseaddr(text)


def headers(item: Outgoing, author: Address) -> dict[str, str]:
    """What stands in the mail beside sender, recipient, subject and date. Raises ValueError for what must not."""
    for name, value in {**item.headers, "Subject": item.subject}.items():
        _check(name, value)
    return {
        # The same for each attempt, so that a mail that did leave twice is shown once by most readers.
        "Message-ID": f"<{quote(item.id, safe='')}@{author.domain}>",
        "Auto-Submitted": "auto-generated",
        **item.headers,
    }


def _check(name: str, value: str) -> None:
    """Raise ValueError for a name or value that could start a header of its own, or would be mangled."""
    if not re.fullmatch(r"[!-9;-~]+", name):
        raise ValueError(f"{name!r} is no name of a mail header")
    if not value.isprintable():
        raise ValueError(f"the mail header {name} may not hold line breaks or control characters")
    if name.lower() in _RAW and not (value.isascii() and len(value) <= RAW_MAX):
        raise ValueError(f"the mail header {name} has to be plain and at most {RAW_MAX} characters long")


# Letters that need no quotes (RFC 5322, dot-atom), and a host name in ASCII.
_PLAIN = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
)


def address(name: str, spec: str) -> Address:
    """One mailbox; a domain in another script becomes its ASCII form. Raises BadAddress."""
    local, _, domain = spec.rpartition("@")
    if _PLAIN.fullmatch(spec) and len(local) <= 64:
        return Address(_plain(name), username=local, domain=domain)  # nearly all, in a tenth of the time
    try:
        local.encode("ascii")  # other scripts need SMTPUTF8, which few relays speak
        return Address(_plain(name), addr_spec=f"{local}@{domain.encode('idna').decode()}")
    except (ValueError, HeaderParseError, IndexError) as why:
        raise BadAddress(f"{spec!r} is no address that mail can be sent to") from why


def _plain(name: str) -> str:
    """A display name is other people's text: control characters go, the person still gets the mail."""
    return "".join(c for c in name if c.isprintable()).strip()


def wire_headers(message: EmailMessage) -> dict[str, str]:
    """Each header's value as it stands in the bytes that leave, unfolded."""
    head = message.as_bytes().split(b"\r\n\r\n", 1)[0].decode("ascii").replace("\r\n ", " ")
    pairs = (line.partition(":") for line in head.split("\r\n"))
    return {name: value.removeprefix(" ") for name, _, value in pairs}


def refusal(why: ValueError) -> Rejected:
    """The outcome of a mail that could not be built."""
    match why:
        case BadAddress():
            return Rejected(str(why), "address")
        case BadSender():
            return Rejected(str(why), "account")
    return Rejected(str(why), "content")
