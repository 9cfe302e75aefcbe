"""A person says on the phone what she wants, and the team writes it down, by keyboard alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.running import Running

pytestmark = pytest.mark.browser


def test_a_no_is_written_down_by_keyboard_and_holds_at_once(desk: Page, house: Running, key: str) -> None:
    _, made = house.call("/v1/people", {"email": "kay@example.com", "send": False}, key)
    desk.goto(f"{house.url}/desk/people/{made['id']}")
    section = desk.get_by_role("region", name="What was said about being asked")
    expect(section.get_by_text("Nothing said")).to_have_count(6)

    section.get_by_text("Write down a yes or a no").focus()
    desk.keyboard.press("Enter")
    desk.keyboard.press("Tab")
    expect(section.get_by_role("radio", name="Yes, ask me")).to_be_focused()
    desk.keyboard.press("ArrowRight")
    expect(section.get_by_role("radio", name="No, do not ask me")).to_be_checked()
    expect(section.get_by_label("Why may this person be asked?")).to_be_hidden()
    desk.keyboard.press("Tab")
    desk.keyboard.type("text")
    desk.keyboard.press("Tab")
    desk.keyboard.type("told Mia on the phone")
    desk.keyboard.press("Enter")

    expect(desk.get_by_text("Written down.")).to_be_visible()
    expect(section.get_by_text("Said no", exact=True)).to_have_count(1)
    expect(section.get_by_text("told Mia on the phone").first).to_be_visible()
    _, said = house.call("/v1/consents?person=kay@example.com", key=key)
    assert said["stands"]["sms"] == "no"


def test_a_yes_without_evidence_is_asked_for_it(desk: Page, house: Running, key: str) -> None:
    _, made = house.call("/v1/people", {"email": "lou@example.com", "send": False}, key)
    desk.goto(f"{house.url}/desk/people/{made['id']}")
    desk.get_by_text("Write down a yes or a no").click()
    desk.get_by_role("radio", name="Yes, ask me").check()
    desk.get_by_role("button", name="Write it down").click()

    evidence = desk.get_by_label("Where can it be looked up?")
    expect(evidence).to_have_attribute("aria-invalid", "true")
    expect(desk.get_by_role("radio", name="Yes, ask me")).to_be_checked()
    evidence.fill("form /newsletter, 12 Nov 2026")
    desk.get_by_role("button", name="Write it down").click()
    expect(desk.get_by_text("Written down.")).to_be_visible()
    expect(desk.get_by_text("Said yes", exact=True)).to_have_count(6)
