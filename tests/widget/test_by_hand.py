"""One long survey with every kind of question: by keyboard alone, without scripts, and four times as large."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select
from werkzeug.serving import WSGIRequestHandler, make_server

from server.app import create_app
from server.core.surveys import KINDS
from server.flows.set_up import create_site
from server.services import Services
from server.store import responses, surveys
from server.store.scope import SiteScope
from server.store.tables import Response
from tests.gallery.states import ANSWERS, QUESTIONS, THANKS
from tests.parts import NOON

pytestmark = pytest.mark.browser

NUMBERS = {kind: str(value) for kind, value in ANSWERS.items() if isinstance(value, int)}


class Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Says nothing."""


@pytest.fixture
def house(make_services: Callable[..., Services]) -> Services:
    return make_services()


@pytest.fixture
def address(house: Services) -> Iterator[str]:
    """Of the open link of a survey with every kind of question, a page each."""
    site = create_site(house, "Harbour")
    questions = [{"id": kind, "kind": kind, **QUESTIONS[kind]} for kind in KINDS]
    with house.db.writing() as db:
        surveys.add_survey(SiteScope(db, site.id), "long", "long", {"questions": questions, "thanks": THANKS}, NOON)
    server = make_server("127.0.0.1", 0, create_app(house), threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.port}/l/long"
    server.shutdown()
    thread.join()
    server.server_close()


def kept(services: Services) -> dict[str, Any]:
    """The answers of the one response."""
    with services.db.reading() as db:
        [row] = db.scalars(select(Response))
        return responses.answered(SiteScope(db, row.site_id), row.id)


def until(page: Page, selector: str) -> None:
    """Tab, until the focus is there."""
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
    raise AssertionError(f"Tab never came to {selector}")


def by_keyboard(page: Page, kind: str) -> None:
    press, type = page.keyboard.press, page.keyboard.type
    if kind in NUMBERS:
        until(page, f"button[value='{NUMBERS[kind]}']")
        return press("Enter")
    if kind == "select_one":
        until(page, "input[type=radio]")
        press("ArrowUp")  # from the first round to the last
        press("Space")
        until(page, ".other")
        type("The blue one")
        return press("Enter")
    if kind == "select_many":
        for option in ANSWERS[kind]["chosen"]:
            until(page, f"input[value={option}]")
            press("Space")
    if kind == "ranking":
        for option in ("glaze", "shape", "price"):
            until(page, f"select[name$='.{option}']")
            type(str(1 + ANSWERS[kind]["chosen"].index(option)))  # the last place is filled by itself
    if kind == "free_response":
        until(page, "textarea")
        type(ANSWERS[kind])
    if kind == "contact":
        for name in ("name", "email"):
            until(page, f"input[name$='.{name}']")
            type(ANSWERS[kind][name])
        return press("Enter")
    until(page, ".send")
    return press("Enter")


def by_pointer(page: Page, kind: str) -> None:
    if kind in NUMBERS:
        return page.locator(f"button[value='{NUMBERS[kind]}']").click()
    if kind == "select_one":
        page.get_by_label("Something else").check()
        page.locator(".other").fill("The blue one")
    if kind == "select_many":
        for option in ANSWERS[kind]["chosen"]:
            page.locator(f"input[value={option}]").check()
    if kind == "ranking":
        for place, option in enumerate(ANSWERS[kind]["chosen"], 1):
            page.locator(f"select[name$='.{option}']").select_option(str(place))
    if kind == "free_response":
        page.get_by_role("textbox").fill(ANSWERS[kind])
    if kind == "contact":
        page.get_by_label("Name").fill("Ann")
        page.get_by_label("Email").fill("ann@example.org")
    return page.locator(".send").click()


def go_through(page: Page, hand: Callable[[Page, str], None], check: Callable[[], None]) -> None:
    for kind in KINDS:
        expect(page.get_by_role("heading")).to_have_text(QUESTIONS[kind]["text"]["en"])
        check()
        hand(page, kind)
    expect(page.get_by_role("heading")).to_have_text("Thank you")
    check()


