"""Another system says whom it wrote to or called, so that nobody is asked on top of it. Told twice, it counts once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from time import sleep
from typing import Any, Literal

from server.core.claims import claims_in, plain, zone_in
from server.core.people import BadClaim, Claim, line
from server.core.people import user as user_form
from server.core.throttle import Touch
from server.flows.ask_gate import forget
from server.flows.merge import forget_merged
from server.flows.trigger import Invalid
from server.services import Services
from server.store import contacts, identities, people, touches
from server.store.scope import SiteScope
from server.store.tables import TouchRow

BATCH_MAX = 1000
"""Contacts in one call."""
WRITE_MAX = 100
"""Contacts in one write, a quarter of a second: SQLite has one writer, and an answer must not wait behind a batch."""
ROOM = timedelta(milliseconds=110)
"""Left between two writes on SQLite. Who waits for its lock looks every 100 ms: without room nobody else gets in."""
AHEAD_MOST = timedelta(days=1)
"""Clocks differ and newsletters are planned; what is later than that is a time in other units."""
IGNORED_AFTER = timedelta(days=400)
"""Longer than any rest that a site would set."""

OTHER = {"id": ["was used for another contact; give each contact an id of its own"]}

_CHANNEL = re.compile(r"[a-z0-9_-]{1,12}")


@dataclass(frozen=True)
class Contact:
    """One contact that another system made, understood. `timed` is false when the report names no time."""

    ticket: str
    kind: Literal["external", "ask"]
    channel: str
    at: datetime
    timed: bool
    claims: tuple[Claim, ...]
    name: str
    zone: str = ""


@dataclass(frozen=True)
class Fault:
    """Why the report at `index` was not taken, for each field what to do."""

    index: int
    id: str | None
    errors: dict[str, list[str]]


@dataclass(frozen=True)
class Reported:
    """How many were new, known already, or too old to matter; and those that were not taken."""

    accepted: int
    known: int
    ignored: int
    faults: tuple[Fault, ...]


def report(services: Services, site_id: int, said: Sequence[Any]) -> Reported:
    """Take in what is good of `said`, at most WRITE_MAX contacts in one commit. Raises Invalid, with nothing stored,
    for more than BATCH_MAX. After any other failure the whole batch may be sent again."""
    if len(said) > BATCH_MAX:
        raise Invalid({"touches": [f"holds {len(said)}; send at most {BATCH_MAX} in one call, the rest in the next"]})
    now = services.now()
    faults: dict[int, dict[str, list[str]]] = {}
    understood: dict[int, Contact] = {}
    for index, item in enumerate(said):
        try:
            understood[index] = read_contact(site_id, item, now)
        except Invalid as why:
            faults[index] = why.errors
    outcomes: dict[int, str] = {}
    for some in _parts(list(understood.items())):
        if outcomes and services.db.is_sqlite:
            sleep(ROOM.total_seconds())
        outcomes |= _take_in(services, site_id, some, now)
    faults |= {index: OTHER for index, outcome in outcomes.items() if outcome == "other"}
    counts = {o: sum(1 for outcome in outcomes.values() if outcome == o) for o in ("accepted", "known", "ignored")}
    return Reported(**counts, faults=tuple(Fault(i, _id_of(said[i]), faults[i]) for i in sorted(faults)))


def read_contact(site_id: int, said: Any, now: datetime) -> Contact:
    """`{"id", "kind": "external"|"ask", "channel", "at"?: Unix seconds, "person": {"email"?, "phone"?, "user_id"?,
    "name"?, "zone"?}}`. Raises Invalid, naming every field that is not fit."""
    if not isinstance(said, dict):
        raise Invalid({"touch": ["must be an object with id, kind, channel and person"]})
    errors: dict[str, list[str]] = {}
    id = ""
    try:
        id = user_form(plain(said.get("id")))
    except BadClaim:
        errors["id"] = ["must be your own id of this contact, 1 to 255 printable characters"]
    kind, channel = said.get("kind"), said.get("channel")
    if kind not in ("external", "ask"):
        errors["kind"] = ["must be external (a newsletter, a call) or ask (a survey by another tool)"]
    if not isinstance(channel, str) or not _CHANNEL.fullmatch(channel):
        errors["channel"] = ["must be a word such as newsletter or call, at most 12 of a-z, 0-9, _ and -"]
    at = _time(said.get("at"), now, errors)
    claims = claims_in(said.get("person"), errors)
    if errors:
        raise Invalid(errors)
    # The site is in the hash: two sites may call their contacts alike.
    ticket = "ext:" + sha256(f"{site_id}:{id}".encode()).hexdigest()[:32]
    who = said["person"]
    about = (claims, line(who.get("name"), 255), zone_in(who))
    return Contact(ticket, kind, str(channel), at or now, at is not None, *about)  # type: ignore[arg-type]


def _time(said: Any, now: datetime, errors: dict[str, list[str]]) -> datetime | None:
    if said in (None, ""):
        return None
    try:
        at = datetime.fromtimestamp(int(plain(said).split(".")[0]), UTC)
    except (BadClaim, ValueError, OverflowError, OSError):
        at = None
    if at is None:
        errors["at"] = ["must be a time in Unix seconds"]
    elif at > now + AHEAD_MOST:
        errors["at"] = ["is more than a day ahead; give Unix seconds, of a contact that was made"]
    return at


def _id_of(said: Any) -> str | None:
    """The sender's id, as far as there is one, for it to find its mistake."""
    try:
        return plain(said["id"])[:255]
    except (TypeError, KeyError, BadClaim):
        return None


