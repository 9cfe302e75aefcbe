"""A support system tells that a ticket was solved."""

from __future__ import annotations

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from standardwebhooks import Webhook

from tests.running import Running, eventually


@pytest.fixture(scope="module")
def source(house: Running) -> dict[str, str]:
    return dict(house.command("source", "create", "--site", "Demo", "--name", "helpdesk"))


def tell(house: Running, source: dict[str, str], said: dict[str, Any], id: str = "") -> tuple[int, Any]:
    """`said`, signed by the official library."""
    id, now, body = id or f"msg_{uuid.uuid4().hex}", datetime.now(UTC), json.dumps(said)
    signature = Webhook(source["secret"]).sign(id, now, body)
    headers = {"webhook-id": id, "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature}
    return house.call(source["url"].removeprefix(house.url), body.encode(), headers=headers)


def test_told_fifty_times_at_once_it_is_one_invitation(house: Running, source: dict[str, str]) -> None:
    said = {"event": "ticket.solved", "person": {"email": "dee@example.com", "user_id": "d-1"}}
    with ThreadPoolExecutor(50) as many:
        replies = list(many.map(lambda _: tell(house, source, said, id="msg_one"), range(50)))
    assert {status for status, _ in replies} == {202}
    assert len({json.dumps(reply, sort_keys=True) for _, reply in replies}) == 1
    house.mail_to("dee@example.com")
    assert len(house.mails("dee@example.com")) == 1


@pytest.mark.browser
def test_then_the_widget_says_no_and_why_says_why(page: Page, house: Running, source: dict[str, str]) -> None:
    tell(house, source, {"event": "ticket.solved", "person": {"email": "eve@example.com", "user_id": "e-1"}})
    house.mail_to("eve@example.com")
    who = house.command("identity", "sign", "--site", "Demo", "--user", "e-1", "--email", "eve@example.com")
    site = house.command("site", "list")[0]["key"]
    page.goto(f"{house.url}/view/{site}?identity={who['identity']}")
    assert page.locator("body").get_attribute("data-reason") == "rest"
    expect(page.locator("form")).to_have_count(0)

    why = house.command("why", "eve@example.com", "nps")
    [rest] = [rule for rule in why["rules"] if rule["rule"] == "rest"]
    assert not why["allowed"]
    assert "asked by email" in rest["because"]


def test_a_chat_gets_the_verdict_and_the_link(house: Running, source: dict[str, str]) -> None:
    said = {"event": "chat.ended", "channel": "link", "person": {"user_id": "f-1"}}
    status, reply = tell(house, source, said)
    assert (status, reply["verdict"]["allowed"]) == (202, True)
    assert house.call(reply["link"].removeprefix(house.url))[0] == 200
    _, again = tell(house, source, said)
    assert (again["verdict"]["held_by"], again["link"]) == ("rest", None)


def test_sixty_asks_of_one_person_on_every_road_let_one_through(
    house: Running, source: dict[str, str], key: str
) -> None:
    email, site = "gil@example.com", house.command("site", "list")[0]
    who = house.command("identity", "sign", "--site", "Demo", "--user", "g-1", "--email", email)["identity"]
    # She is known before, or each road would make its own first acquaintance of her.
    house.call("/v1/people", {"email": email, "send": False}, key)
    origin = {"Origin": house.url, "Content-Type": "text/plain"}

    def ask(turn: int) -> bool:
        """Ask on one road; whether a survey was put before her in this very moment."""
        if turn % 4 == 0:
            body = json.dumps({"site": site["key"], "identity": who}).encode()
            _, said = house.call("/w/offer", body, headers=origin)
            return bool(said["show"]) and shown(said["frame"].rsplit("/", 1)[-1])
        if turn % 4 == 1:
            _, page = house.call(f"/view/{site['key']}?identity={who}")
            token = page.split('data-token="')[1].split('"')[0]
            return bool(token) and shown(token)
        if turn % 4 == 2:
            house.call("/v1/people", {"email": email}, key)
        else:
            tell(house, source, {"event": "ticket.solved", "person": {"email": email, "user_id": "g-1"}})
        return False

    def shown(token: str) -> bool:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        return house.call("/w/shown", f"token={token}".encode(), headers=form)[0] == 200

    with ThreadPoolExecutor(60) as many:
        seen = sum(many.map(ask, range(60)))
    _, person = house.call(f"/v1/people?email={email}", key=key)
    eventually(lambda: house.call(f"/v1/people?email={email}", key=key)[1][0]["next_survey_scheduled_at"] is None)
    assert seen + len(house.mails(email)) == 1, (seen, person)
