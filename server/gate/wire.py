"""How the gate's scripts are spoken to: see `claim.lua` for the forms."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from server.core.throttle import Finding, Touch, Window
from server.gate.verdict import Docket, Known

READING = "=reading"


def ms(at: datetime) -> int:
    """Whole milliseconds since 1970."""
    return int(at.timestamp() * 1000)


def length(lasts: timedelta) -> int:
    """Whole milliseconds."""
    return int(lasts.total_seconds() * 1000)


@lru_cache(maxsize=256)
def docket(said: Docket) -> str:
    """Written once for all requests that are judged by it."""
    asks = [[ask.survey, ask.channel, [n + 1 for n in looks]] for ask, looks in zip(said.asks, said.looks, strict=True)]
    return json.dumps([[_window(w) for w in said.windows], asks], separators=(",", ":"))


def places(tried: Sequence[int] | None) -> str:
    if tried is None:
        return ""
    return ",".join(str(index + 1) for index in tried) or "0"  # no ask is in place 0


def touch(said: Touch) -> str:
    return f"{ms(said.at)}|{said.kind}|{said.survey}|{said.outcome}|{said.channel}|"


def fields(known: Known, policy: str, now: datetime) -> Iterator[str]:
    """Names and values in turn."""
    for each in known.touches:
        yield from (each.ticket, touch(each))
    if known.barred:
        yield from ("=barred", f",{','.join(sorted(known.barred))},")
    if known.elsewhere:
        yield from ("=elsewhere", known.elsewhere)
    if known.beside is not None:
        yield from ("=beside", known.beside)
    yield from ("=learned", f"{ms(now)}|{policy}")


def barred(said: bytes) -> frozenset[str]:
    return frozenset(said.decode().strip(",").split(",")) if said else frozenset()


def filled(asked: Docket, said: bytes) -> dict[int, Finding]:
    """By its place in the docket, what stands in each window that is full."""
    return {
        place - 1: Finding(asked.windows[place - 1].rule, False, _when(until), _touch(ticket, text), is_lease=is_lease)
        for place, until, ticket, text, is_lease in json.loads(said) or ()
    }


def _window(said: Window) -> list[object]:
    surveys = {str(id): True for id in said.surveys} or False
    return [dict.fromkeys(said.kinds, True), said.limit, length(said.lasts), surveys, said.outcome]


def _touch(ticket: str, text: str) -> Touch:
    at, kind, survey, outcome, channel, _ = text.split("|")
    return Touch(ticket, kind, channel, int(survey), _when(int(at)), outcome)  # type: ignore[arg-type]


def _when(at: float) -> datetime:
    return datetime.fromtimestamp(at / 1000, UTC)
