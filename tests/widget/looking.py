"""How a test looks at a page with the tag on it."""

from __future__ import annotations

from playwright.sync_api import Frame, Page, expect

from tests.running import eventually


def revealed(page: Page) -> Frame:
    """The survey's frame, once the loader has let it be seen."""
    frame = page.locator("iframe")
    expect(frame).to_be_visible()
    content = frame.element_handle().content_frame()
    assert content
    return content


def settle(page: Page) -> None:
    """Everything that was waiting for an idle moment, or for a reply that has come, has had its turn."""
    page.evaluate(
        """async () => { for (let i = 0; i < 3; i++) {
        await new Promise(d => requestIdleCallback(d)); await new Promise(d => setTimeout(d)); } }"""
    )


def comes_true(page: Page, expression: str) -> None:
    """Waits for it. Playwright's own waiting asks by a script of the page's, which ours forbid to be made of text."""
    eventually(lambda: page.evaluate(expression), seconds=30)
