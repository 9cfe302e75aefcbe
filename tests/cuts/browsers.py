"""What a person has in her hand: four things that every engine's driver can do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Protocol

from playwright.sync_api import Browser, BrowserContext, Error, Frame, Page, sync_playwright

from tests.conftest import BROWSERS, QUIET

PATIENCE = 4_000  # milliseconds for a page to come


class Hand(Protocol):
    """One person's browser: storage of its own, tabs by name."""

    def open(self, tab: str, address: str) -> bool:
        """Loads `address` in a tab, a new one if need be; whether it came, frames and all."""

    def close(self, tab: str) -> None:
        """Closes a tab, as a person does."""

    def run(self, tab: str, script: str, *said: Any) -> Any:
        """What the function `script` gives in the survey's document (a frame's, else the page's); it may be async.
        None where the page went away meanwhile."""

    def end(self) -> None:
        """The browser and all it keeps."""


Hands = Callable[[], Hand]
"""Another person's browser."""


class ChromiumHand:
    def __init__(self, browser: Browser):
        self._context: BrowserContext = browser.new_context()
        self._context.set_default_timeout(PATIENCE)
        self._tabs: dict[str, Page] = {}

    def open(self, tab: str, address: str) -> bool:
        page = self._tabs.get(tab) or self._context.new_page()
        self._tabs[tab] = page
        try:
            page.goto(address, wait_until="load")
        except Error:
            return False
        return True

    def close(self, tab: str) -> None:
        if page := self._tabs.pop(tab, None):
            page.close(run_before_unload=False)

    def run(self, tab: str, script: str, *said: Any) -> Any:
        with suppress(Error):
            return self._document(tab).evaluate(script, list(said))
        return None

    def _document(self, tab: str) -> Frame:
        frames = self._tabs[tab].frames
        return frames[1] if len(frames) > 1 else frames[0]

    def end(self) -> None:
        self._context.close()


@contextmanager
def chromium() -> Iterator[Hands]:
    from pathlib import Path

    found = next((place for place in BROWSERS if place and Path(place).exists()), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=QUIET)
        yield lambda: ChromiumHand(browser)
        browser.close()


ENGINES = {"chromium": chromium}
