"""How the house speaks with a way of reaching people: a finished message out, one outcome back for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, Protocol

Kind = Literal["email", "sms"]


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
    headers: Mapping[str, str] = field(default_factory=dict)
    """Extra mail headers, values unfolded, e.g. `List-Unsubscribe`."""
    callback: str = ""
    """Absolute address for status callbacks of this message; empty when the provider needs none."""


@dataclass(frozen=True)
class Accepted:
    """The provider has it. `ref` is the provider's name for it."""

    ref: str


@dataclass(frozen=True)
class Rejected:
    """Never: the provider refused, and nothing left. `scope` says who must act."""

    reason: str
    scope: Literal["address", "content", "account", "optout"]


@dataclass(frozen=True)
class Retry:
    """Later: proven not to have left. `after` is the provider's word or ours."""

    reason: str
    after: timedelta


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


@dataclass(frozen=True)
class Event:
    """What became of one message, in our words."""

    kind: Literal["accepted", "delivered", "bounced", "failed", "optout", "complained", "unknown"]
    """`optout`: whoever got it told the provider to stop; `complained`: reported it as unwanted."""
    id: str
    """`Outgoing.id`, when the callback carries it; else empty."""
    ref: str
    """The provider's name of the message."""
    reason: str = ""
    raw_id: str = ""
    """Stable over the provider's own retries; two events with one raw_id are one event."""


@dataclass(frozen=True)
class Problem:
    """Something an operator must mend before this provider can send, and how."""

    text: str


class Provider(Protocol):
    """One way out. It knows no survey, no database, no queue, no clock, no templates."""

    name: str
    kind: Kind
    batch_max: int
    """How many messages one call of `send` may carry."""

    def check(self) -> list[Problem]:
        """What is wrong with this set-up; sends nothing."""

    def send(self, items: Sequence[Outgoing]) -> list[Outcome]:
        """One outcome for each item, in order. Never raises for an item; every call has a time-out."""

    def verify(self, request: RawRequest) -> None:
        """Raise BadSignature unless the provider made this callback."""

    def parse(self, request: RawRequest) -> list[Event]:
        """The events in a verified callback; an unknown code becomes kind "unknown"."""

    def find(self, item: Outgoing) -> Outcome | None:
        """Ask the provider what became of `item`; None when it cannot say."""
