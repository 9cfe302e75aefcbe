"""Puts mails of one letter into one request to SendGrid, each person with words and headers of her own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from typing import Any

from channels.channel import Letter, Outgoing
from channels.email import mime

PEOPLE_MAX = 1_000
BYTES_MAX = 20_000_000
"""SendGrid takes 30 MB."""
BLANKS_MAX = 10_000
ARGS_MAX = 10_000
"""Bytes for each person. https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send"""

OUR_ID, OUR_ATTEMPT = "askonce_id", "askonce_attempt"
REPLY_MARK = "-askonce-reply-"
"""Stands in the one Reply-To of a request for what is each person's own in it."""

# SendGrid writes these itself, and refuses a mail that brings one.
RESERVED = frozenset(
    {"x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type", "content-transfer-encoding"}
    | {"to", "from", "subject", "reply-to", "cc", "bcc"}
)


@dataclass(frozen=True)
class Prepared:
    """One mail, ready to share a request with others whose `shared` is the same."""

    place: int
    """Where its outcome belongs."""
    shared: tuple[Letter, str, str]
    """The letter and the Reply-To, both with marks, and whom it is from."""
    person: Mapping[str, Any]
    """Its personalization."""
    address: str
    size: int
    """Bytes that it adds to a request."""


def prepare(place: int, item: Outgoing, sender: str) -> Prepared:
    """Raises ValueError as `mime.build` does: what no relay may be given, SendGrid is not given either."""
    author, recipient = mime.addresses(item, sender)
    headers = mime.headers(item, author)
    reply, token = _reply(mime.reply_to(item))
    reserved = {name.lower() for name in headers} & RESERVED
    if reserved:
        raise ValueError(f"SendGrid writes the mail header {min(reserved)} itself")
    own = {REPLY_MARK: token} if token else {}
    letter, blanks = _letter(item)
    if _weight({**blanks, **own}) > BLANKS_MAX:
        letter, blanks = _finished(item), {}
    args = {name: value for name, value in ((OUR_ID, item.id), (OUR_ATTEMPT, item.attempt)) if value}
    if _weight(args) > ARGS_MAX:
        raise ValueError("the message's own name is too long for SendGrid")
    person: dict[str, Any] = {"to": [mailbox(recipient)], "headers": headers, "custom_args": args}
    if blanks or own:
        person["substitutions"] = {**blanks, **own}
    return Prepared(place, (letter, reply, str(author)), person, recipient.addr_spec.lower(), len(json.dumps(person)))


def groups(mails: Sequence[Prepared]) -> list[list[Prepared]]:
    """As few requests as can be: one letter each, no address twice, and no more than SendGrid takes."""
    made: list[list[Prepared]] = []
    open_groups: dict[tuple[Letter, str, str], list[_Group]] = {}
    for mail in mails:
        known = open_groups.setdefault(mail.shared, [])
        group = next((g for g in known if g.takes(mail)), None)
        if group is None:
            group = _Group.begin(mail)
            known.append(group)
            made.append(group.mails)
        group.add(mail)
    return made


def request(mails: Sequence[Prepared]) -> dict[str, Any]:
    """The body of one call for mails of one group."""
    letter, reply, author = mails[0].shared
    content = [("text/plain", letter.text), ("text/html", letter.html)]
    return {
        "personalizations": [mail.person for mail in mails],
        "from": mailbox(_read(author)),
        **({"reply_to": mailbox(_read(reply))} if reply else {}),
        "subject": letter.subject,
        "content": [{"type": kind, "value": value} for kind, value in content if value],
        # Tracking would send the signed links through SendGrid's redirect, and its own unsubscribe link
        # would leave us believing that we may write again.
        "tracking_settings": {
            "click_tracking": {"enable": False, "enable_text": False},
            "open_tracking": {"enable": False},
            "subscription_tracking": {"enable": False},
        },
    }


def split(mails: Sequence[Prepared], named: set[int]) -> Iterator[Sequence[Prepared]]:
    """Two parts of a request that was refused: those that the refusal named, by their place in it, and the others; or
    two halves, when it named none or all. What it says only saves requests: each part is judged by its own answer."""
    bad = [mail for n, mail in enumerate(mails) if n in named]
    good = [mail for n, mail in enumerate(mails) if n not in named]
    if not (bad and good):
        good, bad = list(mails[: len(mails) // 2]), list(mails[len(mails) // 2 :])
    yield good
    yield bad


def mailbox(who: Address) -> dict[str, str]:
    name = {"name": who.display_name} if who.display_name else {}
    return {"email": who.addr_spec, **name}


@dataclass
class _Group:
    mails: list[Prepared]
    addresses: set[str]
    size: int

    @classmethod
    def begin(cls, mail: Prepared) -> _Group:
        letter = mail.shared[0]
        return cls([], set(), len(json.dumps([letter.text, letter.html])))

    def takes(self, mail: Prepared) -> bool:
        fits = len(self.mails) < PEOPLE_MAX and self.size + mail.size <= BYTES_MAX
        return fits and mail.address not in self.addresses

    def add(self, mail: Prepared) -> None:
        self.mails.append(mail)
        self.addresses.add(mail.address)
        self.size += mail.size


def _letter(item: Outgoing) -> tuple[Letter, dict[str, str]]:
    """The item's letter and blanks, if filling them in whatever order gives this very mail; else itself."""
    letter, blanks = item.letter, dict(item.blanks)
    if letter is None or not all(mark and isinstance(value, str) for mark, value in blanks.items()):
        return _finished(item), {}
    filled = "\x00".join((letter.subject, letter.text, letter.html))
    for mark, value in blanks.items():
        filled = filled.replace(mark, value)
    values, marks = "\x00".join(blanks.values()), "\x00".join(blanks)
    is_plain = all(mark not in values and marks.count(mark) == 1 for mark in blanks)
    is_same = filled == "\x00".join((item.subject, item.text, item.html))
    return (letter, blanks) if is_plain and is_same and letter.subject else (_finished(item), {})


def _finished(item: Outgoing) -> Letter:
    return Letter(item.subject, item.text, item.html)


def _reply(address: Address | None) -> tuple[str, str]:
    """The Reply-To with a mark for what follows the plus sign in it, and that; without one as it is.

    SendGrid fills marks in the Reply-To too; it takes one for a request, and none among a person's headers.
    """
    if address is None:
        return "", ""
    base, plus, token = address.username.partition("+")
    if not (plus and token):
        return str(address), ""
    return str(Address(address.display_name, f"{base}+{REPLY_MARK}", address.domain)), token


def _read(text: str) -> Address:
    return mime.address(*mime.named(text))


def _weight(pairs: Mapping[str, str]) -> int:
    return sum(len(name.encode()) + len(value.encode()) for name, value in pairs.items())
