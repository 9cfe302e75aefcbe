"""A survey is made from a template, asked where it should be, and not asked any more when it is paused."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.test_widget import survey_on
from tests.running import Running, running

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server of its own: what is paused here is asked elsewhere."""
    with running(tmp_path_factory.mktemp("surveys")) as server:
        yield server


def new_survey(desk: Page, house: Running, template: str) -> None:
    desk.goto(house.url + "/desk/surveys/new")
    desk.get_by_role("button", name=template).first.click()
    expect(desk.get_by_role("heading", name="Questions")).to_be_visible()


def visitor(browser: Browser) -> Page:
    return browser.new_context().new_page()


def test_a_survey_is_made_published_asked_and_paused(browser: Browser, desk: Page, house: Running) -> None:
    new_survey(desk, house, "Five stars")
    desk.get_by_label("Name", exact=True).fill("Lamps")
    desk.get_by_label("Asks").first.fill("How do you like our lamps?")
    desk.get_by_role("button", name="Save and publish").click()
    expect(desk.get_by_text("Published. It is asked from now on.")).to_be_visible()
    lamps = desk.url.split("?")[0]

    desk.goto(house.url + "/desk/surveys/1")
    desk.get_by_role("button", name="Pause").click()
    expect(desk.get_by_text("Paused. Nobody is asked.")).to_be_visible()

    shopper = visitor(browser)
    shopper.goto(house.url + "/demo")
    frame = survey_on(shopper)
    expect(frame.get_by_role("heading", name="How do you like our lamps?")).to_be_visible()
    shopper.context.close()

    desk.goto(lamps + "/links")
    desk.get_by_label("Name", exact=True).fill("poster")
    desk.get_by_role("button", name="Make the link").click()
    link = desk.locator(".link code").first.inner_text()
    reader = visitor(browser)
    reader.goto(link + "?plan=pro")
    expect(reader.get_by_role("heading", name="How do you like our lamps?")).to_be_visible()
    reader.locator("[name='a.score']").nth(3).click()
    expect(reader.get_by_role("textbox")).to_be_visible()
    desk.reload()
    expect(desk.locator(".link").get_by_text("1 answer", exact=True)).to_be_visible()

    desk.goto(lamps)
    desk.get_by_role("button", name="Pause").click()
    expect(desk.get_by_text("Paused. Nobody is asked.")).to_be_visible()
    reader.goto(link)
    expect(reader.get_by_role("heading", name="This survey is closed")).to_be_visible()
    reader.context.close()
    late = visitor(browser)
    with late.expect_response(lambda reply: reply.url.endswith("/w/offer")):
        late.goto(house.url + "/demo")
    expect(late.locator("iframe")).to_have_count(0)
    late.context.close()


def test_what_is_typed_is_seen_beside_it_and_stored_by_save_alone(desk: Page, house: Running) -> None:
    new_survey(desk, house, "CSAT")
    asks = desk.get_by_label("Asks").first
    asks.fill("Are our chairs any good?")
    asks.press("Tab")
    desk.locator("#preview").get_by_text("Page", exact=True).click()
    frame = desk.frame_locator("iframe[title='The survey, as a page']")
    expect(frame.get_by_role("heading", name="Are our chairs any good?")).to_be_visible()
    expect(asks).to_have_value("Are our chairs any good?")
    frame.locator("[name='a.score']").first.click()
    expect(frame.get_by_role("textbox")).to_be_visible()
    desk.locator("#preview").get_by_text("Text message", exact=True).click()
    expect(desk.get_by_text("Demo: Are our chairs any good?")).to_be_visible()
    desk.locator("#preview").get_by_text("Mail", exact=True).click()
    mail = desk.frame_locator("iframe[title='The survey, as a mail']")
    expect(mail.get_by_text("Are our chairs any good?")).to_be_visible()
    assert house.command("survey", "export", "csat")["questions"][0]["text"]["en"].startswith("How satisfied")


def test_a_question_is_added_by_keyboard_alone(desk: Page, house: Running) -> None:
    new_survey(desk, house, "Article")
    desk.get_by_role("button", name="Add a question").focus()
    desk.keyboard.press("Shift+Tab")
    desk.keyboard.type("One of several")
    desk.keyboard.press("Tab")
    desk.keyboard.press("Enter")
    third = desk.get_by_label("Asks").nth(2)
    expect(third).to_be_focused()
    desk.keyboard.type("Which one?")
    desk.keyboard.press("Tab")
    desk.keyboard.type("Red")
    desk.keyboard.press("Tab")
    desk.keyboard.press("Tab")
    expect(desk.get_by_label("Option 2", exact=True)).to_be_focused()
    desk.keyboard.type("Blue")
    for _ in range(3):
        desk.keyboard.press("Tab")
    expect(desk.get_by_role("button", name="Add an option")).to_be_focused()
    desk.keyboard.press("Enter")
    expect(desk.get_by_label("Option 3", exact=True)).to_be_focused()
    desk.get_by_role("button", name="Question 3 up").focus()
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("button", name="Question 2 up")).to_be_focused()
    desk.get_by_role("button", name="Save draft").focus()
    desk.keyboard.press("Enter")
    expect(desk.get_by_text("Saved as a draft.")).to_be_visible()
    saved = house.command("survey", "export", "article")["questions"]
    assert [q["kind"] for q in saved] == ["thumbs", "select_one", "free_response"]
    assert [q["text"] if isinstance(q["text"], str) else q["text"]["en"] for q in saved] == [
        "Was this article helpful?", "Which one?", "What were you looking for?",
    ]  # fmt: skip
    assert [o["id"] for o in saved[1]["options"]] == ["red", "blue"]


def test_a_survey_goes_from_one_server_to_another_as_a_file(house: Running) -> None:
    [nps] = [each for each in house.command("survey", "list") if each["slug"] == "nps"]
    file = house.data / "nps.json"
    file.write_text(json.dumps(house.command("survey", "export", "nps")))
    made = house.command("survey", "import", str(file), "--slug", "copy", "--publish")
    assert (made["slug"], made["version"], made["state"]) == ("copy", 1, "live")
    again = house.command("survey", "import", str(file), "--slug", "copy")
    assert (again["id"], again["version"]) == (made["id"], 1)
    assert nps["newest"] == 1
    for state in ("paused", "live", "closed"):
        assert house.command("survey", "set", "copy", state) == {"slug": "copy", "state": state}
        assert {each["slug"]: each["state"] for each in house.command("survey", "list")}["copy"] == state
