"""Chromium, by Playwright."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Error, Frame, Page, ViewportSize, sync_playwright

from tests.conftest import BROWSERS, QUIET
from tests.engines.hand import PATIENCE, SCREEN, Hands, Missing, Refused

BLOCKED = {"profile": {"cookie_controls_mode": 1, "block_third_party_cookies": True}}
FORGETFUL = ["--disable-back-forward-cache"]
"""What Playwright would switch off: pages that one goes back to, kept as they were."""
VIEWPORT = ViewportSize(width=SCREEN["width"], height=SCREEN["height"])


class ChromiumHand:
    """A context of its own in one browser."""

    def __init__(self, context: BrowserContext):
        self._context = context
        self._context.set_default_timeout(1000 * PATIENCE)
        self._tabs: dict[str, Page] = {}
        self._said: list[str] = []

    def open(self, tab: str, address: str) -> bool:
        page = self._tabs.get(tab) or self._new(tab)
        try:
            page.goto(address, wait_until="load")
        except Error:
            return False
        return True

    def _new(self, tab: str) -> Page:
        page = self._tabs[tab] = self._context.new_page()
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self._said.append(f"error: {error}"))
        return page

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self._said.append(f"{message.type}: {message.text} ({message.location.get('url')})")

    def close(self, tab: str) -> None:
        if page := self._tabs.pop(tab, None):
            page.close(run_before_unload=False)

    def run(self, tab: str, script: str, *said: Any, on_top: bool = False) -> Any:
        with suppress(Error):
            return self._document(tab, on_top).evaluate(script, list(said))
        return None

    def _document(self, tab: str, on_top: bool) -> Frame:
        frames = self._tabs[tab].frames
        return frames[1] if len(frames) > 1 and not on_top else frames[0]

    def press(self, tab: str, x: float, y: float) -> None:
        try:
            self._tabs[tab].mouse.click(x, y)
        except Error as why:
            raise Refused(str(why)) from why

    def picture(self, tab: str, path: Path) -> None:
        self._tabs[tab].screenshot(path=path)

    def complaints(self) -> list[str]:
        return self._said

    def end(self) -> None:
        self._context.close()


@contextmanager
def chromium(blocked: bool = False) -> Iterator[Hands]:
    found = next((place for place in BROWSERS if place and Path(place).exists()), None)
    with sync_playwright() as playwright, TemporaryDirectory() as folder:
        if not blocked:
            try:
                browser = playwright.chromium.launch(executable_path=found, args=QUIET, ignore_default_args=FORGETFUL)
            except Error as why:
                raise Missing("make browser") from why
            yield lambda: ChromiumHand(browser.new_context(viewport=VIEWPORT))
            browser.close()
            return

        def hand() -> ChromiumHand:
            profile = Path(folder) / str(len(list(Path(folder).iterdir())))
            (profile / "Default").mkdir(parents=True)
            (profile / "Default" / "Preferences").write_text(json.dumps(BLOCKED))
            launch = playwright.chromium.launch_persistent_context
            return ChromiumHand(launch(profile, executable_path=found, args=QUIET, viewport=VIEWPORT))

        yield hand
