"""Where a number is, and whether somebody's customer can be behind it."""

from __future__ import annotations

import pytest

from server.core.destinations import called, country_of_zone, destination, is_country, zones_of_country


@pytest.mark.parametrize(
    ("phone", "country"),
    [
        ("+4915112345678", "DE"), ("+14155552671", "US"), ("+16045551234", "CA"), ("+18765551234", "JM"),
        ("+447700900123", "GB"),  # of no range yet
        ("+15005550006", "US"),  # Twilio's own, for tests
        ("+18005550123", "US"), ("+77012345678", "KZ"), ("+79261234567", "RU"), ("+61491570156", "AU"),
    ],
)  # fmt: skip
def test_each_number_is_of_a_country_and_of_a_range(phone: str, country: str) -> None:
    found = destination(phone)
    assert (found.country, found.prefix, found.refused) == (country, phone[:8], "")


@pytest.mark.parametrize(
    ("phone", "said"),
    [
        ("+499001234567", "premium"), ("+4990012345678", "premium"), ("+19005551234", "premium"),
        ("+449098790123", "premium"), ("+33899123456", "premium"),
        ("+491803123456", "shared-cost"), ("+448431234567", "shared-cost|premium"),
        ("+447012345678", "personal"), ("+881612345678", "satellite"), ("+870773123456", "satellite"),
        ("+882161234567", "satellite"), ("+97912345678", "no country"),
        ("+80012345678", "no country"), ("nobody", "no phone"),
    ],
)  # fmt: skip
def test_nobodys_customer_is_behind_such_a_number(phone: str, said: str) -> None:
    assert any(word in destination(phone).refused for word in said.split("|"))


def test_clocks_tell_of_countries() -> None:
    assert [country_of_zone(zone) for zone in ("Europe/Berlin", "Asia/Tokyo", "UTC", "nowhere")] == ["DE", "JP", "", ""]
    assert zones_of_country("GB") == ("Europe/London",)
    assert len(zones_of_country("US")) > 20
    assert zones_of_country("") == ()


def test_countries_have_names() -> None:
    assert (called("DE"), called("KR"), called("XX")) == ("Germany (DE)", "Korea (South, KR)", "XX")
    assert called("") == "an unknown country"
    assert is_country("AT")
    assert not is_country("EU")
