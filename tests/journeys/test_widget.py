"""The script tag on a page: asked, answered, seen in the desk."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress

import pytest
from playwright.sync_api import Browser, Frame, Page, TimeoutError, expect

from tests.ports import free_port
from tests.running import Running, eventually

pytestmark = pytest.mark.browser


def survey_on(page: Page) -> Frame:
    """The survey that stands on `page`, as soon as it can be seen."""
    shown = page.wait_for_selector("iframe", state="visible")
    frame = shown and shown.content_frame()
    assert frame
    return frame


def is_asked(visitor: Page, address: str) -> bool:
    """Whether a survey comes to somebody who loads this page."""
    visitor.goto(address)
    with suppress(TimeoutError):
        return bool(visitor.wait_for_selector("iframe", state="visible", timeout=10_000))
    return False


def answer(frame: Frame, score: int, comment: str) -> None:
    frame.get_by_role("button", name=str(score), exact=True).click()
    frame.get_by_role("textbox").fill(comment)
    frame.locator("[type=submit]").last.click()
    expect(frame.get_by_role("heading", name="Thank you")).to_be_visible()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_visitor_answers_and_the_desk_sees_it(page: Page, desk: Page, house: Running, key: str, host: str) -> None:
    comment = f"Seen from {host}"
    page.goto(house.url.replace("127.0.0.1", host) + "/demo")
    answer(survey_on(page), 9, comment)
    expect(page.locator("iframe")).to_have_attribute("title", "Demo – Survey")
    expect(desk.get_by_text(comment)).to_be_visible()
    newest = house.responses(key)[0]
    assert (newest["score"], newest["comment"]) == (9, comment)
    assert newest["person_properties"]["Delighted Source"] == "widget"


def test_the_first_click_is_saved_at_once(page: Page, house: Running, key: str) -> None:
    page.goto(house.url + "/demo")
    frame = survey_on(page)
    frame.get_by_role("button", name="3", exact=True).click()
    expect(frame.get_by_role("textbox")).to_be_visible()
    newest = house.responses(key)[0]
    assert (newest["score"], newest["comment"]) == (3, None)


def test_who_was_shown_a_survey_is_left_alone(page: Page, house: Running) -> None:
    page.goto(house.url + "/demo")
    survey_on(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(house.url + "/demo", wait_until="networkidle")
    expect(page.locator("iframe")).to_have_count(0)
    assert not [url for url in asked if "/w/" in url]


def test_closing_it_is_a_dismissal(page: Page, desk: Page, house: Running) -> None:
    page.goto(house.url + "/demo")
    frame = survey_on(page)
    frame.get_by_role("button", name="Close").click()
    expect(page.locator("iframe")).to_have_count(0)


@contextmanager
def shop(tag: str, headers: Mapping[str, str] | None = None) -> Iterator[str]:
    """Somebody's own page, on an origin of its own, with our tag on it."""
    page = f"<!doctype html><title>Shop</title><h1>Shop</h1>{tag}".encode()

    class Door(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = self.path.partition("?")[0] == "/"
            self.send_response(200 if found else 204)
            self.send_header("Content-Type", "text/html")
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.end_headers()
            if found:
                self.wfile.write(page)

        def log_message(self, *args: object) -> None:
            pass

    port = free_port()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Door)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield f"http://127.0.0.1:{port}"
    server.shutdown()
    server.server_close()


def test_an_unknown_origin_is_refused_until_the_desk_allows_it(browser: Browser, desk: Page, house: Running) -> None:
    tag = house.command("site", "list")[0]["script"]
    with shop(tag) as origin:
        visitor = browser.new_context().new_page()
        with visitor.expect_event("requestfailed", lambda request: request.url.endswith("/w/offer")):
            visitor.goto(origin + "/")
        expect(visitor.locator("iframe")).to_have_count(0)

        desk.goto(house.url + "/desk/set-up")
        row = desk.locator("li, tr", has_text=origin)
        row.get_by_role("button", name="Allow").click()
        expect(row.get_by_role("button", name="Allow")).to_have_count(0)

        assert eventually(lambda: is_asked(visitor, origin + "/")), "what a site allows is known to all within a second"
        visitor.context.close()


def test_the_stub_adds_the_tag_after_load(browser: Browser, house: Running) -> None:
    visitor = browser.new_context().new_page()
    visitor.goto(house.url + "/demo")
    stub = visitor.locator("code").nth(1).inner_text()
    visitor.context.close()
    with shop(stub) as origin:
        house.allow(origin)
        visitor = browser.new_context().new_page()
        visitor.goto(origin + "/")
        survey_on(visitor)
        visitor.context.close()


def isolated(house: Running) -> dict[str, str]:
    """As strict as a page can be: a nonce, Trusted Types, and nothing from elsewhere that does not want to be there."""
    return {
        "Content-Security-Policy": "default-src 'none'; script-src 'nonce-abc' 'strict-dynamic'; base-uri 'none'; "
        f"trusted-types 'none'; require-trusted-types-for 'script'; connect-src {house.url}; frame-src {house.url}",
        "Cross-Origin-Embedder-Policy": "require-corp",
        "Cross-Origin-Opener-Policy": "same-origin",
    }


