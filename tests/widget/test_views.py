"""The survey in an app's view: every bridge hears, links are the app's to open, the theme is as asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.widget.looking import comes_true

if TYPE_CHECKING:
    from tests.widget.conftest import Stub, Watched

pytestmark = pytest.mark.browser

NOTE = "window.told = []; window.note = (to) => (said) => { told.push([to, said]) };\n"
BRIDGES = {
    "ios": "window.webkit = {messageHandlers: {askonce: {postMessage: note('ios')}}}",
    "android": "window.AskonceAndroid = {postMessage: note('android')}",
    "react": "window.ReactNativeWebView = {postMessage: note('react')}",
    "flutter": "window.AskonceFlutter = {postMessage: note('flutter')}",
    "inapp": "window.flutter_inappwebview = {callHandler: (name, said) => note('inapp')([name, said])}",
}
SHAPES: dict[str, Any] = {
    "ios": lambda said: isinstance(said, dict),
    "android": lambda said: isinstance(said, str),
    "react": lambda said: isinstance(said, str),
    "flutter": lambda said: isinstance(said, str),
    "inapp": lambda said: said[0] == "askonce" and isinstance(said[1], dict),
}


def types(page: Page) -> list[str]:
    """The kinds of messages, in order, without the resizes."""
    told = page.evaluate(
        """told.map(([to, said]) => to === "inapp" ? said[1] : typeof said === "string" ? JSON.parse(said) : said)
        .map((said) => said.type).filter((type) => type !== "resize")"""
    )
    return list(told)


@pytest.mark.parametrize("bridge", sorted(BRIDGES))
def test_each_bridge_hears_all_of_it_in_its_own_shape(stub: Stub, watched: Watched, bridge: str) -> None:
    page = watched.page
    page.add_init_script(NOTE + BRIDGES[bridge])
    page.goto(stub.ask + "/s/one?mode=view")
    page.get_by_role("button", name="9", exact=True).click()
    page.get_by_role("textbox").fill("Lovely")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading")).to_have_text("Thank you, Ann.")
    page.get_by_role("link").click()
    page.get_by_role("button", name="Close").click()
    comes_true(page, "told.length >= 5")
    assert types(page) == ["ready", "answered", "link", "closed"]
    assert all(SHAPES[bridge](said) for _, said in page.evaluate("told"))
    assert page.url.endswith("/s/one?mode=view"), "the app opens the link, not the page"
    assert watched.complaints == []


def test_a_flutter_view_that_is_late_hears_what_was_said_before(stub: Stub, context: BrowserContext) -> None:
    page = context.new_page()
    page.add_init_script(NOTE)
    page.goto(stub.ask + "/s/one?mode=view")
    expect(page.locator("html.revealed")).to_be_attached()
    page.evaluate(BRIDGES["inapp"])
    page.evaluate("dispatchEvent(new Event('flutterInAppWebViewPlatformReady'))")
    assert types(page)[0] == "ready"
    page.get_by_role("button", name="Close").click()
    assert types(page)[-1] == "closed"


def test_a_link_is_told_with_its_whole_address(stub: Stub, context: BrowserContext) -> None:
    page = context.new_page()
    page.add_init_script(NOTE + BRIDGES["ios"])
    page.goto(stub.ask + "/s/one?mode=view")
    page.get_by_role("link").click()
    assert page.evaluate("told.find(([, m]) => m.type === 'link')[1].href") == stub.ask + "/u/one"


@pytest.mark.parametrize("mode", ["view", "link"])
def test_without_an_app_a_link_is_a_link(stub: Stub, context: BrowserContext, mode: str) -> None:
    page = context.new_page()
    page.add_init_script(NOTE + (BRIDGES["android"] if mode == "link" else ""))
    page.goto(f"{stub.ask}/s/one?mode={mode}")
    page.get_by_role("link").click()
    page.wait_for_url("**/u/one")


COLOURS = """() => {
  const style = getComputedStyle(document.documentElement);
  const names = ["accent", "accent-ink", "paper", "ink", "muted", "line", "ground", "field", "bad", "tint"];
  const colour = (name) => {
    const probe = document.body.appendChild(document.createElement("i"));
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  return [style.colorScheme.split(" ").at(-1), ...names.map(colour)];
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_theme_that_is_asked_for_looks_like_the_device_s_own(stub: Stub, browser: Browser, theme: Any) -> None:
    seen = []
    other: Any = "dark" if theme == "light" else "light"
    for scheme, asked in ((theme, ""), (other, f"&scheme={theme}")):
        context = browser.new_context(color_scheme=scheme)
        page = context.new_page()
        page.goto(f"{stub.ask}/s/one?mode=view{asked}")
        seen.append(page.evaluate(COLOURS)[1:])
        if asked:
            assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == theme
        context.close()
    assert seen[0] == seen[1]
