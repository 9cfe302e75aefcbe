"""A survey stands on the page in the shape that was wished for, and the page stays as it is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, expect

from tests.widget.looking import comes_true, revealed, settle

if TYPE_CHECKING:
    from tests.widget.conftest import Stub, Watched

pytestmark = pytest.mark.browser

LONG = "<p style='height: 1500px'>Long</p>"
PHONE = {"width": 390, "height": 844}
BOX = """() => { const b = document.querySelector('iframe').getBoundingClientRect();
    return [b.left, b.top, b.right, b.bottom].map(Math.round); }"""


def show(
    stub: Stub, page: Page, shape: str, position: str, *, body: str = "", head: str = "", theme: str = "auto"
) -> None:
    stub.offer = json.dumps(stub.yes(look={"shape": shape, "position": position, "theme": theme}))
    page.goto(stub.page("/", body=body, head=head))


def box(page: Page) -> list[int]:
    found: list[int] = page.evaluate(BOX)
    return found


PLACES = [
    # shape, position, right-to-left, what of left, top, right, bottom is fixed at 1280 × 800
    ("card", "bottom-end", False, (880, None, 1264, 784)),
    ("card", "bottom-start", False, (16, None, 400, 784)),
    ("card", "top-end", False, (880, 16, 1264, None)),
    ("card", "top-left", False, (16, 16, 400, None)),
    ("card", "bottom-end", True, (16, None, 400, 784)),
    ("card", "bottom-start", True, (880, None, 1264, 784)),
    ("card", "bottom-right", True, (880, None, 1264, 784)),
    ("bar", "bottom", False, (280, None, 1000, 800)),
    ("bar", "top", True, (280, 0, 1000, None)),
    ("modal", "center", False, (400, None, 880, None)),
    ("tab", "end", False, (880, None, 1264, 784)),
    ("tab", "start", False, (16, None, 400, 784)),
]


@pytest.mark.parametrize(("shape", "position", "rtl", "expected"), PLACES)
def test_each_shape_has_its_place(
    stub: Stub, watched: Watched, shape: str, position: str, rtl: bool, expected: tuple[int | None, ...]
) -> None:
    page = watched.page
    show(stub, page, shape, position, head="<style>html { direction: rtl }</style>" if rtl else "")
    revealed(page)
    found = box(page)
    assert [each for each, wanted in zip(found, expected, strict=True) if wanted is not None] == [
        wanted for wanted in expected if wanted is not None
    ]
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    assert page.evaluate("seen") == {"cls": 0, "csp": []}
    assert watched.complaints == []


@pytest.mark.parametrize(
    ("shape", "position"), [("card", "bottom-end"), ("bar", "bottom"), ("modal", "center"), ("tab", "end")]
)
def test_on_a_phone_it_is_a_sheet_at_the_lower_edge(stub: Stub, watched: Watched, shape: str, position: str) -> None:
    watched.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    show(stub, watched.page, shape, position)
    revealed(watched.page)
    left, _, right, bottom = box(watched.page)
    assert (left, right, bottom) == (0, 390, 844)


def test_a_sheet_stands_above_the_keyboard(stub: Stub, watched: Watched) -> None:
    page = watched.page
    page.add_init_script(
        """const seen = new EventTarget();
        Object.assign(seen, {scale: 1, height: innerHeight, offsetTop: 0});
        Object.defineProperty(window, 'visualViewport', {value: seen});"""
    )
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    show(stub, page, "card", "bottom-end")
    revealed(page)
    page.evaluate("visualViewport.height = 500; visualViewport.dispatchEvent(new Event('resize'))")
    assert box(page)[3] == 500
    assert box(page)[1] >= 0
    page.evaluate(
        "visualViewport.scale = 2; visualViewport.height = 400; visualViewport.dispatchEvent(new Event('resize'))"
    )
    assert box(page)[3] == 844  # a page that is zoomed stays as it is


def test_a_modal_holds_the_focus_and_gives_it_back(stub: Stub, watched: Watched) -> None:
    page = watched.page
    stub.offer = json.dumps({"show": False, "reason": "waiting", "again": 60, "watch": {"events": ["go"]}})
    page.goto(stub.page("/"))
    settle(page)
    page.locator("#before").focus()
    stub.offer = json.dumps(stub.yes(look={"shape": "modal", "position": "center"}))
    page.evaluate("askonce('event', 'go')")
    frame = revealed(page)
    expect(page.locator("iframe")).to_be_focused()
    assert page.evaluate("document.querySelector('dialog').matches(':modal')")
    page.evaluate("document.querySelector('#before').focus()")  # it is inert
    expect(page.locator("iframe")).to_be_focused()
    for _ in range(40):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") != "before"
    frame.get_by_role("button", name="Close").click()
    expect(page.locator("iframe, dialog")).to_have_count(0)
    expect(page.locator("#before")).to_be_focused()


def test_escape_outside_the_frame_closes_a_modal_and_is_noted(stub: Stub, watched: Watched) -> None:
    page = watched.page
    show(stub, page, "modal", "center")
    revealed(page)
    page.evaluate("document.querySelector('dialog').dispatchEvent(new Event('cancel', {cancelable: true}))")
    expect(page.locator("iframe, dialog")).to_have_count(0)
    (closed,) = stub.wait_for("/w/close")
    assert closed.form == {"token": "one?mode=widget"}


def test_no_focus_is_taken_by_a_card(stub: Stub, watched: Watched) -> None:
    page = watched.page
    page.goto(stub.page("/empty", tag=""))
    show(stub, page, "card", "bottom-end", body="<input id='field' autofocus>")
    revealed(page)
    expect(page.locator("#field")).to_be_focused()


def inline(stub: Stub, page: Page, style: str, *, before: str = "", name: str = "") -> None:
    show(stub, page, "inline", "here", body=f"{before}<div data-askonce-inline='{name}' style='{style}'></div>{LONG}")


def test_a_place_in_the_page_that_is_large_enough_is_filled_at_once(stub: Stub, watched: Watched) -> None:
    page = watched.page
    inline(stub, page, "width: 500px; min-height: 260px")
    frame = revealed(page)
    assert stub.to("/w/offer")[0].json["inline"] == [""]
    left, top, right, bottom = box(page)
    place = page.locator("[data-askonce-inline]").bounding_box()
    assert place
    assert (right - left, bottom - top) == (498, 260)
    assert place["height"] == 260
    frame.get_by_role("button", name="9", exact=True).click()
    expect(frame.get_by_role("textbox")).to_be_visible()
    settle(page)
    assert page.evaluate("seen") == {"cls": 0, "csp": []}


def test_a_place_without_room_is_filled_while_nobody_sees_it(stub: Stub, watched: Watched) -> None:
    page = watched.page
    inline(stub, page, "width: 500px", before=LONG)
    settle(page)
    assert stub.to("/w/shown") == []  # too far down to be seen, so that it is not shown
    page.evaluate("scrollTo(0, 700)")
    stub.wait_for("/w/shown")
    expect(page.locator("iframe")).to_be_visible()
    page.evaluate("scrollTo(0, 1600)")
    assert page.locator("[data-askonce-inline]").bounding_box()["height"] > 150  # type: ignore[index]
    assert page.evaluate("seen.cls") == 0
    frame = revealed(page)
    frame.get_by_role("button", name="9", exact=True).click()
    expect(frame.get_by_role("textbox")).to_be_visible()
    settle(page)
    assert page.evaluate("seen.cls") == 0  # though the next question is taller


def test_a_place_without_room_in_plain_sight_stays_empty(stub: Stub, watched: Watched) -> None:
    inline(stub, watched.page, "")
    settle(watched.page)
    assert stub.to("/w/shown") == []
    assert watched.page.locator("iframe").count() == 0


def test_the_place_of_its_name_comes_first(stub: Stub, watched: Watched) -> None:
    page = watched.page
    place = "<div data-askonce-inline='{}' id='{}' style='min-height: 200px'></div>"
    show(stub, page, "inline", "here", body=place.format("", "any") + place.format("nps", "mine"))
    revealed(page)
    assert page.evaluate("document.querySelector('iframe').parentNode.id") == "mine"


@pytest.mark.parametrize(("theme", "own", "expected"), [
    ("auto", "", "light dark"), ("dark", "", "dark"), ("light", "", "light"),
    ("page", "", "light"), ("page", "dark", "dark"),
])  # fmt: skip
def test_light_and_dark_follow_what_was_wished(
    stub: Stub, watched: Watched, theme: str, own: str, expected: str
) -> None:
    watched.page.emulate_media(color_scheme="null")
    head = f"<style>html {{ color-scheme: {own} }}</style>" if own else ""
    show(stub, watched.page, "card", "bottom-end", head=head, theme=theme)
    frame = revealed(watched.page)
    assert watched.page.evaluate("getComputedStyle(document.querySelector('iframe')).colorScheme") == expected
    assert frame.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") is (expected == "dark")


TAB: dict[str, Any] = {
    "survey": "feedback", "label": "Tell us", "position": "end", "stays": True, "accent": "#3553cf", "ink": "#ffffff",
    "script": "/assets/tab.js",
}  # fmt: skip


def test_a_tab_waits_at_the_edge_and_opens_its_survey(stub: Stub, watched: Watched) -> None:
    page = watched.page
    stub.offer = json.dumps({"show": False, "reason": "rest", "again": 60, "tab": TAB})
    page.goto(stub.page("/", head="<style>* { all: unset !important } html > * { display: none !important }</style>"))
    stub.wait_for("/w/offer")
    settle(page)
    comes_true(page, "document.documentElement.lastElementChild.localName === 'div'")
    at = page.evaluate(BOX.replace("querySelector('iframe')", "documentElement.lastElementChild"))
    assert at[2] == 1280
    assert at[3] - at[1] >= 44
    stub.offer = json.dumps(stub.yes(rest=0, survey="feedback", look={"shape": "tab", "position": "end"}))
    page.mouse.click((at[0] + at[2]) / 2, (at[1] + at[3]) / 2)
    revealed(page)
    assert stub.to("/w/offer")[1].json["open"] == "feedback"
    page.mouse.click((at[0] + at[2]) / 2, (at[1] + at[3]) / 2)
    settle(page)
    assert page.locator("iframe").count() == 1
    assert len(stub.to("/w/offer")) == 2


def test_a_tab_stays_in_view_on_a_long_page_with_a_transform(stub: Stub, watched: Watched) -> None:
    page = watched.page
    stub.offer = json.dumps({"show": False, "reason": "rest", "again": 60, "tab": TAB})
    page.goto(stub.page("/", head="<style>html { transform: scale(.9); height: 4000px }</style>"))
    comes_true(page, "document.documentElement.lastElementChild.localName === 'div'")
    at = page.evaluate(BOX.replace("querySelector('iframe')", "documentElement.lastElementChild"))
    assert at[2] == 1280
    assert abs((at[1] + at[3]) / 2 - 400) <= 1


def test_a_tab_for_every_page_stays_while_the_browser_rests(stub: Stub, watched: Watched) -> None:
    page = watched.page
    stub.offer = json.dumps(stub.yes(tab=TAB))
    page.goto(stub.page("/"))
    revealed(page).get_by_role("button", name="Close").click()
    expect(page.locator("iframe")).to_have_count(0)
    before = len(stub.to("/w/offer"))
    page.goto(stub.page("/next"))
    comes_true(page, "document.documentElement.lastElementChild.localName === 'div'")
    assert len(stub.to("/w/offer")) == before