def _parts(understood: list[tuple[int, Contact]]) -> Iterator[dict[int, Contact]]:
    for start in range(0, len(understood), WRITE_MAX):
        yield dict(understood[start : start + WRITE_MAX])


def _take_in(services: Services, site_id: int, some: Mapping[int, Contact], now: datetime) -> dict[int, str]:
    """For each contact: accepted, known, ignored or other. One commit, then the gate forgets what it knew."""
    with services.db.writing() as db:
        scope = SiteScope(db, site_id)
        # All names at once and in one order: two batches that took them one by one could wait for each other.
        scope.one_at_a_time(*{name for contact in some.values() for name in _names(contact)})
        told = contacts.told(scope, {contact.ticket for contact in some.values()})
        fresh: dict[str, Contact] = {}
        outcomes = {index: _outcome(scope, contact, told, fresh, now) for index, contact in some.items()}
        persons = _write(scope, list(fresh.values()), now)
    forget_merged(services, scope)
    # Those of known contacts, too: the process that stored them may have died before this.
    forget(services, site_id, *(persons | {row.person_id for row in told.values()}))
    return outcomes


def _names(contact: Contact) -> tuple[str, ...]:
    return (contact.ticket, *(f"{c.kind}:{c.value}" for c in contact.claims))


def _outcome(
    scope: SiteScope, contact: Contact, told: Mapping[str, TouchRow], fresh: dict[str, Contact], now: datetime
) -> str:
    """What becomes of `contact`; one that is new is put into `fresh`."""
    row, twin = told.get(contact.ticket), fresh.get(contact.ticket)
    if row:
        return "known" if _is_same(scope, contact, row) else "other"
    if twin:
        alike = (contact.kind, contact.channel, contact.claims) == (twin.kind, twin.channel, twin.claims)
        return "known" if alike and (not contact.timed or contact.at == twin.at) else "other"
    if contact.at <= now - IGNORED_AFTER:
        return "ignored"
    fresh[contact.ticket] = contact
    return "accepted"


def _is_same(scope: SiteScope, contact: Contact, row: TouchRow) -> bool:
    """Whether the ledger has it just so. A report without a time is the same at any time; her name does not matter."""
    if (contact.kind, contact.channel) != (row.kind, row.channel) or (contact.timed and contact.at != row.at):
        return False
    person = identities.find(scope, contact.claims)
    return person is not None and row.person_id in people.family(scope, person.id)


def _write(scope: SiteScope, fresh: Sequence[Contact], now: datetime) -> set[int]:
    """The touches of `fresh`; the ids of their persons."""
    identities.lock_named(scope, [contact.claims for contact in fresh])
    persons = set()
    for contact in fresh:
        person = identities.find_or_make(scope, contact.claims, contact.name, now, "reported contact", contact.zone)
        touch = Touch(contact.ticket, contact.kind, contact.channel, 0, contact.at)
        touches.write(scope, person.id, touch)
        persons.add(person.id)
    return persons
