"""The scenes of `make engines` that Chromium plays as often as anything changes."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.engines.chromium import VIEWPORT, ChromiumHand
from tests.engines.play import act
from tests.running import Running

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scene", ["strict", "single-page", "layers", "redrawn", "cleared"])
def test_a_page_has_a_survey_and_no_harm_from_it(
    browser: Browser, house: Running, key: str, tmp_path: Path, scene: str
) -> None:
    def hands() -> ChromiumHand:
        return ChromiumHand(browser.new_context(viewport=VIEWPORT))

    for _ in range(3):
        (row,) = act(house, key, "chromium", hands, [scene], tmp_path)
        if not any("held: unavailable" in error for error in row.errors):
            break  # a server that is too busy says no within 100 ms, as it should: then the scene is played again
    assert row.is_harmless, row
