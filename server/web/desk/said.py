"""What a person said about being asked, and which of her addresses cannot be used, as her page shows it."""

from __future__ import annotations

from typing import Any, get_args

from server.core.consent import standing
from server.core.throttle import Channel
from server.flows.consent import ADDRESSES
from server.store import consents, people, people_lists
from server.store.scope import SiteScope
from server.store.tables import Suppression

SHOWN = 100


def said_lines(scope: SiteScope, person_id: int) -> dict[str, Any]:
    """For each channel what stands and which addresses are suppressed; the noes that stand; everything said."""
    family = people.family(scope, person_id)
    latest = consents.latest(scope, family)
    bad = _suppressed(scope, person_id)
    channels = [
        {"name": name, "stands": standing(latest, name), "bad": [row for row in bad if row.channel == name]}
        for name in get_args(Channel)
    ]
    noes = {line["stands"] for line in channels if line["stands"] and not line["stands"].given}
    return {
        "channels": channels,
        "noes": sorted(noes, key=lambda no: (no.at, no.number)),
        "told": consents.told(scope, family, SHOWN),
    }


def addresses(scope: SiteScope, person_id: int) -> list[tuple[str, str]]:
    """Every address of hers, after the channel that it is for."""
    own = people_lists.own(scope, people.family(scope, person_id))
    hers = {(row.kind, row.value) for rows in own.values() for row in rows}
    return [(channel, value) for channel, kind in ADDRESSES.items() for of, value in sorted(hers) if of == kind]


def _suppressed(scope: SiteScope, person_id: int) -> list[Suppression]:
    hers = addresses(scope, person_id)
    by_channel = {channel: [value for of, value in hers if of == channel] for channel in ADDRESSES}
    return [row for channel, values in by_channel.items() for row in consents.suppressed(scope, channel, values)]
