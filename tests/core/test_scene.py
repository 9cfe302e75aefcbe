"""What a browser says of its page is read with bounds."""

from __future__ import annotations

from typing import Any

import pytest

from server.core.scene import device_of, properties_from, scene_from
from server.core.targeting import Happened, Scene

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1"
PIXEL = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36"
GALAXY_TAB = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/19.0 Safari/605.1.15"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36"


@pytest.mark.parametrize(
    ("name", "width", "touch", "device"),
    [
        (IPHONE, 390, 5, "phone"),
        (PIXEL, 412, 5, "phone"),
        (GALAXY_TAB, 800, 5, "tablet"),
        (MAC, 1440, 0, "desktop"),
        (MAC, 1024, 5, "tablet"),
        (WINDOWS, 1920, 10, "desktop"),
        (WINDOWS, 420, 0, "phone"),
        ("", 0, 0, "desktop"),
    ],
)
def test_a_device_is_told_by_its_name_and_its_window(name: str, width: int, touch: int, device: str) -> None:
    assert device_of(name, width, touch) == device


def test_everything_that_a_page_says_is_read() -> None:
    said = {
        "page": "https://shop.example/a?b#c", "lang": "de", "properties": {"plan": "pro", "seats": 3, "trial": False},
        "inline": ["", "nps"], "event": ["purchase"], "dwell": 8, "scroll": 50, "exit": True, "element": "#pricing",
    }  # fmt: skip
    assert scene_from(said, IPHONE, "en-GB,en;q=0.9") == Scene(
        page="https://shop.example/a", device="phone", language="de",
        properties={"plan": "pro", "seats": "3", "trial": "false"}, slots=("", "nps"),
        happened=Happened(frozenset({"purchase"}), 8, 50, True, frozenset({"#pricing"})),
    )  # fmt: skip


def test_the_browser_s_language_counts_where_the_page_says_none() -> None:
    assert scene_from({}, "", "pt-BR,pt;q=0.9,en;q=0.8").language == "pt-BR"
    assert scene_from({}, "", "").language == ""


ODD: list[Any] = [
    None,
    7,
    True,
    "",
    "x" * 10_000,
    "\ud800\x00",
    [],
    [[]],
    {},
    {"a": {}},
    float("nan"),
    float("inf"),
    -1,
]


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_whatever_is_said_is_bounded(odd: Any) -> None:
    names = ("page", "lang", "properties", "inline", "event", "dwell", "scroll", "exit", "element", "width", "touch")
    scene = scene_from(dict.fromkeys(names, odd), "", "")
    assert len(scene.page) <= 2000
    assert all(len(each) <= 300 for each in (*scene.slots, *scene.happened.events, *scene.properties.values()))


def test_only_so_many_are_heard() -> None:
    assert len(scene_from({"event": [str(n) for n in range(1000)]}, "", "").happened.events) == 20
    assert len(properties_from({str(n): "x" for n in range(1000)})) == 50
