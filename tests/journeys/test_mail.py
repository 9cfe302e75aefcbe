"""From the official Delighted client to the mail, the click, the confirmation and back to the client."""

from __future__ import annotations

import re
import warnings
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from server.commands.demo_house import zone_of_noon
from tests.running import Running, eventually, link_in

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def delighted(house: Running, key: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says at import that its service has ended: that is why we are here
        import delighted
    client = delighted.Client(api_key=key, api_base_url=house.url + "/v1/")
    return delighted, client


def test_asked_by_mail_answered_by_one_click_and_a_confirmation(
    page: Page, house: Running, key: str, delighted: Any
) -> None:
    library, client = delighted
    person = library.Person.create(client=client, email="ann@example.com", name="Ann", properties={"plan": "pro"})
    mail = house.mail_to("ann@example.com")
    nine = re.search(r'href="([^"]+\?score=9)"', mail["html"])
    assert nine

    page.goto(nine[1])
    assert not house.responses(key) or house.responses(key)[0]["person"] != person.id
    expect(page.get_by_role("radio", name="9", exact=True)).to_be_checked()
    page.get_by_role("textbox").fill("Just what I needed")
    page.locator("[type=submit]").last.click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()

    found = library.SurveyResponse.all(client=client, order="desc", expand=["person"])[0]
    assert (found.score, found.comment, found.person.email) == (9, "Just what I needed", "ann@example.com")
    assert found.person_properties["plan"] == "pro"


def test_a_due_mail_is_there_within_two_seconds(house: Running, key: str) -> None:
    house.call("/v1/people", {"email": "soon@example.com"}, key)
    eventually(lambda: house.mails("soon@example.com"), seconds=2)


def test_a_delayed_mail_is_not_sent_before_its_time(house: Running, key: str) -> None:
    status, said = house.call("/v1/people", {"email": "later@example.com", "delay": 3600}, key)
    assert status == 201
    house.call("/v1/people", {"email": "now@example.com"}, key)
    house.mail_to("now@example.com")
    assert not house.mails("later@example.com")
    assert said["survey_scheduled_at"]


def test_unsubscribing_on_the_page_holds(page: Page, house: Running, key: str) -> None:
    house.call("/v1/people", {"email": "bo@example.com"}, key)
    page.goto(link_in(house.mail_to("bo@example.com")).replace("/s/", "/s/"))
    page.get_by_role("link", name="Don’t ask me again").click()
    page.locator("[type=submit]").last.click()
    expect(page.get_by_role("heading", name="You will not be asked again")).to_be_visible()
    why = house.command("why", "bo@example.com")
    assert why["held_by"] == "consent"


def test_one_click_from_the_mail_program_holds(house: Running, key: str) -> None:
    house.call("/v1/people", {"email": "cy@example.com"}, key)
    address = house.mail_to("cy@example.com")["headers"]["List-Unsubscribe"].strip("<>")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    status, _ = house.call(address.removeprefix(house.url), b"List-Unsubscribe=One-Click", method="POST", headers=form)
    assert status == 200
    assert house.command("why", "cy@example.com")["held_by"] == "consent"


def test_an_open_link_is_for_anybody(page: Page, house: Running, key: str) -> None:
    link = house.command("site", "list")[0]["surveys"]["nps"]
    for score in (10, 2):
        page.goto(link)
        page.get_by_role("button", name=str(score), exact=True).click()
        expect(page.get_by_role("textbox")).to_be_visible()
        assert house.responses(key)[0]["score"] == score


def test_a_text_message_carries_the_link(page: Page, house: Running, key: str) -> None:
    house.call("/v1/people", {"phone_number": "+14155550123", "channel": "sms", "timezone": zone_of_noon()}, key)
    text = house.mail_to("+14155550123")["text"]
    link = re.search(r"https?://\S+/s/[\w-]+", text)
    assert link
    page.goto(link[0])
    page.get_by_role("button", name="7", exact=True).click()
    expect(page.get_by_role("textbox")).to_be_visible()
    assert house.responses(key)[0]["score"] == 7
