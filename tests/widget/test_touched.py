"""A score that was clicked in a mail counts when a person touches its page, and for nothing that programs do there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.widget.looking import comes_true

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.widget.conftest import Call, Stub, Watched

pytestmark = pytest.mark.browser

CLICKED = "/s/one?mode=mail&step=confirm&rule=assisted"
ACTION = "/s/one?mode=mail"
PROGRAM = """async () => {
    const all = [window, document, document.body, ...document.querySelectorAll("*")];
    for (const target of all) {
        for (const type of ["pointerdown", "pointerup", "mousedown", "touchstart", "touchend", "keydown", "keyup"])
            target.dispatchEvent(new Event(type, {bubbles: true}));
        target.dispatchEvent(new PointerEvent("pointerdown", {bubbles: true}));
        target.dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", bubbles: true}));
    }
    document.documentElement.style.minHeight = "5000px";
    for (const y of [200, 3000, 0]) {
        scrollTo(0, y);
        await new Promise(requestAnimationFrame);
    }
    for (const radio of document.querySelectorAll("[type=radio]")) radio.click();
    document.querySelector("textarea").focus();
    document.querySelector("h1").click();
}"""
"""What a program can do in a page without the hand of its browser."""


@pytest.fixture
def fingers(browser: Browser) -> Iterator[Page]:
    """A page on a touch screen."""
    context = browser.new_context(has_touch=True, is_mobile=True, viewport={"width": 360, "height": 640})
    yield context.new_page()
    context.close()


@pytest.fixture
def plain(browser: Browser) -> Iterator[Page]:
    """A page of a browser without scripts."""
    context = browser.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


def opened(stub: Stub, page: Page) -> Page:
    page.goto(stub.ask + CLICKED)
    expect(page.locator("html.revealed")).to_be_attached()
    return page


def touches(stub: Stub) -> list[Call]:
    return [call for call in stub.to("/s/one") if "touch" in call.form]


def saved(page: Page) -> None:
    expect(page.locator("[data-saved]")).to_be_visible()


def thanks(page: Page) -> Locator:
    return page.get_by_role("heading", name="Thank you, Ann.")


SIGNS: dict[str, Callable[[Page], None]] = {
    "a click": lambda page: page.mouse.click(3, 3),
    "a press that is held": lambda page: page.mouse.down(),
    "a key": lambda page: page.keyboard.press("Tab"),
}


@pytest.mark.parametrize("sign", SIGNS)
def test_the_first_touch_of_the_page_counts_what_was_clicked_once(stub: Stub, watched: Watched, sign: str) -> None:
    page = opened(stub, watched.page)
    SIGNS[sign](page)
    saved(page)
    for again in SIGNS.values():
        again(page)
    expect(page.get_by_role("status")).to_have_text("Saved")
    page.get_by_role("textbox").fill("The tea")
    expect(page.locator("[data-saved]")).to_be_hidden()  # her words are not
    assert [call.form for call in touches(stub)] == [{"asked": "q1", "touch": "1", "a.q1": "9"}]
    assert page.url == stub.ask + ACTION, "loaded anew it goes on"
    assert watched.complaints == []


def test_a_finger_counts_also_when_it_only_scrolls(stub: Stub, fingers: Page) -> None:
    page = opened(stub, fingers)
    page.touchscreen.tap(5, 5)
    saved(page)
    assert [call.form["a.q1"] for call in touches(stub)] == ["9"]


def test_nothing_that_a_program_does_in_the_page_counts(stub: Stub, watched: Watched) -> None:
    page = opened(stub, watched.page)
    page.evaluate(PROGRAM)
    page.mouse.move(100, 100)  # it may lie where the page comes up
    page.mouse.move(120, 130)
    page.mouse.wheel(0, 400)  # reading is no answer
    comes_true(page, "scrollY > 0")
    page.clock.install()
    page.clock.run_for(60_000)
    page.goto("about:blank")
    assert stub.to("/s/one") == []


def test_another_score_is_what_counts(stub: Stub, watched: Watched) -> None:
    page = opened(stub, watched.page)
    page.get_by_role("radio", name="3", exact=True).click()
    saved(page)
    page.get_by_role("radio", name="4", exact=True).click()
    stub.wait_for("/s/one", 2)
    three, four = touches(stub)
    assert (three.form["a.q1"], four.form["a.q1"]) == ("3", "4")
    assert three.id < four.id


def test_who_presses_send_at_once_sends_once(stub: Stub, watched: Watched) -> None:
    page = opened(stub, watched.page)
    page.get_by_role("button", name="Send").click()
    expect(thanks(page)).to_be_visible()
    page.mouse.click(3, 3)
    page.keyboard.press("Tab")
    expect(thanks(page)).to_be_visible()
    assert [call.form for call in stub.to("/s/one")] == [{"asked": "q1", "a.q1": "9", "a.q2": ""}]


def test_a_send_after_a_touch_is_said_later(stub: Stub, watched: Watched) -> None:
    page = opened(stub, watched.page)
    page.mouse.click(3, 3)
    saved(page)
    page.get_by_role("textbox").fill("The tea")
    page.get_by_role("button", name="Send").click()
    expect(thanks(page)).to_be_visible()
    touch, send = stub.to("/s/one")
    assert touch.id < send.id
    assert send.form == {"asked": "q1", "a.q1": "9", "a.q2": "The tea"}


def test_a_tab_that_is_closed_at_once_has_said_it(stub: Stub, context: BrowserContext) -> None:
    page = opened(stub, context.new_page())
    page.mouse.click(3, 3)
    page.close(run_before_unload=False)
    assert stub.wait_for("/s/one")[0].form == {"asked": "q1", "touch": "1", "a.q1": "9"}


def test_what_gets_lost_on_the_way_is_sent_again_and_by_the_next_page(stub: Stub, context: BrowserContext) -> None:
    stub.script = [0, 503, 0, 0, 503]
    page = opened(stub, context.new_page())
    page.mouse.click(3, 3)
    for tried in range(1, 4):
        stub.wait_for("/s/one", tried)
        page.evaluate("dispatchEvent(new Event('online'))")
    page.close()
    stub.script = []
    later = context.new_page()
    later.goto(f"{stub.ask}/s/one?mode=link&step=gone")
    comes_true(later, "!localStorage.length")
    assert len({call.id for call in touches(stub)}) == 1


def test_by_strict_a_touch_says_nothing(stub: Stub, watched: Watched) -> None:
    page = watched.page
    page.goto(stub.ask + CLICKED.replace("assisted", "strict"))
    for sign in SIGNS.values():
        sign(page)
    expect(page.get_by_text("Please confirm it with the button below.")).to_be_visible()
    page.get_by_role("button", name="Send").click()
    expect(thanks(page)).to_be_visible()
    assert touches(stub) == []


def test_without_scripts_it_says_that_it_wants_to_be_sent(stub: Stub, plain: Page) -> None:
    plain.goto(stub.ask + CLICKED)
    expect(plain.get_by_text("Please confirm it with the button below.")).to_be_visible()
    plain.mouse.click(3, 3)
    plain.get_by_role("button", name="Send").click()
    expect(thanks(plain)).to_be_visible()
    assert [call.form for call in stub.to("/s/one")] == [{"asked": "q1", "a.q1": "9", "a.q2": ""}]
