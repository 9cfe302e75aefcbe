"""An answer is kept until the server has it, and said to be saved only then."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.widget.looking import comes_true

if TYPE_CHECKING:
    from tests.widget.conftest import Call, Stub

pytestmark = pytest.mark.browser

NOT_YET = "Not saved yet. Trying again…"
MAIL = "/s/one?mode=mail"


def answers(stub: Stub) -> list[Call]:
    return stub.to("/s/one")


def stored(page: Page) -> list[dict[str, Any]]:
    """What our origin keeps in this browser."""
    kept = page.evaluate("Object.entries(localStorage)")
    assert all(name.startswith("askonce:kept:") for name, _ in kept)
    return sorted((json.loads(value) for _, value in kept), key=lambda entry: str(entry["id"]))


def opened(stub: Stub, context: BrowserContext, step: str = "score") -> Page:
    page = context.new_page()
    page.goto(f"{stub.ask}{MAIL}&step={step}")
    return page


def online(page: Page) -> None:
    page.evaluate("dispatchEvent(new Event('online'))")


def say(page: Page, score: int) -> None:
    page.get_by_role("button", name=str(score), exact=True).click()


def put(page: Page, *entries: dict[str, str]) -> None:
    page.evaluate("each => each.forEach(e => localStorage.setItem('askonce:kept:' + e.id, JSON.stringify(e)))", entries)


def entry(said: float, tail: str, plain: str = "asked=q1&a.q1=4", action: str = "/s/other") -> dict[str, str]:
    return {"id": f"{int(said * 1000):013d}-{tail}", "action": action, "plain": plain}


def test_nothing_is_written_before_she_answers_and_nothing_is_left_after(stub: Stub, context: BrowserContext) -> None:
    page = opened(stub, context)
    expect(page.locator("html.revealed")).to_be_attached()
    assert stored(page) == []
    say(page, 9)
    expect(page.get_by_role("textbox")).to_be_visible()
    assert stored(page) == []
    assert page.evaluate("[sessionStorage.length, document.cookie]") == [0, ""]


def test_saved_is_said_when_the_server_said_so(stub: Stub, context: BrowserContext) -> None:
    page = opened(stub, context)
    mark = page.locator("[data-saved]")
    stub.script = [503]
    say(page, 9)
    expect(page.get_by_role("status")).to_have_text(NOT_YET)
    expect(mark).to_be_hidden()
    online(page)
    expect(page.get_by_role("status")).to_have_text("Saved")
    expect(mark).to_be_visible()
    stub.script = [0]
    page.get_by_role("textbox").fill("Lovely")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("status")).to_have_text(NOT_YET)
    expect(mark).to_be_hidden()


@pytest.mark.parametrize("status", [0, 408, 425, 429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again_as_the_same_submission(stub: Stub, context: BrowserContext, status: int) -> None:
    page = opened(stub, context)
    stub.script = [status, status]
    say(page, 9)
    for tries in (1, 2):
        expect(page.locator("[data-trouble]")).to_be_visible()
        stub.wait_for("/s/one", tries)
        online(page)
    expect(page.get_by_role("textbox")).to_be_visible()
    assert len({call.id for call in answers(stub)}) == 1
    assert [call.form for call in answers(stub)] == [{"asked": "q1", "a.q1": "9"}] * 3


def test_a_complaint_is_shown_and_not_tried_again(stub: Stub, context: BrowserContext) -> None:
    page = opened(stub, context)
    stub.script = [422]
    say(page, 9)
    expect(page.locator("[data-complaint]")).to_have_text("Please choose a number from 0 to 10.")
    expect(page.get_by_role("status")).to_have_text("Please choose a number from 0 to 10.")
    online(page)
    assert stored(page) == []
    assert len(answers(stub)) == 1


def test_a_refusal_without_a_page_is_said_and_the_answer_stays_in_its_form(stub: Stub, context: BrowserContext) -> None:
    page = opened(stub, context, "text")
    stub.script = [413]
    page.get_by_role("textbox").fill("Long")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("status")).to_have_text("No.")
    expect(page.locator("[data-trouble]")).to_have_text("No.")
    expect(page.get_by_role("textbox")).to_have_value("Long")
    assert stored(page) == []
    page.get_by_role("textbox").fill("Short")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading")).to_have_text("Thank you, Ann.")
    assert [call.form["a.q2"] for call in answers(stub)] == ["Long", "Short"]


@pytest.mark.parametrize("status", [404, 410])
def test_a_survey_that_is_over_says_so_and_keeps_nothing(stub: Stub, context: BrowserContext, status: int) -> None:
    page = opened(stub, context)
    stub.script = [0, status]
    say(page, 9)
    expect(page.locator("[data-trouble]")).to_be_visible()
    assert [kept["plain"] for kept in stored(page)] == ["asked=q1&a.q1=9"]
    online(page)
    expect(page.get_by_role("heading")).to_have_text("This link is no longer open")
    expect(page.locator("[data-saved]")).to_be_hidden()
    assert stored(page) == []


def test_the_server_says_when_to_come_again(stub: Stub, context: BrowserContext) -> None:
    page = opened(stub, context)
    stub.script = [(429, {"Retry-After": "2"})]
    say(page, 9)
    expect(page.locator("[data-trouble]")).to_be_visible()
    online(page)
    first, second = stub.wait_for("/s/one", 2)
    assert second.at - first.at >= 2


def test_a_tab_that_comes_to_the_front_does_not_wait(stub: Stub, context: BrowserContext) -> None:
    page = opened(stub, context)
    stub.script = [0, 0, 0]
    say(page, 9)
    for tries in (1, 2, 3):
        stub.wait_for("/s/one", tries)
        expect(page.locator("[data-trouble]")).to_be_visible()
        page.wait_for_timeout(20)  # the reply's failure comes to the page after the stub's note of it
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    stub.wait_for("/s/one", 4)
    expect(page.get_by_role("textbox")).to_be_visible()


def test_a_closed_tab_goes_on_where_it_was(stub: Stub, context: BrowserContext) -> None:
    page = opened(stub, context, "text")
    stub.script = [0] * 100
    page.get_by_role("textbox").fill("Lovely\nglaze & tea")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("[data-trouble]")).to_be_visible()
    id = stored(page)[0]["id"]
    page.close()

    page = opened(stub, context, "text")
    expect(page.get_by_role("status")).to_have_text(NOT_YET)
    expect(page.get_by_role("textbox")).to_have_value("Lovely\nglaze & tea")
    stub.script.clear()
    online(page)
    expect(page.get_by_role("heading")).to_have_text("Thank you, Ann.")
    assert {call.id for call in answers(stub)} == {id}
    assert stored(page) == []


def test_a_choice_that_was_kept_is_marked_and_sent_on(stub: Stub, context: BrowserContext) -> None:
    page = opened(stub, context)
    stub.script = [0] * 100
    say(page, 7)
    expect(page.locator("[data-trouble]")).to_be_visible()
    page.close()
    page = opened(stub, context)
    expect(page.locator("[data-trouble]")).to_be_visible()
    expect(page.locator(".chosen")).to_have_text("7")
    stub.script.clear()
    say(page, 8)
    expect(page.get_by_role("textbox")).to_be_visible()
    assert answers(stub)[-1].form["a.q1"] == "8"
    assert stored(page) == []


def test_what_belongs_to_another_step_is_sent_and_the_page_left_alone(stub: Stub, context: BrowserContext) -> None:
    page = opened(stub, context)
    put(page, entry(time.time(), "a", "asked=q0&a.q0=3", MAIL))
    page.reload()
    [sent] = stub.wait_for("/s/one")
    assert sent.form == {"asked": "q0", "a.q0": "3"}
    comes_true(page, "localStorage.length === 0")
    expect(page.locator(".chosen")).to_have_count(0)
    expect(page.get_by_role("button", name="9", exact=True)).to_be_visible()


@pytest.mark.parametrize("more", ["", "&result=closed&reason=rest", "&step=thanks"])
def test_any_page_of_ours_sends_what_another_left(stub: Stub, context: BrowserContext, more: str) -> None:
    page = opened(stub, context)
    put(page, entry(time.time(), "b", "asked=q1&a.q1=4"), entry(time.time() - 9, "a", "asked=q1&a.q1=3"))
    page.goto(f"{stub.ask}/s/one?mode=view{more}")
    first, second = stub.wait_for("/s/other", 2)
    assert [first.form["a.q1"], second.form["a.q1"]] == ["3", "4"]
    comes_true(page, "localStorage.length === 0")


def test_an_app_hears_closed_only_when_what_was_kept_is_on_its_way(stub: Stub, context: BrowserContext) -> None:
    page = opened(stub, context)
    put(page, entry(time.time(), "a"))
    page.add_init_script("window.told = []; window.AskonceAndroid = {postMessage: t => told.push(JSON.parse(t).type)}")
    page.goto(f"{stub.ask}/s/one?mode=view&result=closed&reason=rest")
    comes_true(page, "told.includes('closed')")
    assert len({call.id for call in stub.to("/s/other")}) == 1


def test_the_queue_has_bounds(stub: Stub, context: BrowserContext) -> None:
    page = opened(stub, context)
    now, day = time.time(), 86400
    young = [entry(now - n, f"{n:02d}") for n in range(30)]
    put(page, entry(now - 8 * day, "old"), entry(now - 6 * day, "older"), *young)
    stub.script = [0] * 100
    say(page, 9)
    expect(page.locator("[data-trouble]")).to_be_visible()
    kept = stored(page)
    assert len(kept) == 20
    assert kept[-1]["plain"] == "asked=q1&a.q1=9"
    assert {each["id"] for each in kept[:-1]} == {each["id"] for each in young[:19]}


def test_the_queue_has_room_for_a_few_long_words(stub: Stub, context: BrowserContext) -> None:
    page = opened(stub, context)
    now, words = time.time(), "text=" + "%F0%9F%8C%8A" * 5000
    put(page, *(entry(now - n, f"{n:02d}", words) for n in range(6)), entry(now - 8 * 86400, "old"))
    stub.script = [0] * 100
    page.reload()
    comes_true(page, "localStorage.length === 3")
    assert [each["id"][-2:] for each in stored(page)] == ["02", "01", "00"]


def test_what_is_no_entry_of_ours_is_left_alone(stub: Stub, context: BrowserContext) -> None:
    page = opened(stub, context)
    page.evaluate("localStorage['askonce:kept:x'] = '{'; localStorage['askonce:kept:y'] = '1'; localStorage.z = 2")
    put(page, entry(time.time(), "a"))
    page.reload()
    stub.wait_for("/s/other")
    comes_true(page, "localStorage.length === 3")


def test_where_storage_is_refused_the_page_itself_remembers(stub: Stub, context: BrowserContext) -> None:
    page = context.new_page()
    page.add_init_script("Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no') }})")
    page.add_init_script("window.BroadcastChannel = class { constructor() { throw new DOMException('no') } }")
    page.goto(stub.ask + MAIL)
    stub.script = [0, 503]
    say(page, 9)
    for tries in (1, 2):
        stub.wait_for("/s/one", tries)
        expect(page.locator("[data-trouble]")).to_be_visible()
        online(page)
    expect(page.get_by_role("textbox")).to_be_visible()
    assert len({call.id for call in answers(stub)}) == 1


def test_a_changed_mind_is_another_and_later_submission(stub: Stub, context: BrowserContext) -> None:
    page = opened(stub, context)
    stub.script = [0, 0, 0]
    for tries, score in enumerate((9, 3, 9), 1):
        stub.wait_for("/s/one", tries - 1)
        if tries > 1:
            expect(page.locator("[data-trouble]")).to_be_visible()
            page.wait_for_timeout(20)
        say(page, score)
    stub.wait_for("/s/one", 3)
    assert len(stored(page)) == 1
    online(page)
    stub.wait_for("/s/one", 4)
    expect(page.get_by_role("textbox")).to_be_visible()
    nine, three, again, last = answers(stub)
    assert [call.form["a.q1"] for call in (nine, three, again, last)] == ["9", "3", "9", "9"]
    assert nine.id < three.id < again.id == last.id


@pytest.mark.parametrize("opens", ["before", "after"])
def test_of_two_tabs_the_one_that_spoke_last_has_the_greater_id(
    stub: Stub, context: BrowserContext, opens: str
) -> None:
    one = opened(stub, context)
    two = context.new_page()
    slow = f"{stub.ask}{MAIL}&now={time.time() * 1000 - 60_000:.0f}"  # as if its page had taken a minute to come
    if opens == "before":
        two.goto(slow)
    say(one, 9)
    expect(one.get_by_role("textbox")).to_be_visible()
    if opens == "after":
        two.goto(slow)
    say(two, 3)
    expect(two.get_by_role("textbox")).to_be_visible()
    first, second = answers(stub)
    assert first.id < second.id


@pytest.mark.parametrize("off", [-3_600_000, 3_600_000])
def test_a_device_whose_clock_is_wrong_speaks_by_the_server_s(stub: Stub, context: BrowserContext, off: int) -> None:
    page = context.new_page()
    page.add_init_script(f"const now = Date.now.bind(Date); Date.now = () => now() + {off}")
    page.goto(stub.ask + MAIL)
    say(page, 9)
    [sent] = stub.wait_for("/s/one")
    assert abs(int(sent.id[:13]) / 1000 - time.time()) < 5


def test_a_frame_that_is_taken_away_sends_what_waits(stub: Stub, context: BrowserContext) -> None:
    page = context.new_page()
    page.add_init_script("window.told = []; addEventListener('message', e => told.push(e.data))")
    page.goto(stub.page("/"))
    expect(page.locator("iframe")).to_be_visible()
    frame = page.frames[-1]
    stub.script = [0]
    frame.get_by_role("button", name="9", exact=True).click()
    expect(frame.locator("[data-trouble]")).to_be_visible()
    comes_true(page, "told.some(m => m.type === 'kept' && m.waiting === 1)")
    frame.get_by_role("button", name="Close").click()
    first, second = stub.wait_for("/s/one", 2)
    assert first.id == second.id
    assert stub.to("/w/close") == [], "who answered has not dismissed, though nobody has heard it yet"


def test_a_page_loaded_again_after_the_first_answer_is_hers(stub: Stub, context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(f"{stub.ask}/s/one?mode=link&step=confirm&action=/s/hers")
    page.locator("[type=submit]").last.click()
    stub.wait_for("/s/hers")
    page.wait_for_url("**/s/hers")


def test_what_a_closed_page_could_not_send_goes_out_from_the_next_one_unseen(
    stub: Stub, context: BrowserContext
) -> None:
    page = context.new_page()
    page.goto(stub.page("/"))
    frame = page.frame_locator("iframe")
    stub.script = [0] * 20
    frame.get_by_role("button", name="9", exact=True).click()
    expect(frame.locator("[data-trouble]")).to_be_visible()
    page.close()
    tried = len(stub.wait_for("/s/one", 2))  # once by itself, and once as the page went
    stub.script = []
    for way in ("/other", "/third"):
        page = context.new_page()
        page.goto(stub.page(way))
        again = stub.wait_for("/s/one", tried + 1)
        comes_true(page, "!JSON.parse(Object.values(localStorage)[0]).kept")
        expect(page.locator("iframe")).to_have_count(0)
        assert {call.id for call in again} == {again[0].id}
        assert len(stub.to("/w/offer")) == 1, "she rests all the same"
    assert len(answers(stub)) == tried + 1
    assert len([call for call in stub.calls if call.path.startswith("/w/kept/")]) == 1


def test_the_frame_that_brings_answers_home_is_not_seen_on_any_page(stub: Stub, context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(stub.page("/", head="<style>* { all: unset; display: block !important }</style>"))
    page.evaluate("localStorage.setItem('askonce:pk_1', JSON.stringify({until: Date.now() + 1e6, kept: 1}))")
    seen = stub.page("/next", head="<style>iframe { all: unset; display: block !important }</style>")
    page.add_init_script(
        "new MutationObserver(() => document.querySelectorAll('iframe').forEach("
        "(f) => (window.tall = f.clientHeight))).observe(document, {childList: true, subtree: true})"
    )
    page.goto(seen)
    comes_true(page, "window.tall !== undefined")
    assert page.evaluate("window.tall") == 0
