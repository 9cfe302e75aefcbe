"""Where, before whom and when a survey is asked."""

from __future__ import annotations

import time
from datetime import date
from typing import Any

import pytest

from server.core.targeting import (
    EVERYBODY,
    BadTargeting,
    Happened,
    Scene,
    Start,
    targeting_from,
    watch,
)

SHOP = "https://shop.example"


def fits(pattern: str, page: str) -> bool:
    return targeting_from({"pages": [pattern]}).fits_page(page)


@pytest.mark.parametrize(
    ("pattern", "page", "expected"),
    [
        ("/pricing", SHOP + "/pricing", True),
        ("/pricing", SHOP + "/pricing/", True),
        ("/pricing/", SHOP + "/pricing", True),
        ("/pricing", SHOP + "/pricing/team", False),
        ("/pricing", SHOP + "/en/pricing", False),
        ("/Pricing", SHOP + "/pricing", False),
        ("/", SHOP + "/", True),
        ("/", SHOP, True),
        ("/", SHOP + "/pricing", False),
        ("/blog/*", SHOP + "/blog/one/two", True),
        ("/blog/*", SHOP + "/blog/", True),
        ("/blog/*", SHOP + "/blogger", False),
        ("/*/checkout", SHOP + "/de/checkout", True),
        ("/*/checkout", SHOP + "/checkout", False),
        ("/a*a", SHOP + "/a", False),
        ("/a*b*c", SHOP + "/axxbxxc", True),
        ("/a*b*c", SHOP + "/axxcxxb", False),
        ("*", SHOP + "/anything", True),
        ("https://shop.example/pricing", SHOP + "/pricing", True),
        ("https://shop.example/*", "https://other.example/pricing", False),
        ("https://*.example/cart", SHOP + "/cart", True),
        ("*/cart", SHOP + "/de/cart", True),
        ("/pricing", "", False),
    ],
)
def test_a_pattern_is_an_address_or_a_path_with_stars(pattern: str, page: str, expected: bool) -> None:
    assert fits(pattern, page) is expected


def test_no_pattern_takes_long_on_any_page() -> None:
    many = targeting_from({"pages": ["/" + "a*" * 10 + "b"] * 50})
    begun = time.perf_counter()
    assert not many.fits_page(SHOP + "/" + "a" * 1900)
    assert time.perf_counter() - begun < 0.05


def test_pages_may_be_left_out() -> None:
    most = targeting_from({"pages": ["/shop/*"], "not_pages": ["/shop/checkout*"]})
    assert most.fits_page(SHOP + "/shop/cup")
    assert not most.fits_page(SHOP + "/shop/checkout/pay")
    assert targeting_from({"not_pages": ["/cart"]}).fits_page(SHOP + "/")


def test_without_any_targeting_it_is_for_everybody_at_once() -> None:
    assert targeting_from(None) == targeting_from({}) == EVERYBODY
    assert EVERYBODY.fits_page(SHOP)
    assert EVERYBODY.fits_visitor(Scene())
    assert EVERYBODY.start.came(Happened())


@pytest.mark.parametrize(
    ("said", "scene", "expected"),
    [
        ({"devices": ["phone", "tablet"]}, Scene(device="phone"), True),
        ({"devices": ["phone", "tablet"]}, Scene(device="desktop"), False),
        ({"visitors": "new"}, Scene(), True),
        ({"visitors": "new"}, Scene(returning=True), False),
        ({"visitors": "returning"}, Scene(returning=True), True),
        ({"languages": ["de"]}, Scene(language="de-AT"), True),
        ({"languages": ["de-at"]}, Scene(language="de"), False),
        ({"languages": ["de", "PT-br"]}, Scene(language="pt-BR"), True),
        ({"languages": ["de"]}, Scene(language="den"), False),
        ({"languages": ["de"]}, Scene(), False),
        ({"properties": {"plan": ["pro", "team"]}}, Scene(properties={"plan": "pro"}), True),
        ({"properties": {"plan": ["pro"]}}, Scene(properties={"plan": "free"}), False),
        ({"properties": {"plan": "pro", "seats": 3, "trial": True}},
         Scene(properties={"plan": "pro", "seats": "3", "trial": "true"}), True),
        ({"properties": {"plan": ["pro"]}}, Scene(), False),
        ({"from": "2026-11-01", "until": "2026-11-30"}, Scene(today=date(2026, 11, 30)), True),
        ({"from": "2026-11-01", "until": "2026-11-30"}, Scene(today=date(2026, 12, 1)), False),
        ({"from": "2026-11-01"}, Scene(today=date(2026, 10, 31)), False),
        ({"devices": ["phone"], "visitors": "new"}, Scene(device="phone", returning=True), False),
    ],
)  # fmt: skip
def test_every_part_that_is_said_must_fit(said: dict[str, Any], scene: Scene, expected: bool) -> None:
    assert targeting_from(said).fits_visitor(scene) is expected


