"""Programs look at every link of every mail; then people click. `make scanners` does the first with 200 mails."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.running import Running, eventually, running
from tests.scanners.person import decide, link, phone, said
from tests.scanners.run import answers, invited, scanned

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server with one web process: what it says of a rule is said everywhere."""
    with running(tmp_path_factory.mktemp("scanned"), WEB_WORKERS="1") as server:
        yield server


@pytest.fixture(scope="module")
def key(house: Running) -> str:
    return house.key()


def test_no_program_answers_or_unsubscribes_and_each_is_seen_for_what_it_is(
    house: Running, key: str, browser: Browser
) -> None:
    outcome = scanned(house, key, browser, people=4, pages=3)
    assert (outcome.answers, outcome.unsubscribed) == (0, 0), outcome.report()
    assert outcome.clicks["like_machines"] == outcome.clicks["clicks"] >= 4 * 24
    assert {"head", "scores", "everything", "early"} <= outcome.clicks["signals"].keys()


def test_by_assisted_a_single_tap_counts_once(house: Running, key: str, browser: Browser) -> None:
    [mail] = invited(house, key, 1, "assisted")
    with phone(browser) as page:
        page.goto(link(mail, 9))
        before = answers(house, key)
        page.touchscreen.tap(180, 20)
        expect(page.locator("[data-saved]")).to_be_visible()
        for y in (20, 30, 700):
            page.touchscreen.tap(180, y)
        page.reload()
        page.touchscreen.tap(180, 20)
        expect(page.get_by_role("textbox")).to_be_visible()  # her comment is still open
    assert answers(house, key) == before + 1
    assert said(house, key)[0] == (9, None, "touched")


def test_a_tab_that_is_closed_after_one_tap_has_answered(house: Running, key: str, browser: Browser) -> None:
    [mail] = invited(house, key, 1, "hasty")
    with phone(browser) as page:
        page.goto(link(mail, 4))
        page.touchscreen.tap(180, 20)
        page.close()
        eventually(lambda: said(house, key)[:1] == [(4, None, "touched")])


def test_by_strict_only_send_counts(house: Running, key: str, browser: Browser) -> None:
    mail, probe = invited(house, key, 2, "strict")
    decide(house, key, "strict", probe)
    before = answers(house, key)
    with phone(browser) as page:
        page.goto(link(mail, 9))
        for _ in range(2):
            page.touchscreen.tap(180, 20)
        page.keyboard.press("Tab")
        page.goto(link(mail, 8))
        assert answers(house, key) == before
        page.get_by_role("textbox").fill("Well made")
        page.get_by_role("button", name="Send").tap()
        expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert answers(house, key) == before + 1
    assert said(house, key)[0] == (8, "Well made", None)


def test_by_instant_the_opening_counts_once(house: Running, key: str, browser: Browser) -> None:
    mail, probe = invited(house, key, 2, "instant")
    decide(house, key, "instant", probe)
    before = answers(house, key)
    house.call(link(mail, 9).removeprefix(house.url), method="HEAD")
    assert answers(house, key) == before
    with phone(browser) as page:
        for _ in range(3):
            page.goto(link(mail, 9))
            expect(page.locator("[data-saved]")).to_be_visible()
    assert answers(house, key) == before + 1
    assert said(house, key)[0] == (9, None, "opened")
