"""When and how much is sent, to whom only with a yes, and who may speak for whom: typed and told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from server.core.called import messages
from server.core.moments import SEND_HOURS, hours_said
from server.core.policy import Policy
from server.core.policy_moments import WEEKDAYS
from server.core.throttle import SENT
from server.web.desk.policy_draft import Draft, Typed, filled, number

ALL_DAY = ("00:00", "24:00")
USUAL = {channel: (f"{hours.start:%H:%M}", f"{hours.end:%H:%M}") for channel, hours in SEND_HOURS.items()}
"""When a channel sends if nothing is said; at any time, if it is not here."""

PRICE = (
    "Anyone who can open your page may then speak for anyone else: answer in her name, use up her asks, and learn "
    "from the page whether she was asked lately."
)
"""Of trusting what a page says of its visitor."""

ASK_ZONE = "Name a time zone as Europe/Berlin or America/New_York."
ASK_HOURS = "Say two times such as 08:00 and 21:00, and at least one day; or choose “no rule”."
ASK_SENDS = "Say a whole number above 0, or leave it empty."


def read(typed: Typed, draft: Draft) -> None:
    """What these fields say goes into the draft's document, as far as it differs from the defaults."""
    draft.places |= {"zone must": ("zone", ASK_ZONE)}
    if (zone := filled(typed, "zone")) not in ("", "UTC"):
        draft.document["zone"] = zone
    if filled(typed, "identity") == "trusting":
        draft.document["identity"] = "trusting"
    if hours := {channel: said for channel in SENT if (said := _hours(typed, channel, draft))}:
        draft.document["send_hours"] = hours
    if budgets := {channel: said for channel in SENT if (said := _budget(typed, channel, draft))}:
        draft.document["budgets"] = budgets
    if needed := [channel for channel in SENT if typed.get(f"consent.{channel}")]:
        draft.document["consent_required"] = needed


def _hours(typed: Typed, channel: str, draft: Draft) -> dict[str, Any] | str | None:
    at = f"send_hours.{channel}"
    draft.places[f"send_hours: {channel}"] = (at, ASK_HOURS)
    usual = USUAL.get(channel, ALL_DAY)
    if typed.get(f"{at}.off"):
        return "none" if channel in USUAL else None
    start, end = (filled(typed, f"{at}.{name}") or each for name, each in zip(("from", "to"), usual, strict=True))
    # A form that has none of these fields was not sent by this page, and says nothing of days.
    days = [day for day in WEEKDAYS if typed.get(f"{at}.{day}")]
    if f"{at}.from" not in typed:
        days = list(WEEKDAYS)
    if (start, end) == usual and len(days) == len(WEEKDAYS):
        return None
    return {"from": start, "to": end, **({} if len(days) == len(WEEKDAYS) else {"weekdays": days})}


def _budget(typed: Typed, channel: str, draft: Draft) -> dict[str, Any] | None:
    at = f"budget.{channel}"
    draft.places[f"budgets: {channel}"] = (at, ASK_SENDS)
    sends = filled(typed, at)
    return {"sends": number(sends), "per": filled(typed, f"{at}.per") or "day"} if sends else None


def typed_from(document: Mapping[str, Any]) -> dict[str, str]:
    """The fields that stand for this part of `document`."""
    typed = {"zone": str(document.get("zone") or "UTC"), "identity": str(document.get("identity") or "signed")}
    hours, budgets = document.get("send_hours") or {}, document.get("budgets") or {}
    needed = document.get("consent_required") or ()
    for channel in SENT:
        typed |= dict(_typed_hours(channel, hours.get(channel)))
        if isinstance(budget := budgets.get(channel), Mapping):
            typed |= {f"budget.{channel}": str(budget["sends"]), f"budget.{channel}.per": str(budget["per"])}
        if channel in needed:
            typed[f"consent.{channel}"] = "on"
    return typed


def _typed_hours(channel: str, said: Any) -> Iterator[tuple[str, str]]:
    at = f"send_hours.{channel}"
    start, end = USUAL.get(channel, ("", ""))
    days: Any = WEEKDAYS
    if isinstance(said, Mapping):
        start, end, days = said["from"], said["to"], said.get("weekdays") or WEEKDAYS
    elif said == "none":
        yield f"{at}.off", "on"
    yield from ((f"{at}.from", start), (f"{at}.to", end))
    yield from ((f"{at}.{day}", "on") for day in days)


def said_by(policy: Policy) -> dict[str, str]:
    """What a policy says of sends and of identity, a sentence each."""
    said = {"zone": f"The site’s clock is that of {policy.zone}."}
    for channel in SENT:
        name = messages(channel).capitalize()
        hours, budget = policy.send_hours.get(channel), policy.budgets.get(channel)
        when = f"{hours_said(hours)} where the person is" if hours else "at any time"
        said[f"hours {channel}"] = f"{name} go out {when}."
        if budget:
            said[f"budget {channel}"] = f"{name}: at most {budget.most:,} a {budget.per}."
        if channel in policy.consent_required:
            said[f"consent {channel}"] = f"{name} only to those whose yes is recorded."
    trusts = policy.identity == "trusting"
    said["identity"] = (
        "What a page says of its visitor is believed unsigned."
        if trusts
        else "Who somebody is counts only when signed."
    )
    return said
