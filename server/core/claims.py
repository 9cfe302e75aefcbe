"""Whom a report means: the identifiers in a JSON object, or what is wrong with them."""

from __future__ import annotations

from typing import Any

from server.core.people import NORMAL_FORMS, BadClaim, Claim, IdentifierKind
from server.core.schedule import zone_said

FIELDS: tuple[tuple[str, IdentifierKind], ...] = (("user_id", "user"), ("email", "email"), ("phone", "phone"))


def claims_in(who: Any, errors: dict[str, list[str]]) -> tuple[Claim, ...]:
    """The claims of `{"email"?, "phone"?, "user_id"?}`; what is unfit goes into `errors`, as `person.<field>`."""
    if not isinstance(who, dict):
        errors["person"] = ["must be an object with email, phone or user_id"]
        return ()
    claims, unfit = [], False
    for field, kind in FIELDS:
        if who.get(field) in (None, ""):
            continue
        try:
            claims.append(Claim(kind, NORMAL_FORMS[kind](plain(who[field]))))
        except BadClaim as why:
            errors[f"person.{field}"], unfit = [str(why)], True
    if not claims and not unfit:
        errors["person"] = ["must have email, phone or user_id"]
    return tuple(claims)


def zone_in(who: Any) -> str:
    """The time zone in `{"zone"?}` or `{"timezone"?}`, empty when it names none that is known here."""
    return zone_said(who.get("zone") or who.get("timezone")) if isinstance(who, dict) else ""


def plain(said: Any) -> str:
    """Text, or a number, which many systems use for ids and all for times. Raises BadClaim."""
    if isinstance(said, bool) or not isinstance(said, str | int | float):
        raise BadClaim("must be text")
    try:
        return str(said)
    except ValueError as why:  # Python writes no number of more than 4300 digits
        raise BadClaim("is too long a number") from why
