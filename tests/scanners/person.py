"""The same links, opened by a person: in a real browser, with a real finger."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page

from tests.running import Running, eventually


@contextmanager
def phone(browser: Browser) -> Iterator[Page]:
    """A page on a touch screen."""
    context = browser.new_context(has_touch=True, is_mobile=True, viewport={"width": 360, "height": 740})
    yield context.new_page()
    context.close()


def link(mail: dict[str, Any], score: int) -> str:
    """Of one score in a mail."""
    found = next(part for part in mail["html"].split('"') if part.endswith(f"?score={score}"))
    return str(found)


def decide(house: Running, key: str, rule: str, probe: dict[str, Any]) -> None:
    """The site's rule from now on, once its pages show it: `probe` is a mail that nobody else opens."""
    status, said = house.call("/v1/policy", {"policy": {"one_click": rule}}, key)
    assert status == 200, said
    mark = {
        "strict": 'class="confirm strict"',
        "assisted": 'class="confirm assisted"',
        "instant": 'aria-hidden="true">',
    }
    eventually(lambda: mark[rule] in house.call(link(probe, 5).removeprefix(house.url))[1])


def said(house: Running, key: str) -> list[tuple[int, str | None, str | None]]:
    """Score, comment and way of every response, the latest first."""
    return [(each["score"], each["comment"], each["one_click"]) for each in house.responses(key)]
