"""Where texts and calls may go, and what they may cost in a day: typed and told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from server.core.called import messages
from server.core.destinations import called
from server.core.policy import ALIKE, SPENDING, Policy
from server.core.rates import SCALE
from server.core.throttle import SENT
from server.web.desk.policy_draft import Draft, Typed, filled, number

COSTLY = tuple(channel for channel in SENT if channel in SPENDING)

ASK_COUNTRIES = "Say countries by their two letters, such as DE, AT; or choose “no rule”."
ASK_MONEY = "Say an amount above 0 (at most 100,000), or choose “no rule”."
ASK_ALIKE = "Say a whole number above 0, or choose “no rule”."


def usual(channel: str) -> str:
    """What may be spent in a day where nobody has said otherwise."""
    return f"{SPENDING[channel] / SCALE:g}"


def read(typed: Typed, draft: Draft) -> None:
    """What these fields say goes into the draft's document, as far as it differs from the defaults."""
    draft.places |= {"countries": ("countries", ASK_COUNTRIES), "numbers_alike": ("numbers_alike", ASK_ALIKE)}
    if typed.get("countries.off"):
        draft.document["countries"] = "none"
    elif said := re.findall(r"[^\s,;]+", filled(typed, "countries")):
        draft.document["countries"] = [code.upper() for code in said]
    spending = {channel: said for channel in COSTLY if (said := _money(typed, channel, draft)) is not None}
    if spending:
        draft.document["spending"] = spending
    if typed.get("numbers_alike.off"):
        draft.document["numbers_alike"] = "none"
    elif (alike := filled(typed, "numbers_alike")) not in ("", str(ALIKE)):
        draft.document["numbers_alike"] = number(alike)


def _money(typed: Typed, channel: str, draft: Draft) -> Any:
    at = f"spending.{channel}"
    draft.places[f"spending: {channel}"] = (at, ASK_MONEY)
    if typed.get(f"{at}.off"):
        return "none"
    said = filled(typed, at)
    return None if said in ("", usual(channel)) else number(said)


def typed_from(document: Mapping[str, Any]) -> dict[str, str]:
    """The fields that stand for this part of `document`."""
    countries, spending, alike = (document.get(name) for name in ("countries", "spending", "numbers_alike"))
    typed = {"numbers_alike": str(alike if isinstance(alike, int) else ALIKE)}
    typed |= {"countries.off": "on"} if countries == "none" else {"countries": ", ".join(countries or ())}
    if alike == "none":
        typed["numbers_alike.off"] = "on"
    for channel in COSTLY:
        said = spending.get(channel) if isinstance(spending, Mapping) else None
        typed[f"spending.{channel}"] = usual(channel) if said in (None, "none") else f"{said:g}"
        if said == "none":
            typed[f"spending.{channel}.off"] = "on"
    return typed


def said_by(policy: Policy) -> dict[str, str]:
    """What a policy says of money, a sentence each."""
    if policy.countries is None:
        where = "Texts and calls go everywhere."
    elif policy.countries:
        where = f"Texts and calls go to {', '.join(sorted(called(code) for code in policy.countries))}."
    else:
        where = "Texts and calls go to the site’s own countries."
    said = {"countries": where}
    for channel in COSTLY:
        most, name = policy.spending.get(channel), messages(channel).capitalize()
        limit = f"at most {most / SCALE:.10g}" if most is not None else "any money"
        said[f"spending {channel}"] = f"{name} may cost {limit} a day."
    alike = f"more than {policy.alike:,} in an hour" if policy.alike else "any number in an hour"
    said["numbers_alike"] = f"Numbers of one range: {alike} " + ("are an alarm." if policy.alike else "are no alarm.")
    return said
