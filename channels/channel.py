"""How the house speaks with a way of reaching people: a finished message out, one outcome back for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol, runtime_checkable

Kind = Literal["email", "sms", "phone"]


@dataclass(frozen=True)
class Letter:
    """What many messages have in common. A mark such as `-link-` stands wherever each has words of its own."""

    subject: str
    text: str
    html: str = ""


@dataclass(frozen=True)
class Outgoing:
    """One message, finished: a provider adds nothing to it and takes nothing away."""

    id: str
    """Our own name for it; travels with the message and comes back in callbacks."""
    kind: Kind
    to: str
    """An email address, or a phone number as `+` and digits (E.164)."""
    text: str
    subject: str = ""
    html: str = ""
    to_name: str = ""
    sender: str = ""
    """Whom a mail is from, as `Name <address>`; empty for the provider's own sender."""
    reply_to: str = ""
    """The address that answers to a mail go to; empty for the sender's."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Extra mail headers, values unfolded, e.g. `List-Unsubscribe`."""
    page: str = ""
    """Absolute address that a call asks what to say, once somebody answers; without one `text` is all that is said."""
    callback: str = ""
    """Absolute address for status callbacks of this message; empty when the provider needs none."""
    attempt: str = ""
    """Our own name for this try; travels as `id` does, so that a callback proves which try left."""
    since: datetime | None = None
    """When it was first tried at the earliest: what was made before is another message with the same words."""
    language: str = ""
    """Of the words, as BCP 47 has it."""
    parts: tuple[str, ...] = ()
    """A text in pieces: what it asks, and the link if it has one. A provider whose first words must be a template's
    fills that with them."""
    return_path: str = ""
    """Where a mail that cannot be delivered comes back to; empty for the sender's own address."""
    valid_for: timedelta | None = None
    """How long the provider may keep it before it must have left; None for as long as it likes."""
    letter: Letter | None = None
    """What this message shares with others: a provider that takes many at once sends it once. Filled with
    `blanks` it is this message's subject, text and html; a provider may ignore both."""
    blanks: Mapping[str, str] = field(default_factory=dict)
    """Mark to value, for each mark in `letter`."""


@dataclass(frozen=True)
class Accepted:
    """The provider has it. `ref` is the provider's name for it."""

    ref: str


@dataclass(frozen=True)
class Rejected:
    """Never: the provider refused, and nothing left. `scope` says who must act.

    With "account" nobody's message fares better until the owner mends it: key, payment, sender.
    """

    reason: str
    scope: Literal["address", "content", "account", "optout"]


@dataclass(frozen=True)
class Retry:
    """Later: proven not to have left. `after` is the provider's word or ours. With "account" it takes nobody's message
    before that."""

    reason: str
    after: timedelta
    scope: Literal["message", "account"] = "message"


@dataclass(frozen=True)
class Unknown:
    """It may or may not have left (a cut line, a time-out). Nobody may send it again on this evidence."""

    detail: str


Outcome = Accepted | Rejected | Retry | Unknown


@dataclass(frozen=True)
class RawRequest:
    """A callback as it came over the wire; signatures are checked on these bytes and no others."""

    url: str
    """The public address that the provider called, query included."""
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes


class BadSignature(Exception):
    """The callback was not made by the provider."""


EventKind = Literal[
    "accepted", "deferred", "delivered", "bounced", "failed", "optout", "optin", "complained", "autoreply", "reply",
    "unknown",
]  # fmt: skip
"""`deferred`: not there yet, and still tried. `bounced`: the address takes nothing, for good; `failed`: this message
did not arrive, which says nothing of the next. `optout`: whoever got it told us or the provider to stop; `optin`: took
that back there; `complained`: reported it as unwanted. `reply`: wrote back; `autoreply`: a machine of hers did."""


@dataclass(frozen=True)
class Event:
    """What became of one message, in our words."""

    kind: EventKind
    id: str
    """`Outgoing.id`, when the callback carries it; else empty."""
    ref: str
    """The provider's name of the message."""
    reason: str = ""
    raw_id: str = ""
    """Stable over the provider's own retries; two events with one raw_id are one event."""
    attempt: str = ""
    """`Outgoing.attempt`, when the callback carries it; else empty."""
    at: int | None = None
    """When it happened, by the provider's clock, in Unix seconds; None when it does not say."""
    text: str = ""
    """What she wrote, in a `reply`."""
    back: tuple[str, ...] = ()
    """Addresses of ours that a mail came to, when only the sealed name in one says what it is about."""
    sender: str = ""
    """The number that a text came from, where nothing but the number says what it is about."""
    is_answered: bool = False
    """The provider itself says to her what follows from it."""
    minutes: int | None = None
    """Of a call that is over: how many are charged."""


@dataclass(frozen=True)
class Problem:
    """Something an operator must mend before this provider can send, and how."""

    text: str


@dataclass(frozen=True)
class Caps:
    """What a provider can do beside sending."""

    batch_max: int = 1
    """How many messages one call of `send` may carry."""
    reports: bool = False
    """Tells by callback what became of a message: no word for a while is a sign that it never left."""
    finds: bool = False
    """`find` may know."""
    inbound: bool = False
    """Hands over what people write back."""
    converses: bool = False
    """What we say back is said in the answer to that very call: it is a `Conversing`."""


@dataclass(frozen=True)
class Answer:
    """What a provider is answered when it has handed over what somebody wrote."""

    body: bytes
    content_type: str


class Provider(Protocol):
    """One way out. It knows no survey, no database, no queue, no clock, no templates."""

    name: str
    kind: Kind
    account: str
    """Whose rate and whose bill: the same for each process that sends by it. Names it without being a secret."""
    per_second: float
    """How many messages the account takes."""
    caps: Caps

    def check(self) -> list[Problem]:
        """What is wrong with this set-up; sends nothing."""

    def send(self, items: Sequence[Outgoing]) -> list[Outcome]:
        """One outcome for each item, in order. Never raises for an item; every call has a time-out."""

    def verify(self, request: RawRequest) -> None:
        """Raise BadSignature unless the provider made this callback."""

    def parse(self, request: RawRequest) -> list[Event]:
        """The events in a verified callback; an unknown code becomes kind "unknown"."""

    def find(self, item: Outgoing) -> Outcome | None:
        """What became of `item`: Accepted or Rejected where the provider can prove one; None when it cannot say."""


class Conversing(Provider, Protocol):
    """A provider that sends what its call was answered with. So a reply needs no call of ours: it leaves once, when
    the provider has read it, and never when that heard nothing; told again, the provider gets the same answer."""

    def respond(self, reply: Outgoing | None) -> Answer:
        """The answer that has `reply` sent to whoever wrote; None to say nothing."""


@runtime_checkable
class Keeper(Protocol):
    """A provider that keeps what people say after a tone, until it is deleted there."""

    def recording(self, ref: str, most: int) -> bytes | None:
        """A recording as MP3, of at most `most` bytes; None when there is none (any more). Raises OSError when it
        cannot be had now, ValueError when it is larger."""

    def erase(self, ref: str) -> bool:
        """It is deleted there; False when that could not be done now."""