START = {"events": ["purchase"], "dwell": 8, "scroll": 50, "exit": True, "elements": ["#pricing"]}


@pytest.mark.parametrize(
    ("happened", "expected"),
    [
        (Happened(), False),
        (Happened(frozenset({"purchase", "other"})), True),
        (Happened(frozenset({"other"})), False),
        (Happened(dwell=7.9), False),
        (Happened(dwell=8), True),
        (Happened(scroll=75), True),
        (Happened(scroll=25), False),
        (Happened(exit=True), True),
        (Happened(elements=frozenset({"#pricing"})), True),
    ],
)
def test_any_of_what_may_start_it_does(happened: Happened, expected: bool) -> None:
    assert targeting_from({"start": START}).start.came(happened) is expected


def test_what_did_not_need_to_happen_does_not_count() -> None:
    start = Start(events=("purchase",))
    assert not start.came(Happened(dwell=3600, scroll=100, exit=True))


def test_a_page_hears_what_to_look_out_for_and_nothing_twice() -> None:
    starts = [targeting_from({"start": START}).start, Start(events=("purchase", "left"), dwell=3), Start(scroll=50)]
    assert watch(starts) == {
        "events": ["purchase", "left"], "dwell": [3, 8], "scroll": [50], "elements": ["#pricing"], "exit": True,
    }  # fmt: skip
    assert watch([]) == {}


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ([], "targeting must be a JSON object"),
        ({"page": ["/"]}, "“page” is no rule"),
        ({"pages": "/"}, "pages must be a list"),
        ({"pages": []}, "pages must be a list of 1 to 50"),
        ({"pages": ["/x"] * 51}, "pages must be a list of 1 to 50"),
        ({"pages": ["/" + "x" * 300]}, "1 to 300 characters"),
        ({"pages": ["pricing"]}, "“pricing” must begin with /"),
        ({"pages": ["/pricing?plan=pro"]}, "have no ?"),
        ({"pages": ["/" + "*" * 11]}, "at most 10 *"),
        ({"not_pages": [7]}, "not_pages must be a list"),
        ({"devices": ["watch"]}, "devices must be a list of phone, tablet, desktop"),
        ({"visitors": "old"}, "visitors must be one of new, returning"),
        ({"visitors": []}, "visitors must be one of"),
        ({"languages": ["German!"]}, "“german!” must be a language"),
        ({"properties": {"plan": []}}, "plan must be a list"),
        ({"properties": {"plan": {}}}, "plan must be a list"),
        ({"properties": {"p" * 61: ["x"]}}, "at most 50 properties"),
        ({"properties": 7}, "properties must be a JSON object"),
        ({"from": "soon"}, "from must be a date"),
        ({"from": "2026-12-01", "until": "2026-11-01"}, "until must not be before from"),
        ({"start": {"click": 1}}, "“click” is no rule"),
        ({"start": {"dwell": 0}}, "dwell must be a number above 0"),
        ({"start": {"dwell": True}}, "dwell must be a number above 0"),
        ({"start": {"dwell": float("nan")}}, "dwell must be a number above 0"),
        ({"start": {"scroll": 101}}, "up to 100"),
        ({"start": {"exit": 1}}, "exit must be true or false"),
        ({"start": {"elements": ["a\nb"]}}, "elements must be a list"),
    ],
)
def test_what_is_wrong_is_named(said: Any, complaint: str) -> None:
    with pytest.raises(BadTargeting) as wrong:
        targeting_from(said)
    assert any(complaint in each for each in wrong.value.complaints), wrong.value.complaints


def test_everything_that_is_wrong_is_named_at_once() -> None:
    with pytest.raises(BadTargeting) as wrong:
        targeting_from({"pages": ["x"], "visitors": "old", "start": {"dwell": -1}})
    assert len(wrong.value.complaints) == 3
