"""axe-core finds nothing on any page, in any theme, from either side, by day and by night."""

from __future__ import annotations

import json
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser

from server.core.themes import THEMES
from tests.gallery.__main__ import put
from tests.gallery.states import page, states

pytestmark = pytest.mark.browser

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}

SIDES = [("en", "light", "link"), ("ar", "dark", "widget")]
"""From left to right by day as a page of its own; from right to left by night in a frame."""


def findings(shown: Any) -> list[str]:
    """What axe has to say, a line each."""
    shown.evaluate(AXE_SCRIPT)
    found = shown.evaluate(f"axe.run(document, {json.dumps(RULES)})")
    return [
        f"{v['id']}: {node['html'][:120]} {node['failureSummary'][:300]}"
        for v in found["violations"]
        for node in v["nodes"]
    ]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("language", "scheme", "mode"), SIDES)
def test_axe_finds_nothing(browser: Browser, theme: str, language: str, scheme: Any, mode: str) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, color_scheme=scheme, reduced_motion="reduce", java_script_enabled=True
    )
    shown = context.new_page()
    found = {}
    for state, step in states(language):
        put(shown, page(step, language, theme, mode))
        shown.locator("html").evaluate("e => e.classList.add('revealed')")
        assert shown.evaluate("document.documentElement.scrollWidth") == 390, state
        if said := findings(shown):
            found[state] = said
    context.close()
    assert found == {}
