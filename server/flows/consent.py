"""What a person said about being asked, as the verdict sees it; and whether she can be reached."""

from __future__ import annotations

from collections.abc import Sequence

from server.core.called import MESSAGES
from server.core.consent import ALL, Statement, standing
from server.core.people import IdentifierKind
from server.core.throttle import Finding
from server.store import consents, people, people_lists
from server.store.scope import SiteScope
from server.store.tables import Suppression

AGREED_TO = {**MESSAGES, "widget": "surveys on your pages", "view": "surveys in the app"}

ADDRESSES: dict[str, IdentifierKind] = {"email": "email", "sms": "phone", "phone": "phone"}
"""What each channel that sends has for an address."""
HAPPENED = {
    "bounced": "bounced", "complained": "complained about us", "invalid": "was refused", "opted_out": "said stop",
}  # fmt: skip


def consent(scope: SiteScope, person_id: int | None, channel: str, needed: bool = False) -> Finding:
    """Held by a no; where a yes is `needed`, by its absence too."""
    return heard(statements(scope, person_id) if person_id else (), channel, needed)


def heard(said: Sequence[Statement], channel: str, needed: bool) -> Finding:
    """As `consent`, of what somebody `said`."""
    last = standing(said, channel)
    if last and not last.given:
        return Finding("consent", False, because=unsubscribed(last))
    if needed and not last:
        what = AGREED_TO.get(channel, channel)
        return Finding("consent", False, because=f"nobody has recorded that she agreed to {what}")
    return Finding("consent", True)


def stands(scope: SiteScope, person_id: int, channel: str) -> Statement | None:
    """What stands of this person on `channel` about surveys."""
    return standing(statements(scope, person_id), channel)


def statements(scope: SiteScope, person_id: int) -> list[Statement]:
    """What this person has said, whichever of her records it was said of."""
    return consents.latest(scope, people.family(scope, person_id))


def unsubscribed(no: Statement) -> str:
    """A no in words."""
    where = "every channel" if no.scope == ALL else no.scope
    return f"unsubscribed from {where} on {no.at:%d %B %Y}, by {no.source}"


def suppressed(scope: SiteScope, address: str | None, channel: str) -> Finding:
    """Held when `address` must not be used on `channel`, whoever has it."""
    found = consents.suppressed(scope, channel, [address]) if address else []
    return Finding("suppressed", not found, because=because(found[0]) if found else "")


def can_reach(scope: SiteScope, person_id: int, channel: str, address: str | None, needed: bool) -> bool:
    """Whether there is an `address` that may be used, and she has not said no to `channel`; nor keeps silent, where a
    yes is `needed`."""
    return bool(
        address and suppressed(scope, address, channel).passed and consent(scope, person_id, channel, needed).passed
    )


def reachable(scope: SiteScope, person_id: int | None, channel: str) -> tuple[Finding, ...]:
    """As `suppressed`, for the address at which she would be reached; nothing for channels that need none."""
    if person_id is None or channel not in ADDRESSES:
        return ()
    address, bad = _reached(scope, person_id, channel)
    row = bad.get(address or "")
    return (Finding("suppressed", row is None, because=because(row) if row else ""),)


def address_of(scope: SiteScope, person_id: int, channel: str) -> str | None:
    """Where she is reached: her latest address that may be used, or her latest when none may."""
    return _reached(scope, person_id, channel)[0]


def _reached(scope: SiteScope, person_id: int, channel: str) -> tuple[str | None, dict[str, Suppression]]:
    """Her address, and of all that she has there those that must not be used."""
    own = people_lists.own(scope, people.family(scope, person_id))
    rows = sorted((row for rows in own.values() for row in rows), key=lambda row: row.id, reverse=True)
    hers = [row.value for row in rows if row.kind == ADDRESSES.get(channel)]
    bad = {row.address: row for row in reversed(consents.suppressed(scope, channel, hers))} if hers else {}
    return next((value for value in hers if value not in bad), next(iter(hers), None)), bad


def because(row: Suppression) -> str:
    """Why an address must not be used, in words."""
    happened = HAPPENED.get(row.reason, row.reason)
    return f"her address {row.address} {happened} on {row.at:%d %B %Y}, reported by {row.source}"
