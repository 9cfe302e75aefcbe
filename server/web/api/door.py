"""The door of the API: a secret key opens one site; JSON and forms are understood alike."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

from flask import request
from werkzeug.datastructures import MultiDict

from server.core.links import fingerprint
from server.flows.trigger import Invalid
from server.store import sites
from server.store.tables import Site
from server.web.limits import count_guess
from server.web.parts import services

NUMBERS = ("phone", "phone_number")
"""Fields that hold a phone number in every body."""


class NoKey(Exception):
    """No key, or none of ours."""


def site() -> Site:
    """The site that the request's key opens. Raises NoKey.

    HTTP Basic with the key as user name, with or without the colon (Delighted's Python client leaves it out),
    or `Authorization: Bearer`.
    """
    said = request.authorization
    key = (said.username or said.token or "") if said else ""
    with services().db.reading() as db:
        found = sites.site_of_key(db, fingerprint(key)) if key else None
    if found is None:
        count_guess()
        raise NoKey
    return found


def body() -> dict[str, Any]:
    """The request's fields: a JSON object, or a form with Rails brackets (`properties[plan]=pro`). Raises Invalid."""
    if request.is_json or request.get_data(cache=True).lstrip()[:1] == b"{":
        try:
            said = json.loads(request.get_data() or b"{}", parse_constant=_no_number)
        except (ValueError, RecursionError) as why:
            raise Invalid({"body": ["is not JSON"]}) from why
        if not isinstance(said, dict):
            raise Invalid({"body": ["must be a JSON object"]})
        return said
    return unbracketed(request.form)


def _no_number(word: str) -> None:
    """Python reads NaN and Infinity, which are no JSON and in no database."""
    raise ValueError(word)


def unbracketed(form: MultiDict[str, str]) -> dict[str, Any]:
    """`{"a[b]": "c"}` → `{"a": {"b": "c"}}`, one level deep."""
    fields: dict[str, Any] = {}
    for name, raw in form.items():
        inner = re.fullmatch(r"([^\[\]]+)\[([^\[\]]+)\]", name)
        value = plus(raw) if (inner[2] if inner else name) in NUMBERS else raw
        if inner:
            fields.setdefault(inner[1], {})
            if isinstance(fields[inner[1]], dict):
                fields[inner[1]][inner[2]] = value
        else:
            fields[name] = value
    return fields


def plus(raw: str) -> str:
    """A phone number as it was written: an unescaped `+` of a form or a query is read as a space."""
    return re.sub(r"^ (?=[1-9]\d)", "+", raw)


def moment(name: str) -> datetime | None:
    """A query parameter in Unix seconds; None when absent. Raises Invalid."""
    raw = request.args.get(name)
    return None if raw is None else when(name, raw)


def when(name: str, raw: Any) -> datetime:
    """Unix seconds as a time. Raises Invalid, with the name of the field."""
    try:
        return datetime.fromtimestamp(int(str(raw).split(".")[0]), UTC)
    except (ValueError, OverflowError, OSError) as why:
        raise Invalid({name: ["must be a time in Unix seconds"]}) from why


def whole(name: str, default: int, most: int) -> int:
    """A query parameter from 1 to `most`; more means `most`, anything else the default."""
    raw = request.args.get(name, "")
    return min(max(int(raw), 1), most) if raw.isascii() and raw.isdigit() and len(raw) < 12 else default


def wants(name: str) -> bool:
    """Whether `expand` names this part, in any of the ways that clients write it."""
    said = [*request.args.getlist("expand[]"), *request.args.getlist("expand")]
    return name in ",".join(said).split(",")
