"""What a text or a call costs: so much for each part of a text, for each minute of a call, by country."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import cache
from typing import NamedTuple

SCALE = 10_000
"""Money is counted in ten-thousandths of the account's currency: providers' prices have four places."""

ELSEWHERE = "*"
"""Stands for every country that has no rate of its own."""

UNTOLD = 3_500
"""The rate of a country for which nobody has told one, and none for the others either: what few exceed, so that a
budget stops too early and not too late."""

CALL_MINUTES = 4
"""What is set aside for a call: nobody knows before its end how long it will be."""

_RATE = re.compile(r"([A-Z]{2}|\*)=(\d{1,3}(?:\.\d{1,4})?)")


class Cost(NamedTuple):
    """Of one message: `units` are parts of a text, or minutes of a call; `money` is in ten-thousandths."""

    units: int
    money: int


def read(raw: str) -> Mapping[str, int]:
    """`DE=0.11,AT=0.09,*=0.2` as ten-thousandths by country. Raises ValueError for anything else."""
    found: dict[str, int] = {}
    for part in raw.replace(" ", "").split(","):
        rate = _RATE.fullmatch(part)
        if not rate or rate[1] in found:
            raise ValueError(f"must be rates such as DE=0.11,*=0.2, each country once; {part!r} is none")
        found[rate[1]] = round(float(rate[2]) * SCALE)
    return found


def cost(rates: str, country: str, units: int) -> Cost:
    """What `units` to a number in `country` cost, by rates as `read` takes them."""
    known = _read(rates)
    return Cost(units, units * known.get(country, known.get(ELSEWHERE, UNTOLD)))


def dearest(rates: str, countries: Collection[str] | None) -> int:
    """What a message costs at most: to one of `countries`, or to any."""
    known = _read(rates)
    usual = known.get(ELSEWHERE, UNTOLD)
    return max((known.get(country, usual) for country in countries or [*known, ELSEWHERE]), default=usual)


_read = cache(read)


def said(money: int, currency: str) -> str:
    """`12.35 USD`; to the hundredth, for that is what people count in."""
    return f"{money / SCALE:,.2f} {currency}"