def test_by_keyboard_alone(browser: Browser, house: Services, address: str) -> None:
    page = browser.new_page(reduced_motion="reduce")
    page.goto(address)
    places = iter(range(len(KINDS) + 1))

    def check() -> None:
        if next(places):
            expect(page.get_by_role("heading")).to_be_focused()

    go_through(page, by_keyboard, check)
    page.close()
    assert kept(house) == dict(ANSWERS)


def test_a_stand_begins_anew_when_somebody_is_done_or_has_gone_away(
    browser: Browser, house: Services, address: str
) -> None:
    page = browser.new_page(reduced_motion="reduce")
    page.clock.install()
    page.goto(address + "?kiosk=5")
    question = page.get_by_role("heading")
    go_through(page, by_pointer, lambda: None)
    page.clock.fast_forward(4000)
    expect(question).to_have_text("Thank you")
    first = page.url
    page.clock.fast_forward(2000)
    expect(question).to_have_text(QUESTIONS[KINDS[0]]["text"]["en"])
    by_pointer(page, KINDS[0])
    expect(question).to_have_text(QUESTIONS[KINDS[1]]["text"]["en"])
    page.clock.fast_forward(61_000)
    expect(question).to_have_text(QUESTIONS[KINDS[0]]["text"]["en"])
    assert page.url == address + "?kiosk=5" != first
    page.close()
    with house.db.reading() as db:
        assert len({row.person_id for row in db.scalars(select(Response))}) == 2


def test_without_scripts(browser: Browser, house: Services, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    go_through(page, by_pointer, lambda: None)
    context.close()
    assert kept(house) == dict(ANSWERS)


@pytest.mark.parametrize(("width", "height"), [(320, 568), (320, 256)])
def test_on_the_smallest_phone_and_at_four_hundred_percent(
    browser: Browser, house: Services, address: str, width: int, height: int
) -> None:
    """1280 by 1024 at 400 % are 320 by 256 to the page (WCAG 2.2, 1.4.10)."""
    page = browser.new_page(viewport={"width": width, "height": height}, reduced_motion="reduce", has_touch=True)
    page.goto(address)

    def check() -> None:
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        small = page.evaluate(
            """[...document.querySelectorAll('.choice, .send, .quiet, .line, select')].filter(e => e.offsetHeight)
            .map(e => [e.className, e.offsetWidth, e.offsetHeight]).filter(([, w, h]) => h < 44 || w < 24)"""
        )
        assert small == []

    go_through(page, by_pointer, check)
    page.close()
    assert kept(house) == dict(ANSWERS)


def test_back_shows_the_page_before_with_what_was_said(browser: Browser, house: Services, address: str) -> None:
    for scripts in (True, False):
        context = browser.new_context(java_script_enabled=scripts, reduced_motion="reduce")
        page = context.new_page()
        page.goto(address)
        for kind in KINDS[:3]:
            expect(page.get_by_role("heading")).to_have_text(QUESTIONS[kind]["text"]["en"])
            by_pointer(page, kind)
        expect(page.get_by_role("heading")).to_have_text(QUESTIONS[KINDS[3]]["text"]["en"])
        page.get_by_role("button", name="Back").click()
        expect(page.get_by_role("heading")).to_have_text(QUESTIONS[KINDS[2]]["text"]["en"])
        expect(page.locator(f"input[value='{NUMBERS[KINDS[2]]}']")).to_be_checked()
        page.locator("input[value='2']").check()
        page.locator(".send").click()
        expect(page.get_by_role("heading")).to_have_text(QUESTIONS[KINDS[3]]["text"]["en"])
        context.close()
    with house.db.reading() as db:
        assert [r.score for r in db.scalars(select(Response))] == [9, 9]
