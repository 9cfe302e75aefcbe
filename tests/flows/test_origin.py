"""An origin is written as a browser writes it."""

from __future__ import annotations

import pytest

from server.flows.set_up import Unfit, origin_of


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://shop.example", "https://shop.example"),
        (" https://Shop.Example/a?b#c ", "https://shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("http://shop.example:443", "http://shop.example:443"),
        ("http://localhost:8000/", "http://localhost:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("https://user:pw@shop.example", "https://shop.example"),
    ],
)
def test_an_address_is_cut_to_its_origin(url: str, origin: str) -> None:
    assert origin_of(url) == origin


@pytest.mark.parametrize(
    "url",
    ["", "shop.example", "*", "https://*.shop.example", "ftp://x", "javascript:alert(1)", "https://", "http://x:99999",
     "http://[::1", "null", "https://" + "x" * 64 + ".example", "https://a..b"],
)  # fmt: skip
def test_what_is_no_origin_is_refused(url: str) -> None:
    with pytest.raises(Unfit):
        origin_of(url)
