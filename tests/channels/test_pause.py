"""A provider may say in three ways how long it wants to be left alone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from channels.pause import SOON, asked_for

NOON = "Sat, 28 Nov 2026 12:00:00 GMT"
AT_NOON = 1795867200


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry-After": "7"}, 7),
        ({"retry-after": "0"}, 0),
        ({"RETRY-AFTER": " 90 "}, 90),
        ({"Retry-After": "Sat, 28 Nov 2026 12:02:00 GMT", "Date": NOON}, 120),
        ({"X-RateLimit-Reset": str(AT_NOON + 30), "Date": NOON}, 30),
        ({"X-RateLimit-Reset": str(AT_NOON + 30), "Date": NOON, "Retry-After": "5"}, 5),
    ],
)
def test_what_it_says_is_kept(headers: dict[str, str], wait: int) -> None:
    assert asked_for(headers) == timedelta(seconds=wait)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Retry-After": "soon"},
        {"Retry-After": "-1"},
        {"Retry-After": "9" * 5000},
        {"Retry-After": "٣"},
        {"Retry-After": "99999999"},
        {"Retry-After": "Sat, 28 Nov 2026 11:59:00 GMT", "Date": NOON},
        {"X-RateLimit-Reset": str(AT_NOON - 30), "Date": NOON},
        {"X-RateLimit-Reset": "7"},
        {"X-RateLimit-Reset": "later"},
    ],
)
def test_what_makes_no_sense_is_a_minute(headers: dict[str, str]) -> None:
    assert asked_for(headers) == SOON
