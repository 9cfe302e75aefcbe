"""Pages that are hostile, strict or busy: the survey is there, and the page does not suffer from it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, expect

from tests.engines.hostile import LAYERS, PATROL, RESET, STRICT, UNSET, WAR
from tests.widget.looking import comes_true, revealed, settle

if TYPE_CHECKING:
    from tests.widget.conftest import Stub, Watched

pytestmark = pytest.mark.browser

SHAPES = [("card", "bottom-end"), ("bar", "top"), ("modal", "center"), ("inline", "here"), ("tab", "start")]
PLACE = "<div data-askonce-inline style='min-height: 240px; width: 400px'></div>"
TAB = {
    "survey": "f",
    "label": "Tell us",
    "position": "end",
    "accent": "#3553cf",
    "ink": "#fff",
    "script": "/assets/tab.js",
}
HEAR = """<script>window.askonce = function () { (askonce.q = askonce.q || []).push(arguments); };
  window.heard = []; askonce("on", "closed", (said) => heard.push(said));"""


def on_top(page: Page) -> bool:
    """Whether who clicks into the middle of the frame clicks into the frame."""
    found: bool = page.evaluate(
        """() => { const frame = document.querySelector('iframe'), b = frame.getBoundingClientRect();
        return document.elementFromPoint((b.left + b.right) / 2, (b.top + b.bottom) / 2) === frame; }"""
    )
    return found


@pytest.mark.parametrize("rules", [RESET, UNSET, WAR, LAYERS], ids=["reset", "unset", "war", "layers"])
@pytest.mark.parametrize(("shape", "position"), [each for each in SHAPES if each[0] != "inline"])
def test_no_page_is_too_hostile(stub: Stub, watched: Watched, shape: str, position: str, rules: str) -> None:
    page = watched.page
    stub.offer = json.dumps(stub.yes(look={"shape": shape, "position": position}))
    page.goto(stub.page("/", head=f"<style>{rules}</style>", body="<div id='war'></div>"))
    frame = revealed(page)
    box = page.locator("iframe").bounding_box()
    assert box
    assert box["width"] == {"bar": 720, "modal": 480}.get(shape, 384)
    assert box["height"] == frame.evaluate("Math.ceil(document.querySelector('.card').getBoundingClientRect().height)")
    assert on_top(page)
    frame.get_by_role("button", name="9", exact=True).click()
    expect(frame.get_by_role("textbox")).to_be_visible()
    assert page.evaluate("seen") == {"cls": 0, "csp": []}
    assert watched.complaints == []


def test_what_the_page_holds_up_highest_is_below(stub: Stub, watched: Watched) -> None:
    page = watched.page
    stub.offer = json.dumps({"show": False, "reason": "waiting", "again": 60, "watch": {"events": ["go"]}})
    page.goto(stub.page("/", body="<div id='high' popover='manual' style='inset: 0; width: auto; height: auto'></div>"))
    stub.wait_for("/w/offer")
    settle(page)
    page.evaluate("document.querySelector('#high').showPopover()")
    stub.offer = None
    page.evaluate("askonce('event', 'go')")
    revealed(page)
    assert on_top(page)


def test_who_is_in_a_dialog_of_the_page_is_not_disturbed(stub: Stub, watched: Watched) -> None:
    page = watched.page
    dialog = "<dialog id='own'><form method='dialog'><button>Pay</button></form></dialog>"
    page.goto(stub.page("/", body=dialog + "<script>document.querySelector('#own').showModal()</script>"))
    stub.wait_for("/w/offer")
    settle(page)
    assert page.locator("iframe").count() == 0
    assert stub.to("/w/shown") == []
    page.get_by_role("button", name="Pay").click()
    revealed(page)
    assert on_top(page)


def test_what_she_wishes_for_in_a_dialog_stands_in_the_dialog(stub: Stub, watched: Watched) -> None:
    page = watched.page
    stub.offer = json.dumps({"show": False, "reason": "rest", "again": 60})
    dialog = "<dialog id='own'><button onclick=\"askonce('open', 'nps')\">Feedback</button></dialog>"
    page.goto(stub.page("/", body=dialog + "<script>document.querySelector('#own').showModal()</script>"))
    stub.wait_for("/w/offer")
    settle(page)
    stub.offer = None
    page.get_by_role("button", name="Feedback").click()
    frame = revealed(page)
    assert on_top(page)
    frame.get_by_role("button", name="9", exact=True).click()
    expect(frame.get_by_role("textbox")).to_be_visible()


@pytest.mark.parametrize(("shape", "position"), SHAPES)
def test_the_strictest_policy_allows_every_shape(stub: Stub, watched: Watched, shape: str, position: str) -> None:
    page = watched.page
    tag = f'<script nonce="abc" async src="{stub.ask}/askonce.js" data-site="pk_1"></script>'
    stub.offer = json.dumps(stub.yes(look={"shape": shape, "position": position}, tab=TAB))
    place = PLACE.replace(" style='min-height: 240px; width: 400px'", "><p>Here</p" * 12)  # room without a style
    page.goto(stub.page("/", csp=STRICT.format(ask=stub.ask), tag=tag, body=place))
    revealed(page).get_by_role("button", name="9", exact=True).click()
    assert page.evaluate("seen") == {"cls": 0, "csp": []}
    assert watched.complaints == []


def test_the_strictest_policy_allows_to_look_out_and_to_look_for_faults(stub: Stub, watched: Watched) -> None:
    page = watched.page
    tag = f'<script nonce="abc" async src="{stub.ask}/askonce.js" data-site="pk_1"></script>'
    watch: dict[str, Any] = {"dwell": [900], "scroll": [50], "exit": True, "elements": ["#before"]}
    said = {"show": False, "reason": "waiting", "again": 60, "watch": watch, "watcher": "/assets/watch.js", "tab": TAB}
    stub.offer = json.dumps(said)
    page.goto(stub.page("/", csp=STRICT.format(ask=stub.ask), tag=tag) + "?askonce=debug")
    assert stub.wait_for("/w/offer", 2)[1].json["element"] == ["#before"]
    comes_true(page, "document.documentElement.querySelectorAll(':scope > div').length === 2")
    assert page.evaluate("seen") == {"cls": 0, "csp": []}
    assert watched.complaints == []


@pytest.mark.parametrize(("shape", "position"), SHAPES)
def test_nothing_keeps_the_page_busy(stub: Stub, watched: Watched, shape: str, position: str) -> None:
    page = watched.page
    page.add_init_script(
        """window.busy = []; new PerformanceObserver(l => busy.push(...l.getEntries().map(e => e.duration)))
            .observe({type: 'longtask', buffered: true});"""
    )
    stub.offer = json.dumps(stub.yes(look={"shape": shape, "position": position}, tab=TAB))
    assert any(not busy_with_it(stub, page) for _ in range(4))  # on a machine that is busy itself, a pause is no task


def busy_with_it(stub: Stub, page: Page) -> list[float]:
    """Milliseconds of each long task from when the tag is added until the survey is shown."""
    page.goto(stub.page("/", tag="", body=PLACE + "<p>" + "<i>x</i>" * 2000 + "</p>"))
    page.evaluate("localStorage.clear()")
    settle(page)
    page.evaluate("busy.length = 0")  # what the page did by itself
    page.evaluate(
        f"""document.head.append(Object.assign(document.createElement('script'), {{src: '{stub.ask}/askonce.js'}}));
        document.head.lastChild.dataset.site = 'pk_1'"""
    )
    revealed(page)
    settle(page)
    return [each for each in page.evaluate("busy") if each > 50]


def test_a_page_that_draws_itself_anew_keeps_its_survey(stub: Stub, watched: Watched) -> None:
    page = watched.page
    stub.offer = json.dumps(stub.yes(tab=TAB))
    page.goto(stub.page("/"))
    revealed(page)
    page.evaluate("document.documentElement.replaceChildren(document.createElement('body'))")
    comes_true(page, "document.querySelector('iframe')?.style.visibility === 'visible'")
    assert on_top(page)
    revealed(page).get_by_role("button", name="9", exact=True).click()
    assert page.evaluate("document.documentElement.querySelectorAll(':scope > div:popover-open').length") == 1
    assert stub.to("/w/back") == []


@pytest.mark.parametrize(("shape", "position"), SHAPES)
def test_a_page_that_clears_frames_away_is_left_in_peace(
    stub: Stub, watched: Watched, shape: str, position: str
) -> None:
    page = watched.page
    stub.offer = json.dumps(stub.yes(look={"shape": shape, "position": position}))
    page.goto(stub.page("/", head=HEAR + PATROL + "</script>", body=PLACE))
    comes_true(page, "heard.length === 1")
    assert page.evaluate("[heard, cleared]") == [
        [{"survey": "nps", "reason": "removed"}],
        1 if shape == "inline" else 2,
    ]
    assert stub.to("/w/shown") == []
    stub.wait_for("/w/back")
    page.evaluate("patrol.disconnect(); askonce('open')")
    revealed(page)
    assert page.evaluate("seen") == {"cls": 0, "csp": []}
    assert watched.complaints == []
