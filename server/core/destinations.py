"""Where a number is, and what kind it is: texts and calls go to people, in countries that the site has chosen."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberType

PREFIX = 7
"""Digits after the + that numbers of one range share: it is ranges that traffic is bought for."""

NO_COUNTRY = "001"
"""What the numbering plan calls satellite phones and other networks of no country (ITU-T E.164, +8…, +979)."""

NORTH_AMERICA = 1
"""Its personal numbers (+1 5xx) cost no more than others, and Twilio's numbers for tests are of them."""

_REFUSED = {
    PhoneNumberType.PREMIUM_RATE: "a premium-rate number",
    PhoneNumberType.SHARED_COST: "a shared-cost number",
    PhoneNumberType.PERSONAL_NUMBER: "a personal-redirection number",
    PhoneNumberType.PAGER: "a pager",
    PhoneNumberType.UAN: "a company's access number",
    PhoneNumberType.VOICEMAIL: "a voicemail box",
}
"""Kinds of numbers that are dear to whoever writes or calls, and behind which no customer is reached."""


@dataclass(frozen=True)
class Destination:
    """`country`: ISO 3166-1, such as DE; empty where nobody can tell. `prefix`: `+` and the digits of its range.
    `refused`: what it is that nothing is sent to, in words; empty for the number of a person."""

    country: str
    prefix: str
    refused: str = ""


def destination(phone: str) -> Destination:
    """Of a number in E.164. A number that no range is assigned to is of the country of its code."""
    prefix = phone[: PREFIX + 1]
    try:
        number = phonenumbers.parse(phone, None)
    except phonenumbers.NumberParseException:
        return Destination("", prefix, "no phone number")
    country = phonenumbers.region_code_for_number(number)
    country = country or phonenumbers.region_code_for_country_code(number.country_code or 0)
    if country == NO_COUNTRY:
        return Destination("", prefix, "a satellite number, or another of no country")
    kind = _kind(number)
    if kind == PhoneNumberType.PERSONAL_NUMBER and number.country_code == NORTH_AMERICA:
        kind = PhoneNumberType.MOBILE
    return Destination(country, prefix, _REFUSED.get(kind, ""))


def _kind(number: PhoneNumber) -> int:
    """A few digits more than there should be do not make another kind of it."""
    kind = phonenumbers.number_type(number)
    if kind == PhoneNumberType.UNKNOWN:
        cut = PhoneNumber()
        cut.merge_from(number)
        if phonenumbers.truncate_too_long_number(cut):
            kind = phonenumbers.number_type(cut)
    return kind


def country_of_zone(zone: str) -> str:
    """Where clocks are set so: DE for Europe/Berlin; empty for UTC and for what is no zone."""
    return _zones().get(zone, "")


def zones_of_country(code: str) -> tuple[str, ...]:
    """Every zone by which clocks are set there; none for what is no country."""
    return tuple(zone for zone, country in _zones().items() if country == code)


def is_country(code: str) -> bool:
    """Whether there is such a country (ISO 3166-1, two capital letters)."""
    return code in _names()


def called(code: str) -> str:
    """A country in words: `Germany (DE)`, `Korea (South, KR)`."""
    name = _names().get(code)
    if name and name.endswith(")"):
        return f"{name[:-1]}, {code})"
    return f"{name} ({code})" if name else code or "an unknown country"


@cache
def _names() -> dict[str, str]:
    return dict(row[:2] for row in _table("iso3166.tab"))


@cache
def _zones() -> dict[str, str]:
    return {row[2]: row[0] for row in _table("zone.tab")}


def _table(name: str) -> list[list[str]]:
    """From the time-zone database, which knows countries because clocks are theirs to set."""
    text = files("tzdata").joinpath("zoneinfo", name).read_text("utf-8")
    return [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
