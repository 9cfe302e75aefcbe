"""The tag on somebody's page: it shows one survey, or nothing happened at all."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.widget.looking import comes_true, revealed, settle

if TYPE_CHECKING:
    from tests.widget.conftest import Stub, Watched

pytestmark = pytest.mark.browser

NONCE_CSP = (
    "default-src 'none'; script-src 'nonce-abc' 'strict-dynamic'; require-trusted-types-for 'script'; "
    "trusted-types 'none'; img-src data:; connect-src {ask}; frame-src {ask}; base-uri 'none'"
)

CARD = "Math.ceil(document.querySelector('.card').getBoundingClientRect().height)"


def quiet(watched: Watched) -> None:
    """Nothing on the page; nothing said, but for the browser's own line about a lost request."""
    assert watched.page.locator("iframe").count() == 0
    assert [said for said in watched.complaints if "Failed to load resource" not in said] == []
    assert watched.page.evaluate("seen") == {"cls": 0, "csp": []}
    assert watched.page.evaluate("Object.keys(localStorage)") == []


def jwt(sub: str, iat: int) -> str:
    middle = base64.urlsafe_b64encode(json.dumps({"sub": sub, "iat": iat}).encode()).decode().rstrip("=")
    return f"e30.{middle}.sig"


def test_one_plain_request_asks_and_one_confirms(stub: Stub, watched: Watched) -> None:
    watched.page.goto(stub.page("/shop", tag=None) + "?email=ann@example.com#part")
    revealed(watched.page)
    (offer,) = stub.to("/w/offer")
    where = {"page": stub.host + "/shop", "width": 1280, "touch": 0, "lang": "en"}
    assert offer.json == {"site": "pk_1", **where}
    assert offer.headers["Content-Type"].startswith("text/plain")
    assert "Referer" not in offer.headers
    assert "Cookie" not in offer.headers
    assert not [call for call in stub.calls if call.method == "OPTIONS"]
    (shown,) = stub.to("/w/shown")
    assert shown.form == {"token": "tok"}


def test_frame_is_a_card_at_the_corner_and_a_sheet_on_a_phone(stub: Stub, watched: Watched) -> None:
    page = watched.page
    page.goto(stub.page("/"))
    frame = revealed(page)
    box = page.locator("iframe").bounding_box()
    assert box
    assert (box["x"], box["width"]) == (1280 - 16 - 384, 384)
    assert box["y"] + box["height"] == 800 - 16
    assert box["height"] == frame.evaluate(CARD)
    page.set_viewport_size({"width": 360, "height": 640})
    comes_true(page, "document.querySelector('iframe').getBoundingClientRect().width === 360")
    comes_true(page, "document.querySelector('iframe').getBoundingClientRect().bottom === innerHeight")
    assert page.evaluate("seen") == {"cls": 0, "csp": []}
    assert watched.complaints == []


def test_slide_is_short_and_gone_under_reduced_motion(stub: Stub, watched: Watched) -> None:
    page = watched.page
    read = "getComputedStyle(document.querySelector('iframe')).transitionDuration"
    page.goto(stub.page("/"))
    revealed(page)
    assert page.evaluate(read) == "0s"
    page.emulate_media(reduced_motion="no-preference")
    page.evaluate("localStorage.clear()")
    page.reload()
    revealed(page)
    assert page.evaluate(read) == "0.18s, 0.18s"


def test_nothing_is_stored_before_it_was_seen_and_then_no_more_requests(stub: Stub, watched: Watched) -> None:
    page = watched.page
    page.goto(stub.page("/"))
    frame = revealed(page)
    stored = page.evaluate("JSON.parse(localStorage['askonce:pk_1'])")
    assert stored["visitor"] == "v_1"
    assert 3500_000 < stored["until"] - page.evaluate("Date.now()") <= 3600_000
    frame.get_by_role("button", name="Close").click()
    expect(page.locator("iframe")).to_have_count(0)
    stub.wait_for("/w/close")
    before = len(stub.calls)
    page.goto(stub.page("/next"))
    settle(page)
    assert [call.path for call in stub.calls[before:]] == ["/next", "/askonce.js"]


def test_when_the_rest_is_over_the_visitor_is_named(stub: Stub, watched: Watched) -> None:
    page = watched.page
    page.goto(stub.page("/empty", tag=""))
    page.evaluate("localStorage['askonce:pk_1'] = JSON.stringify({visitor: 'v_7', until: 5, who: ''})")
    page.goto(stub.page("/"))
    revealed(page)
    assert stub.to("/w/offer")[0].json["visitor"] == "v_7"


