"""What may start a survey is looked out for; pages that change without loading; what the page calls."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, expect

from tests.widget.looking import comes_true, revealed, settle

if TYPE_CHECKING:
    from tests.widget.conftest import Call, Stub, Watched

pytestmark = pytest.mark.browser

QUEUE = "<script>window.askonce=window.askonce||function(){(askonce.q=askonce.q||[]).push(arguments)};"
LONG = "<p style='height: 4000px'>Long</p><div id='foot' style='height: 40px'>Foot</div>"


def waits(stub: Stub, page: Page, body: str = "", **watch: Any) -> None:
    """A page on which a survey waits for what `watch` says, and is shown then."""
    said = {"show": False, "reason": "waiting", "again": 86400, "watch": watch, "watcher": "/assets/watch.js"}
    stub.offer = json.dumps(said)
    page.goto(stub.page("/", body=body))
    stub.wait_for("/w/offer")
    if watch.keys() - {"events"}:
        comes_true(page, "performance.getEntriesByType('resource').some(e => e.name.includes('watch.js'))")
    settle(page)
    stub.offer = None


def second(stub: Stub) -> Call:
    return stub.wait_for("/w/offer", 2)[1]


def test_an_event_asks_again_and_needs_nobody_to_look_out(stub: Stub, watched: Watched) -> None:
    waits(stub, watched.page, events=["purchase"])
    watched.page.evaluate("askonce('event', 'other'); askonce('event', 'purchase')")
    assert second(stub).json["event"] == ["other", "purchase"]
    revealed(watched.page)
    assert len(stub.to("/w/offer")) == 2
    assert watched.complaints == []


def test_an_event_from_before_the_script_is_in_the_first_request(stub: Stub, watched: Watched) -> None:
    watched.page.goto(stub.page("/", head=QUEUE + "askonce('event', 'purchase')</script>"))
    revealed(watched.page)
    assert [call.json["event"] for call in stub.to("/w/offer")] == [["purchase"]]


def test_time_on_the_page_counts_while_it_is_looked_at(stub: Stub, watched: Watched) -> None:
    page = watched.page
    page.add_init_script("window.away = false; Object.defineProperty(document, 'hidden', {get: () => away})")
    page.clock.install()
    stub.offer = json.dumps(
        {"show": False, "reason": "waiting", "again": 1, "watch": {"dwell": [8]}, "watcher": "/assets/watch.js"}
    )
    with page.expect_response("**/assets/watch.js"):
        page.goto(stub.page("/"))
        page.clock.run_for(1000)
    page.clock.run_for(4000)
    page.evaluate("away = true; document.dispatchEvent(new Event('visibilitychange'))")
    page.clock.run_for(60_000)
    page.evaluate("away = false; document.dispatchEvent(new Event('visibilitychange'))")
    page.clock.run_for(1000)
    assert len(stub.to("/w/offer")) == 1
    for _ in range(60):
        if len(stub.to("/w/offer")) > 1:
            break
        page.clock.run_for(1000)
    assert second(stub).json["dwell"] == 8


def test_how_far_down_she_came(stub: Stub, watched: Watched) -> None:
    waits(stub, watched.page, LONG, scroll=[50, 90])
    watched.page.evaluate("scrollTo(0, 300)")
    settle(watched.page)
    assert len(stub.to("/w/offer")) == 1
    watched.page.evaluate("scrollTo(0, 2000)")
    assert second(stub).json["scroll"] == 50


def test_a_part_of_the_page_that_scrolls_counts_as_the_page(stub: Stub, watched: Watched) -> None:
    waits(stub, watched.page, f"<div id='part' style='height: 600px; overflow: auto'>{LONG}</div>", scroll=[50])
    watched.page.evaluate("document.querySelector('#part').scrollTop = 3000")
    assert second(stub).json["scroll"] == 50


def test_a_pointer_that_leaves_at_the_top(stub: Stub, watched: Watched) -> None:
    waits(stub, watched.page, exit=True)
    leave = "document.dispatchEvent(new MouseEvent('mouseout', {{clientY: {}, relatedTarget: {}}}))"
    watched.page.evaluate(leave.format(400, "null") + ";" + leave.format(0, "document.body"))
    settle(watched.page)
    assert len(stub.to("/w/offer")) == 1
    watched.page.evaluate(leave.format(-1, "null"))
    assert second(stub).json["exit"] is True


def test_an_element_that_is_clicked(stub: Stub, watched: Watched) -> None:
    waits(stub, watched.page, LONG, elements=["#nowhere", "a[", "#menu .item"])
    watched.page.evaluate(
        """document.body.insertAdjacentHTML('beforeend',
        '<div id="menu" style="position: fixed; top: -99px"><p class="item"><b>One</b></p></div>')"""
    )
    watched.page.evaluate("document.querySelector('#menu b').click()")
    assert second(stub).json["element"] == ["#menu .item"]
    assert watched.complaints == []


def test_an_element_that_comes_into_view(stub: Stub, watched: Watched) -> None:
    waits(stub, watched.page, LONG, elements=["#foot", "#later"])
    watched.page.evaluate("document.querySelector('#foot').scrollIntoView()")
    assert second(stub).json["element"] == ["#foot"]


def test_an_element_that_is_made_later(stub: Stub, watched: Watched) -> None:
    waits(stub, watched.page, elements=["#later"])
    watched.page.evaluate(
        "document.body.append(Object.assign(document.createElement('p'), {id: 'later', textContent: 'Later'}))"
    )
    assert second(stub).json["element"] == ["#later"]


def test_a_no_to_what_happened_is_the_end_of_it(stub: Stub, watched: Watched) -> None:
    waits(stub, watched.page, LONG, events=["purchase"], scroll=[50])
    stub.offer = json.dumps({"show": False, "reason": "rest", "again": 86400})
    watched.page.evaluate("askonce('event', 'purchase')")
    second(stub)
    settle(watched.page)
    watched.page.evaluate("askonce('event', 'purchase'); scrollTo(0, 4000)")
    settle(watched.page)
    assert len(stub.to("/w/offer")) == 2


def test_a_server_that_always_waits_is_asked_only_so_often(stub: Stub, watched: Watched) -> None:
    stub.offer = json.dumps({"show": False, "reason": "waiting", "again": 1, "watch": {"events": ["x"]}})
    watched.page.goto(stub.page("/"))
    stub.wait_for("/w/offer")
    for _ in range(4):
        watched.page.evaluate("for (let i = 0; i < 50; i++) askonce('event', 'x')")
        settle(watched.page)
    stub.wait_for("/w/offer", 30)
    settle(watched.page)
    assert len(stub.to("/w/offer")) == 30


# ── Pages that change without loading ────────────────────────────────────────────────────────────────────


def goes(page: Page, path: str) -> None:
    page.evaluate(f"history.pushState(null, '', '{path}')")
    settle(page)


def test_a_new_page_asks_once_if_there_may_be_something_elsewhere(stub: Stub, watched: Watched) -> None:
    page = watched.page
    stub.offer = json.dumps({"show": False, "reason": "targeting", "again": 86400, "elsewhere": True})
    page.goto(stub.page("/"))
    stub.wait_for("/w/offer")
    settle(page)
    goes(page, "/?filter=red")
    goes(page, "/#part")
    assert len(stub.to("/w/offer")) == 1
    goes(page, "/pricing")
    assert [call.json["page"] for call in stub.wait_for("/w/offer", 2)] == [stub.host + "/", stub.host + "/pricing"]
    page.go_back()
    assert stub.wait_for("/w/offer", 3)[2].json["page"] == stub.host + "/"


def test_a_new_page_asks_nothing_when_nothing_could_come_of_it(stub: Stub, watched: Watched) -> None:
    page = watched.page
    stub.offer = json.dumps({"show": False, "reason": "rest", "again": 86400})
    page.goto(stub.page("/"))
    stub.wait_for("/w/offer")
    settle(page)
    for path in ("/a", "/b", "/c"):
        goes(page, path)
    assert len(stub.to("/w/offer")) == 1


def test_who_was_shown_a_survey_is_left_alone_on_every_page(stub: Stub, watched: Watched) -> None:
    page = watched.page
    page.goto(stub.page("/"))
    frame = revealed(page)
    goes(page, "/a")
    expect(page.locator("iframe")).to_be_visible()
    frame.get_by_role("button", name="Close").click()
    expect(page.locator("iframe")).to_have_count(0)
    goes(page, "/b")
    assert len(stub.to("/w/offer")) == 1


def test_a_server_that_failed_is_not_asked_on_the_next_page(stub: Stub, watched: Watched) -> None:
    page = watched.page
    stub.offer = "<!doctype html>"
    page.goto(stub.page("/"))
    stub.wait_for("/w/offer")
    settle(page)
    goes(page, "/a")
    assert len(stub.to("/w/offer")) == 1


def test_what_waits_everywhere_goes_on_waiting_without_another_request(stub: Stub, watched: Watched) -> None:
    waits(stub, watched.page, events=["purchase"])
    goes(watched.page, "/a")
    assert len(stub.to("/w/offer")) == 1
    watched.page.evaluate("askonce('event', 'purchase')")
    assert second(stub).json["page"] == stub.host + "/a"


def test_a_browser_without_the_navigation_api_sees_it_in_what_the_app_draws(stub: Stub, watched: Watched) -> None:
    page = watched.page
    page.add_init_script("Object.defineProperty(window, 'navigation', {value: undefined})")
    stub.offer = json.dumps({"show": False, "reason": "targeting", "again": 86400, "elsewhere": True})
    page.goto(stub.page("/"))
    stub.wait_for("/w/offer")
    settle(page)
    page.evaluate("history.pushState(null, '', '/a'); document.querySelector('h1').textContent = 'A'")
    assert second(stub).json["page"] == stub.host + "/a"
    settle(page)
    goes(page, "/b")
    assert len(stub.to("/w/offer")) == 2
    page.evaluate("askonce('event', 'anything')")
    assert stub.wait_for("/w/offer", 3)[2].json["page"] == stub.host + "/b"
    settle(page)
    page.go_back()
    assert stub.wait_for("/w/offer", 4)[3].json["page"] == stub.host + "/a"


@pytest.mark.parametrize("said", ["targeting", "none"])
def test_who_goes_on_while_we_ask_is_asked_where_she_is(stub: Stub, watched: Watched, said: str) -> None:
    page = watched.page

    def slow() -> str:
        if len(stub.to("/w/offer")) > 1:
            return json.dumps(stub.yes())
        stub.release.wait(2)
        return json.dumps({"show": False, "reason": said, "again": 86400, "elsewhere": said == "targeting"})

    stub.offer = slow
    page.goto(stub.page("/", head=QUEUE + "</script>"))
    stub.wait_for("/w/offer")
    page.evaluate("history.pushState(null, '', '/a'); history.pushState(null, '', '/b'); askonce('event', 'there')")
    stub.release.set()
    if said == "targeting":
        revealed(page)
        assert (second(stub).json["page"], second(stub).json["event"]) == (stub.host + "/b", ["there"])
    settle(page)
    assert len(stub.to("/w/offer")) == (2 if said == "targeting" else 1)


def test_a_page_from_the_browser_s_memory_asks_when_it_is_time(stub: Stub, watched: Watched) -> None:
    page = watched.page
    comes_back = "dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))"
    stub.offer = json.dumps({"show": False, "reason": "rest", "again": 86400})
    page.goto(stub.page("/"))
    stub.wait_for("/w/offer")
    settle(page)
    page.evaluate(comes_back)
    settle(page)
    assert len(stub.to("/w/offer")) == 1
    page.evaluate("const now = Date.now; Date.now = () => now() + 864e5")
    page.evaluate(comes_back)
    assert second(stub).json["page"] == stub.host + "/"


def test_history_stays_the_page_s_own(stub: Stub, watched: Watched) -> None:
    watched.page.goto(stub.page("/"))
    revealed(watched.page)
    assert "[native code]" in watched.page.evaluate("String(history.pushState) + String(history.replaceState)")


# ── What the page calls ──────────────────────────────────────────────────────────────────────────────────


def test_who_she_is_may_be_said_before_the_first_request(stub: Stub, watched: Watched) -> None:
    said = (
        "askonce('identify', {user: '42', email: 'ann@example.org', properties: {plan: 'pro'}, site: 'pk_2'})</script>"
    )
    watched.page.goto(stub.page("/", head=QUEUE + said))
    revealed(watched.page)
    (offer,) = stub.to("/w/offer")
    assert offer.json["site"] == "pk_1"
    assert (offer.json["user"], offer.json["email"], offer.json["properties"]) == (
        "42",
        "ann@example.org",
        {"plan": "pro"},
    )


def test_who_signs_in_later_is_asked_for_once(stub: Stub, watched: Watched) -> None:
    stub.offer = json.dumps({"show": False, "reason": "rest", "again": 86400})
    watched.page.goto(stub.page("/"))
    stub.wait_for("/w/offer")
    settle(watched.page)
    watched.page.evaluate("for (let i = 0; i < 9; i++) askonce('identify', 'a.b.c')")
    assert second(stub).json["identity"] == "a.b.c"
    settle(watched.page)
    assert len(stub.to("/w/offer")) == 2


def test_a_survey_is_opened_though_the_browser_rests(stub: Stub, watched: Watched) -> None:
    page = watched.page
    page.goto(stub.page("/"))
    revealed(page).get_by_role("button", name="Close").click()
    expect(page.locator("iframe")).to_have_count(0)
    rests = page.evaluate("JSON.parse(localStorage['askonce:pk_1']).until")
    page.goto(stub.page("/next"))
    settle(page)
    stub.offer = json.dumps(stub.yes(rest=0))
    page.evaluate("askonce('open', 'nps')")
    revealed(page)
    assert second(stub).json["open"] == "nps"
    assert page.evaluate("JSON.parse(localStorage['askonce:pk_1']).until") == rests


def test_the_page_closes_it_and_that_is_a_no(stub: Stub, watched: Watched) -> None:
    watched.page.goto(stub.page("/"))
    revealed(watched.page)
    watched.page.evaluate("askonce('close')")
    expect(watched.page.locator("iframe")).to_have_count(0)
    stub.wait_for("/w/close")


def test_the_page_hears_what_happens(stub: Stub, watched: Watched) -> None:
    page = watched.page
    hear = """window.heard = []; for (const type of ['ready', 'answered', 'closed', 'held'])
      askonce('on', type, (said) => heard.push({type, ...said}))</script>"""
    page.goto(stub.page("/", head=QUEUE + hear))
    frame = revealed(page)
    frame.get_by_role("button", name="9", exact=True).click()
    frame.get_by_role("textbox").fill("Fine")
    frame.locator("[type=submit]").last.click()
    expect(frame.get_by_role("heading", name="Thank you")).to_be_visible()
    frame.get_by_role("button", name="Close").click()
    comes_true(page, "heard.length === 3")
    assert [each["type"] for each in page.evaluate("heard")] == ["ready", "answered", "closed"]
    assert page.evaluate("heard[2].reason") == "answered"
    assert {each["survey"] for each in page.evaluate("heard")} == {"nps"}


def test_the_page_hears_that_nothing_is_asked_now(stub: Stub, watched: Watched) -> None:
    stub.offer = json.dumps({"show": False, "reason": "rest", "again": 86400})
    hear = "askonce('on', 'held', (said) => window.held = said.reason)</script>"
    watched.page.goto(stub.page("/", head=QUEUE + hear))
    comes_true(watched.page, "window.held === 'rest'")


def test_a_mistake_of_the_page_is_the_page_s_and_goes_no_further(stub: Stub, watched: Watched) -> None:
    wrong = "[['on'], ['nothing'], [], ['event'], ['identify', 7], ['on', 'ready', () => { throw new Error('mine') }]]"
    watched.page.goto(stub.page("/", head=f"<script>window.askonce = {{q: {wrong}}}</script>"))
    revealed(watched.page)
    settle(watched.page)
    assert watched.complaints == ["error: mine"]


def test_who_logs_out_is_forgotten(stub: Stub, watched: Watched) -> None:
    page = watched.page
    page.goto(stub.page("/"))
    revealed(page)
    page.evaluate("askonce('reset')")
    expect(page.locator("iframe")).to_have_count(0)
    assert page.evaluate("Object.keys(localStorage)") == []


# ── Looking for faults ───────────────────────────────────────────────────────────────────────────────────


def test_a_preview_is_shown_while_the_browser_rests_and_leaves_nothing_here(stub: Stub, watched: Watched) -> None:
    page = watched.page
    page.goto(stub.page("/empty", tag=""))
    page.evaluate("localStorage['askonce:pk_1'] = JSON.stringify({visitor: 'v_7', until: 9e15})")
    before = page.evaluate("JSON.stringify(localStorage)")
    stub.offer = json.dumps(stub.yes(visitor="", rest=0))
    page.goto(stub.page("/") + "?askonce=preview:nps")
    revealed(page)
    assert stub.to("/w/offer")[0].json["preview"] == "nps"
    assert page.evaluate("JSON.stringify(localStorage)") == before


REASONS = [
    ({"show": False, "reason": "rest", "again": 7200}, "The last survey was not long ago"),
    ({"show": False, "reason": "targeting", "again": 1, "elsewhere": True}, "On another page"),
    ({"show": False, "reason": "odd_rule", "again": 60}, "odd_rule"),
]


@pytest.mark.parametrize(("said", "words"), REASONS)
def test_why_nothing_shows_is_said_in_words(stub: Stub, watched: Watched, said: dict[str, Any], words: str) -> None:
    page = watched.page
    page.add_init_script(OPEN_SHADOWS)
    stub.offer = json.dumps(said)
    page.goto(stub.page("/") + "?askonce=debug")
    expect(page.get_by_role("status")).to_contain_text(words)
    assert page.evaluate("seen") == {"cls": 0, "csp": []}


OPEN_SHADOWS = """const attach = Element.prototype.attachShadow;
    Element.prototype.attachShadow = function () { return attach.call(this, {mode: 'open'}); };"""


def test_a_resting_browser_says_so_without_a_request(stub: Stub, watched: Watched) -> None:
    page = watched.page
    page.add_init_script(OPEN_SHADOWS)
    page.goto(stub.page("/empty", tag=""))
    page.evaluate("localStorage['askonce:pk_1'] = JSON.stringify({visitor: 'v_7', until: 4e12})")
    page.goto(stub.page("/") + "?askonce=debug")
    expect(page.get_by_role("status")).to_contain_text("This browser was shown a survey")
    assert stub.to("/w/offer") == []


def test_a_page_that_may_not_ask_is_told_where_to_allow_it(stub: Stub, watched: Watched) -> None:
    page = watched.page
    page.add_init_script(OPEN_SHADOWS)
    page.route("**/w/offer", lambda route: route.abort("failed"))
    page.goto(stub.page("/") + "?askonce=debug")
    expect(page.get_by_role("status")).to_contain_text("origin is not allowed")
