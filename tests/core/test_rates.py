"""Money by country, as it is written in a setting."""

from __future__ import annotations

import pytest

from server.core.rates import UNTOLD, cost, dearest, read, said


def test_each_country_has_its_rate_and_the_others_the_stars() -> None:
    rates = "DE=0.11, AT=0.0925,*=0.2"
    assert cost(rates, "DE", 3) == (3, 3_300)
    assert cost(rates, "AT", 1) == (1, 925)
    assert cost(rates, "FR", 2) == (2, 4_000)
    assert cost("DE=0.11", "FR", 1).money == UNTOLD


def test_the_dearest_of_some_countries_and_of_all() -> None:
    assert dearest("DE=0.11,*=0.2", ["DE"]) == 1_100
    assert dearest("DE=0.11,*=0.2", ["DE", "FR"]) == dearest("DE=0.11,*=0.2", None) == 2_000
    assert dearest("DE=0.5,*=0.2", None) == 5_000


@pytest.mark.parametrize("raw", ["", "DE", "DE=", "de=0.1", "DE=-1", "DE=0.12345", "DE=0.1,DE=0.2", "DE=1e3", "DE=0,1"])
def test_what_is_no_rate_is_refused(raw: str) -> None:
    with pytest.raises(ValueError, match="must be rates such as"):
        read(raw)


def test_money_is_told_to_the_hundredth() -> None:
    assert said(123_456_789, "EUR") == "12,345.68 EUR"