def test_another_person_on_the_same_browser_is_asked_for_afresh(stub: Stub, watched: Watched) -> None:
    page = watched.page

    def visit(identity: str) -> None:
        tag = f'<script async src="{stub.ask}/askonce.js" data-site="pk_1" data-identity="{identity}">'
        page.goto(stub.page("/", tag=tag + "</script>"))

    visit(jwt("ann", 1))
    revealed(page)
    stored = page.evaluate("localStorage['askonce:pk_1']")
    assert "ann" not in stored
    visit(jwt("ann", 2))  # a new token for the same person
    settle(page)
    assert len(stub.to("/w/offer")) == 1
    visit(jwt("bob", 3))
    revealed(page)
    offer = stub.to("/w/offer")[1].json
    assert "visitor" not in offer
    assert offer["identity"] == jwt("bob", 3)


REPLIES = [
    '{"show": false, "reason": "rest", "again": 60}',
    "<!doctype html>",
    "null",
    "[]",
    '{"show": true}',
    '{"show": "true", "frame": "ASK/s/one", "visitor": "v", "rest": 1}',
    '{"show": true, "frame": "https://elsewhere.example/s/one", "visitor": "v", "rest": 1}',
    '{"show": true, "frame": "javascript:alert(1)", "visitor": "v", "rest": 1}',
    '{"show": true, "frame": "ASK/s/one", "visitor": {}, "rest": 1}',
    '{"show": true, "frame": "ASK/s/one", "visitor": "v", "rest": "1"}',
    '{"show": true, "frame": "ASK/s/one", "visitor": "v", "rest": 1}',
    '{"show": true, "frame": "ASK/s/one", "visitor": "v", "rest": 1, "stage": "https://elsewhere.example/x.js"}',
    '{"show": false, "watch": 7, "watcher": {}, "tab": [], "again": "x"}',
    '{"show": false, "watch": {"events": 7, "dwell": "x"}, "tab": {"survey": 1}}',
]


def test_anything_but_a_clean_yes_is_nothing(stub: Stub, watched: Watched) -> None:
    for reply in REPLIES:
        stub.offer = reply.replace("ASK", stub.ask)
        with watched.page.expect_event("requestfinished", lambda request: request.url.endswith("/w/offer")):
            watched.page.goto(stub.page("/"))
        settle(watched.page)
        quiet(watched)


def test_a_tab_in_the_background_is_not_asked_until_it_is_looked_at(stub: Stub, watched: Watched) -> None:
    page = watched.page
    page.add_init_script("window.away = true; Object.defineProperty(document, 'hidden', {get: () => away})")
    page.goto(stub.page("/"))
    settle(page)
    assert stub.to("/w/offer") == []
    page.evaluate("away = false; document.dispatchEvent(new Event('visibilitychange'))")
    revealed(page)


def test_dead_server_is_nothing(stub: Stub, watched: Watched) -> None:
    page = watched.page
    page.route("**/w/offer", lambda route: route.abort("connectionrefused"))
    with page.expect_event("requestfailed"):
        page.goto(stub.page("/"))
    settle(page)
    quiet(watched)


def test_script_that_is_not_there_is_nothing(stub: Stub, watched: Watched) -> None:
    tag = '<script async src="http://127.0.0.1:9/askonce.js" data-site="pk_1"></script>'
    with watched.page.expect_event("requestfailed"):
        watched.page.goto(stub.page("/", tag=tag))
    settle(watched.page)
    quiet(watched)


def test_hanging_reply_is_given_up(stub: Stub, watched: Watched) -> None:
    def hang() -> str:
        stub.release.wait(20)
        return "{}"

    stub.offer = hang
    with watched.page.expect_event("requestfailed") as failed:
        watched.page.goto(stub.page("/"))
    assert failed.value.failure == "net::ERR_ABORTED"
    settle(watched.page)
    quiet(watched)


def test_frame_that_is_never_ready_is_taken_away_and_given_back(stub: Stub, watched: Watched) -> None:
    page = watched.page
    stub.frame_page = "/silent"
    page.clock.install()
    page.goto(stub.page("/"))
    frame = page.locator("iframe")
    expect(frame).to_have_count(1)
    expect(frame).to_be_hidden()
    page.clock.fast_forward(5000)
    expect(frame).to_have_count(0)
    (back,) = stub.wait_for("/w/back")
    assert back.json == {"frame": stub.ask + "/silent"}
    quiet(watched)


def test_page_left_before_ready_gives_back(stub: Stub, watched: Watched) -> None:
    page = watched.page
    stub.frame_page = "/silent"
    page.goto(stub.page("/"))
    expect(page.locator("iframe")).to_have_count(1)
    page.goto(stub.page("/empty", tag=""))
    (back,) = stub.wait_for("/w/back")
    assert back.json == {"frame": stub.ask + "/silent"}


