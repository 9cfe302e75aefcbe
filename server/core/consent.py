"""What people said about being asked, and which of it stands.

Of each record, scope and purpose the latest statement stands. Between "every channel" and one channel:

- A no to one channel holds, whatever was said of all: only a yes to that channel lifts it.
- A no to all holds on every channel until a later yes to all, or for one channel until a later yes to that one:
  who said STOP to everything and then START by text may be sent texts, and nothing else.

Over the records of one person the stricter wins: a no that stands on any of them is her no. So a yes that is said
of her later is written on each record where a no stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from server.core.throttle import Channel

ALL = "all"
"""The scope of a statement about every channel."""
SCOPES: tuple[str, ...] = (ALL, *get_args(Channel))

SURVEY = "survey"
"""The purpose of asking for feedback. What was said about any other purpose neither holds an ask nor allows one."""

BASES = ("consent", "existing_customer", "legitimate_interest", "contract")
"""Why somebody may be asked: she agreed (GDPR art. 6(1)(a)), she bought and was told that she can object (§7(3) UWG),
an interest that outweighs hers (art. 6(1)(f)), a contract that cannot do without (art. 6(1)(b))."""

REASONS = ("bounced", "complained", "invalid", "opted_out")
"""Why an address must not be used: mail to it came back, whoever reads it reported us, no provider takes it, or its
provider was told to stop."""


@dataclass(frozen=True)
class Said:
    """What somebody says: yes or no, to one channel or `all`. `at` is None for now."""

    scope: str
    given: bool
    source: str
    purpose: str = SURVEY
    basis: str = ""
    """One of BASES for a yes, empty for a no."""
    evidence: str = ""
    """Where it can be looked up: a form and its date, the id of a message. At most 255 characters."""
    noted_by: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Statement:
    """What was said of one record. Of two at one time the one with the higher number was told later."""

    number: int
    record: int
    scope: str
    given: bool
    purpose: str
    basis: str
    source: str
    evidence: str
    noted_by: str
    at: datetime


def standing(statements: Iterable[Statement], channel: str, purpose: str = SURVEY) -> Statement | None:
    """What stands of one person on `channel` (or on `all`), from the statements on all her records; None when nobody
    has said anything."""
    of_records: dict[int, list[Statement]] = {}
    for each in statements:
        if each.purpose == purpose and each.scope in (ALL, channel):
            of_records.setdefault(each.record, []).append(each)
    said = [_of_record(those, channel) for those in of_records.values()]
    return max(said, key=lambda s: (not s.given, *_order(s)), default=None)


def is_news(known: Sequence[Statement], record: int, said: Said) -> bool:
    """Whether `said` changes anything on `record`: saying again what stands already does not, whatever the evidence.

    `known` is what was said before it, as far as it is told. What was said at a time of its own is news unless the
    same was said then: of what is told late, something may have been said between the two.
    """
    hers = sorted((s for s in known if s.record == record and s.purpose == said.purpose), key=_order)
    same = next((s for s in reversed(hers) if s.scope == said.scope), None)
    if same is None or (same.given, same.basis) != (said.given, said.basis) or (said.at and said.at > same.at):
        return True
    since = (s for s in hers if _order(s) > _order(same) and s.given != said.given)
    if said.given:
        return any(s.scope == ALL for s in since)
    return said.scope == ALL and any(since)


def lifted(known: Sequence[Statement], said: Said) -> list[int]:
    """The records on which a no stands that `said`, a yes, speaks of."""
    records = sorted({s.record for s in known})
    of_each = ((id, standing((s for s in known if s.record == id), said.scope, said.purpose)) for id in records)
    return [id for id, stands in of_each if stands and not stands.given] if said.given else []


def lifts(yes: Statement, no: Statement, record: int) -> bool:
    """Whether `yes` takes `no`, were it said of `record`, back: in whole or, of a no to all, for one channel."""
    is_after = yes.given and yes.record == record and yes.purpose == no.purpose and _order(yes) > _order(no)
    return is_after and (no.scope in (ALL, yes.scope))


def _of_record(said: Sequence[Statement], channel: str) -> Statement:
    latest = {s.scope: s for s in sorted(said, key=_order)}
    own = latest.get(channel)
    return own if own and not own.given else max(latest.values(), key=_order)


def _order(statement: Statement) -> tuple[datetime, int]:
    return statement.at, statement.number