WATCH = """window.violations = 0; addEventListener('securitypolicyviolation', () => violations += 1);
    window.reports = []; new ReportingObserver((all) => reports.push(...all.map((each) => each.type)),
    {buffered: true}).observe();"""


def test_a_page_that_allows_as_little_as_can_be_gets_its_answer(browser: Browser, house: Running, key: str) -> None:
    site = house.command("site", "list")[0]["key"]
    tag = f'<script nonce="abc" async src="{house.url}/askonce.js" data-site="{site}"></script>'
    with shop(tag, isolated(house)) as origin:
        house.allow(origin)
        visitor = browser.new_context().new_page()
        said: list[str] = []
        visitor.on("console", lambda message: said.append(message.text))
        visitor.add_init_script(WATCH)
        visitor.goto(origin + "/")
        frame = survey_on(visitor)
        assert visitor.evaluate("crossOriginIsolated")
        answer(frame, 10, "From an isolated page")
        assert visitor.evaluate("[violations, reports]") == [0, []]
        assert frame.evaluate("window.violations") == 0
        assert said == []
        visitor.context.close()
    assert house.responses(key)[0]["comment"] == "From an isolated page"


def test_the_pinned_tag_runs_and_a_changed_one_does_not(browser: Browser, desk: Page, house: Running) -> None:
    desk.goto(house.url + "/desk/set-up")
    desk.get_by_text("Show the pinned tag").click()
    tag = desk.locator("code", has_text="integrity=").inner_text()
    for text, works in ((tag, True), (tag.replace("sha384-", "sha384-A"), False)):
        with shop(text) as origin:
            house.allow(origin)
            visitor = browser.new_context().new_page()
            visitor.goto(origin + "/", wait_until="networkidle")
            assert (visitor.evaluate("typeof window.askonce") == "function") is works
            if works:
                survey_on(visitor)
            visitor.context.close()


OPEN_SHADOWS = """const attach = Element.prototype.attachShadow;
Element.prototype.attachShadow = function () { return attach.call(this, {mode: 'open'}); };"""


def test_a_preview_leaves_no_answer(browser: Browser, house: Running, key: str) -> None:
    before = house.responses(key)
    visitor = browser.new_context().new_page()
    for _ in range(2):
        visitor.goto(house.url + "/demo?askonce=preview")
        answer(survey_on(visitor), 1, "Only looking")
    assert visitor.evaluate("localStorage.length") == 0
    visitor.context.close()
    assert house.responses(key) == before


def test_a_preview_of_what_is_not_running_says_so(browser: Browser, house: Running) -> None:
    visitor = browser.new_context().new_page()
    visitor.add_init_script(OPEN_SHADOWS)
    visitor.goto(house.url + "/demo?askonce=preview:nobody")
    expect(visitor.get_by_role("status")).to_contain_text("none by this name")
    visitor.context.close()


def test_a_browser_that_rests_says_why_and_still_opens_what_is_wished(
    browser: Browser, house: Running, key: str
) -> None:
    visitor = browser.new_context().new_page()
    visitor.goto(house.url + "/demo")
    survey_on(visitor).get_by_role("button", name="Close").click()
    visitor.add_init_script(OPEN_SHADOWS)
    visitor.goto(house.url + "/demo?askonce=debug")
    expect(visitor.get_by_role("status")).to_contain_text("This browser was shown a survey")
    visitor.evaluate("askonce('open')")
    answer(survey_on(visitor), 7, "Of my own accord")
    visitor.context.close()
    assert house.responses(key)[0]["comment"] == "Of my own accord"


Messages = Callable[[], list[dict[str, str]]]


@pytest.fixture
def app(page: Page) -> Messages:
    """A web view of an app, with the three kinds of message handler; what they were told."""
    page.add_init_script(
        """
        window.told = [];
        const note = (to) => (said) => told.push({to, ...(typeof said === "string" ? JSON.parse(said) : said)});
        window.webkit = {messageHandlers: {askonce: {postMessage: note("ios")}}};
        window.AskonceAndroid = {postMessage: note("android")};
        window.ReactNativeWebView = {postMessage: note("react")};
        """
    )
    return lambda: list(page.evaluate("told"))


def test_an_app_hears_ready_answered_and_closed(page: Page, app: Messages, house: Running, key: str) -> None:
    site = house.command("site", "list")[0]["key"]
    who = house.command("identity", "sign", "--site", "Demo", "--user", "app-1", "--email", "app@example.com")
    address = f"{house.url}/view/{site}?identity={who['identity']}"
    page.goto(address)
    ready = eventually(lambda: [m for m in app() if m["type"] == "ready"])
    assert {m["to"] for m in ready} == {"ios", "android", "react"}
    answer(page.main_frame, 8, "From the app")
    eventually(lambda: [m for m in app() if m["type"] == "answered"])
    newest = house.responses(key)[0]
    assert (newest["score"], newest["comment"]) == (8, "From the app")

    page.goto(address)
    closed = eventually(lambda: [m for m in app() if m["type"] == "closed"])
    assert closed[0]["reason"] == "rest"