def test_held_at_the_last_moment_is_nothing(stub: Stub, watched: Watched) -> None:
    for count, stub.shown in enumerate([(409, '{"reason": "rest"}'), (404, "not json"), (410, "{}")], start=1):
        watched.page.goto(stub.page("/"))
        stub.wait_for("/w/shown", count)
        expect(watched.page.locator("iframe")).to_have_count(0)
        quiet(watched)
    assert stub.to("/w/back") == []


def test_messages_from_others_are_not_heard(stub: Stub, watched: Watched) -> None:
    page = watched.page
    page.goto(stub.page("/"))
    revealed(page)
    height = page.locator("iframe").bounding_box()
    page.evaluate(
        """() => { for (const data of [null, 'x', 7, {askonce: 1, type: 'closed'}, {askonce: 1, height: 1e9}])
        { postMessage(data, '*');
          dispatchEvent(new MessageEvent('message', {data, origin: 'http://evil.example'})); } }"""
    )
    settle(page)
    assert page.locator("iframe").bounding_box() == height


def test_heights_beyond_reason_are_cut(stub: Stub, watched: Watched) -> None:
    page = watched.page
    page.goto(stub.page("/"))
    frame = revealed(page)
    for told, expected in (("1e9", 768), ("-5", 768), ("'x'", 768), ("NaN", 768), ("3", 96)):
        frame.evaluate(f"parent.postMessage({{askonce: 1, type: 'resize', height: {told}}}, '*')")
        comes_true(page, f"document.querySelector('iframe').offsetHeight === {expected}")
    assert page.evaluate("seen.cls") == 0


def test_the_tag_twice_is_one_survey(stub: Stub, watched: Watched) -> None:
    tag = f'<script async src="{stub.ask}/askonce.js" data-site="pk_1"></script>'
    watched.page.goto(stub.page("/", tag=tag * 2))
    revealed(watched.page)
    settle(watched.page)
    assert watched.page.locator("iframe").count() == 1
    assert len(stub.to("/w/offer")) == 1


def test_strict_policy_with_trusted_types(stub: Stub, watched: Watched) -> None:
    tag = f'<script nonce="abc" async src="{stub.ask}/askonce.js" data-site="pk_1"></script>'
    watched.page.goto(stub.page("/", csp=NONCE_CSP.format(ask=stub.ask), tag=tag))
    revealed(watched.page).get_by_role("button", name="9", exact=True).click()
    assert watched.page.evaluate("seen") == {"cls": 0, "csp": []}
    assert watched.complaints == []


def test_stub_that_adds_the_tag_after_load(stub: Stub, watched: Watched) -> None:
    tag = f"""<script nonce="abc">addEventListener("load", () => {{
      const tag = document.createElement("script");
      tag.src = "{stub.ask}/askonce.js";
      tag.dataset.site = "pk_1";
      document.head.append(tag); }});</script>"""
    watched.page.goto(stub.page("/", tag=tag))
    revealed(watched.page)
    assert watched.complaints == []


def test_hostile_rules_of_the_page_do_not_reach_the_frame(stub: Stub, watched: Watched) -> None:
    head = """<style>* { all: unset !important }
    @layer a { iframe { display: none !important; opacity: 0 !important } }
    iframe, html > * { display: none !important; visibility: hidden !important; position: static !important;
      width: 1px !important; max-width: 9px !important; height: 1px !important; left: 0 !important;
      transform: scale(0) !important; filter: blur(9px) !important; clip-path: inset(50%) !important;
      opacity: 0 !important;
      margin: 99px !important; pointer-events: none !important; animation: gone 1s infinite !important }
    @keyframes gone { to { opacity: 0; transform: translateX(999px) } }
    body { transform: rotate(3deg); filter: invert(1) }</style>"""
    page = watched.page
    page.goto(stub.page("/", head=head))
    frame = revealed(page)
    box = page.locator("iframe").bounding_box()
    assert box
    assert (box["x"], box["width"], box["y"] + box["height"]) == (880, 384, 784)
    frame.get_by_role("button", name="9", exact=True).click()
    expect(frame.get_by_role("textbox")).to_be_visible()


def test_storage_that_is_refused_changes_nothing(stub: Stub, watched: Watched) -> None:
    watched.page.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no') }})"
    )
    watched.page.goto(stub.page("/"))
    revealed(watched.page)
    assert watched.complaints == []


def test_demo_page_shows_a_survey_within_two_seconds_of_load(stub: Stub, watched: Watched) -> None:
    csp = "default-src 'none'; script-src {0}; style-src {0}; img-src data:; connect-src {0}; frame-src {0}"
    stub.pages["/demo"] = (stub.demo(), csp.format(stub.ask))
    page = watched.page
    page.goto(stub.host + "/demo")
    page.locator("iframe").wait_for(state="visible", timeout=2000)
    assert watched.complaints == []
    assert page.evaluate("seen") == {"cls": 0, "csp": []}
