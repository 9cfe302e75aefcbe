"""The page that a person answers on: in a frame, in an app, and as a page of its own."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Frame, Page, expect

from tests.widget.looking import comes_true

if TYPE_CHECKING:
    from tests.widget.conftest import Call, Stub, Watched

pytestmark = pytest.mark.browser


def widget(stub: Stub, page: Page) -> Frame:
    page.goto(stub.page("/"))
    expect(page.locator("iframe")).to_be_visible()
    content = page.locator("iframe").element_handle().content_frame()
    assert content
    return content


def answers(stub: Stub) -> list[Call]:
    return stub.to("/s/one")


def focused(frame: Frame) -> str:
    return str(frame.evaluate("document.activeElement.value || document.activeElement.textContent"))


def test_nine_comment_thanks(stub: Stub, watched: Watched) -> None:
    page = watched.page
    page.add_init_script("window.told = []; addEventListener('message', e => told.push(e.data.type))")
    frame = widget(stub, page)
    frame.evaluate("window.same = true")
    frame.get_by_role("button", name="9", exact=True).click()
    expect(frame.get_by_role("heading")).to_have_text("What is the main reason for your score?")
    expect(frame.get_by_role("heading")).to_be_focused()
    frame.get_by_role("textbox", name="What is the main reason").fill("Lovely glaze")
    frame.locator("[type=submit]").last.click()
    expect(frame.get_by_role("heading")).to_have_text("Thank you, Ann.")
    expect(frame.get_by_role("heading")).to_be_focused()
    score, text = answers(stub)
    assert score.id < text.id
    assert score.form == {"asked": "q1", "a.q1": "9"}
    assert text.form == {"asked": "q2", "a.q2": "Lovely glaze"}
    assert score.headers["HX-Request"] == "true"
    assert frame.evaluate("window.same"), "htmx swapped; the page was not loaded anew"
    comes_true(page, "told.includes('answered')")
    assert page.evaluate("told[0]") == "ready"
    frame.get_by_role("button", name="Close").click()
    expect(page.locator("iframe")).to_have_count(0)
    assert stub.to("/w/close") == [], "who answered has not dismissed"
    assert watched.complaints == []
    assert page.evaluate("seen") == {"cls": 0, "csp": []}


def test_keyboard_alone(stub: Stub, watched: Watched) -> None:
    page = watched.page
    frame = widget(stub, page)
    page.locator("#before").focus()

    def tab_to(selector: str) -> None:
        for _ in range(20):
            page.keyboard.press("Tab")
            if frame.evaluate(f"document.hasFocus() && document.activeElement.matches({selector!r})"):
                return
        raise AssertionError(f"Tab never came to {selector}")

    tab_to("[name='a.q1'][value='9']")
    page.keyboard.press("Enter")
    expect(frame.get_by_role("heading")).to_be_focused()
    tab_to("textarea")
    page.keyboard.type("Quick")
    tab_to("[type=submit]")
    page.keyboard.press("Enter")
    expect(frame.get_by_role("heading")).to_have_text("Thank you, Ann.")
    expect(frame.get_by_role("heading")).to_be_focused()
    assert [call.form.get("a.q1") or call.form.get("a.q2") for call in answers(stub)] == ["9", "Quick"]
    page.keyboard.press("Escape")
    expect(page.locator("iframe")).to_have_count(0)
    expect(page.locator("#before")).to_be_focused()


def test_escape_dismisses_and_says_so(stub: Stub, watched: Watched) -> None:
    page = watched.page
    page.add_init_script("window.told = []; addEventListener('message', e => told.push(e.data))")
    frame = widget(stub, page)
    frame.get_by_role("button", name="0", exact=True).focus()
    page.keyboard.press("Escape")
    expect(page.locator("iframe")).to_have_count(0)
    assert stub.wait_for("/w/close")[0].form == {"token": "tok"}
    assert page.evaluate("told.at(-1)") == {"askonce": 1, "type": "closed", "reason": "dismissed"}


def test_server_out_of_reach_is_asked_twice_then_closed(stub: Stub, watched: Watched) -> None:
    page = watched.page
    page.add_init_script("window.told = []; addEventListener('message', e => told.push(e.data))")
    stub.shown = (503, "")
    page.goto(stub.page("/"))
    comes_true(page, "told.length")
    assert page.evaluate("told") == [{"askonce": 1, "type": "closed", "reason": "unreachable"}]
    assert len(stub.to("/w/shown")) == 2


def test_answer_is_tried_until_it_is_saved(stub: Stub, watched: Watched) -> None:
    failures = 2  # first somebody else's log-in page with status 200, then nothing at all
    frame = widget(stub, watched.page)
    frame.get_by_role("button", name="9", exact=True).click()
    frame.get_by_role("textbox").fill("Lovely")
    stub.broken_answers = failures
    frame.get_by_role("button", name="Send").click()
    trouble = frame.locator("[data-trouble]")
    for _ in range(failures):
        expect(trouble).to_have_text("Not saved yet. Trying again…")
        expect(trouble).to_be_visible()
        expect(frame.get_by_role("status")).to_have_text("Not saved yet. Trying again…")
        expect(frame.get_by_role("textbox")).to_have_value("Lovely")
        tried = len(answers(stub))
        frame.get_by_role("textbox").fill("Lovely")
        frame.evaluate("dispatchEvent(new Event('online'))")
        stub.wait_for("/s/one", tried + 1)
    expect(frame.get_by_role("heading")).to_have_text("Thank you, Ann.")
    expect(frame.get_by_role("status")).to_have_text("Saved")
    assert {call.form["a.q2"] for call in answers(stub)[1:]} == {"Lovely"}


def test_a_changed_mind_while_nothing_gets_through_is_what_is_saved(stub: Stub, watched: Watched) -> None:
    frame = widget(stub, watched.page)
    stub.broken_answers = 1
    frame.get_by_role("button", name="9", exact=True).click()
    expect(frame.locator("[data-trouble]")).to_be_visible()
    expect(frame.locator(".chosen")).to_have_text("9")
    frame.get_by_role("button", name="3", exact=True).click()
    expect(frame.get_by_role("textbox")).to_be_visible()
    assert [call.form["a.q1"] for call in answers(stub)] == ["9", "3"]


def test_page_closed_while_nothing_gets_through_sends_once_more(stub: Stub, watched: Watched) -> None:
    frame = widget(stub, watched.page)
    stub.broken_answers = 1
    frame.get_by_role("button", name="9", exact=True).click()
    expect(frame.locator("[data-trouble]")).to_be_visible()
    watched.page.goto(stub.page("/empty", tag=""))
    assert [call.form["a.q1"] for call in stub.wait_for("/s/one", 2)] == ["9", "9"]


@pytest.mark.parametrize("while_on_its_way", [False, True])
def test_double_click_is_one_answer(stub: Stub, watched: Watched, while_on_its_way: bool) -> None:
    frame = widget(stub, watched.page)
    with stub.holding() if while_on_its_way else nullcontext():
        frame.get_by_role("button", name="9", exact=True).dblclick()
    expect(frame.get_by_role("textbox")).to_be_visible()
    assert [call.form["a.q1"] for call in answers(stub)] == ["9"]


def test_second_choice_while_the_first_is_on_its_way_is_what_counts(stub: Stub, watched: Watched) -> None:
    frame = widget(stub, watched.page)
    with stub.holding():
        frame.get_by_role("button", name="9", exact=True).click()
        frame.get_by_role("button", name="2", exact=True).click()
        expect(frame.locator(".chosen")).to_have_text("2")
    expect(frame.get_by_role("textbox")).to_be_visible()
    nine, two = answers(stub)
    assert (nine.form["a.q1"], two.form["a.q1"]) == ("9", "2")
    assert nine.id < two.id


def test_words_added_while_the_first_are_on_their_way_are_saved(stub: Stub, watched: Watched) -> None:
    page = watched.page
    page.goto(stub.ask + "/s/one?mode=mail&step=text")
    page.get_by_role("textbox").fill("Lovely")
    with stub.holding():
        page.get_by_role("button", name="Send").click()
        page.get_by_role("textbox").fill("Lovely glaze")
    expect(page.get_by_role("heading")).to_have_text("Thank you, Ann.")
    assert [call.form["a.q2"] for call in answers(stub)] == ["Lovely", "Lovely glaze"]


def test_mail_link_is_preselected_and_can_be_changed(stub: Stub, watched: Watched) -> None:
    page = watched.page
    page.goto(stub.ask + "/s/one?mode=mail&step=confirm")
    expect(page.get_by_role("radio", name="9", exact=True)).to_be_checked()
    assert page.get_by_role("radio").count() == 11
    page.get_by_role("radio", name="10", exact=True).click()  # the pointer meets the radio itself
    page.get_by_role("textbox").fill("Lovely glaze")
    page.locator("[type=submit]").last.click()
    expect(page.get_by_role("heading", name="Thank you, Ann.")).to_be_visible()
    assert [call.form for call in answers(stub)] == [{"asked": "q1", "a.q1": "10", "a.q2": "Lovely glaze"}]
    assert watched.complaints == []


def test_unsubscribe_page(stub: Stub, watched: Watched) -> None:
    page = watched.page
    page.goto(stub.ask + "/u/one?mode=link")
    expect(page.get_by_role("radio").first).to_be_checked()
    page.get_by_role("radio").nth(1).click()
    page.locator("[type=submit]").last.click()
    expect(page.get_by_role("heading")).to_have_text("You will not be asked again")
    assert stub.to("/u/one")[0].form == {"scope": "channel"}
    assert watched.complaints == []


BRIDGES = """window.told = [];
window.webkit = {messageHandlers: {askonce: {postMessage: m => told.push(['webkit', m.type, m.reason])}}};
window.AskonceAndroid = {postMessage: t => told.push(['android', JSON.parse(t).type, JSON.parse(t).reason])};
window.ReactNativeWebView = {postMessage: t => { throw new Error('broken bridge') }};"""


def test_web_view_tells_every_bridge(stub: Stub, watched: Watched) -> None:
    page = watched.page
    page.add_init_script(BRIDGES)
    page.goto(stub.ask + "/s/one?mode=view")
    expect(page.get_by_role("heading")).to_be_visible()
    page.get_by_role("button", name="Close").click()
    comes_true(page, "told.filter(m => m[1] === 'closed').length === 2")
    assert page.evaluate("told.filter(m => m[1] !== 'resize')") == [
        ["webkit", "ready", None],
        ["android", "ready", None],
        ["webkit", "closed", "dismissed"],
        ["android", "closed", "dismissed"],
    ]
    assert watched.complaints == []


def test_web_view_that_is_held_says_so_at_once(stub: Stub, watched: Watched) -> None:
    page = watched.page
    page.add_init_script(BRIDGES)
    page.goto(stub.ask + "/s/one?mode=view&step=gone&shown=&result=closed&reason=rest")
    comes_true(page, "told.length")
    assert page.evaluate("told") == [["webkit", "closed", "rest"], ["android", "closed", "rest"]]
    expect(page.get_by_role("heading", include_hidden=True)).to_be_hidden()
    assert stub.to("/w/shown") == []


def test_without_scripts_it_is_a_plain_form(stub: Stub, browser: Browser) -> None:
    plain = browser.new_context(java_script_enabled=False)
    page = plain.new_page()
    for mode in ("link", "view"):
        stub.calls.clear()
        page.goto(f"{stub.ask}/s/one?mode={mode}")
        page.get_by_role("button", name="9", exact=True).click()
        page.get_by_role("textbox").fill("Lovely")
        page.locator("[type=submit]").last.click()
        expect(page.get_by_role("heading")).to_have_text("Thank you, Ann.")
        score, text = answers(stub)
        assert score.form == {"asked": "q1", "a.q1": "9"}
        assert text.form == {"asked": "q2", "a.q2": "Lovely"}
    plain.close()


STEPS = ["score", "confirm", "complaint", "five", "seven", "wordy", "text", "thanks", "gone", "unsubscribe"]


def test_every_step_fits_a_small_phone_and_a_finger(stub: Stub, watched: Watched) -> None:
    page = watched.page
    page.set_viewport_size({"width": 320, "height": 568})
    for step, direction in [*((step, "ltr") for step in STEPS), ("score", "rtl"), ("text", "rtl")]:
        road = "u" if step == "unsubscribe" else "s"
        page.goto(f"{stub.ask}/{road}/one?mode=view&step={step}&dir={direction}")
        expect(page.get_by_role("heading").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == 320, step
        sizes = page.evaluate(
            """[...document.querySelectorAll('button, a, textarea, .choice, .options label')]
            .map(e => [e.textContent.trim(), e.offsetWidth, e.offsetHeight])"""
        )
        for name, width, height in sizes:
            least = (24, 24) if name.startswith("Don") else (27, 44)
            assert width >= least[0], (step, name)
            assert height >= least[1], (step, name)


def test_eleven_numbers_fit_the_sheet_on_the_smallest_phone(stub: Stub, watched: Watched) -> None:
    page = watched.page
    page.set_viewport_size({"width": 320, "height": 568})
    frame = widget(stub, page)
    boxes = [choice.bounding_box() for choice in frame.locator(".choice").all()]
    assert len(boxes) == 11
    assert len({box["y"] for box in boxes if box}) == 1
    assert all(box and box["width"] >= 27 and box["height"] >= 44 for box in boxes)
