"""What texts cost is shown beside what may be spent; the team stops a channel, and lets it go again."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server.flows import halt
from server.flows.guard import DAY
from server.services import Services
from server.store import counters, pauses
from server.store.scope import SiteScope
from server.store.tables import Site

SAME = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def services(make_services: Callable[..., Services]) -> Services:
    return make_services(
        SMS_PROVIDER="twilio_sms", TWILIO_ACCOUNT_SID="AC" + "0" * 32, TWILIO_AUTH_TOKEN="token",
        TWILIO_FROM="+4915112345678", CURRENCY="EUR",
    )  # fmt: skip


def words(page: TestResponse) -> str:
    return " ".join(unescape(re.sub("<[^>]+>", " ", page.text)).split())


def spend(services: Services, site: Site, money: int, units: int) -> None:
    with services.db.writing() as db:
        scope, today = SiteScope(db, site.id), DAY.begins(services.now(), "UTC")
        counters.take(scope, counters.spending("sms"), today, by=money)
        counters.take(scope, counters.units("sms"), today, by=units)


def is_paused(services: Services, site: Site, channel: str) -> bool:
    with services.db.reading() as db:
        return pauses.of(SiteScope(db, site.id), channel) is not None


def test_the_cost_of_today_stands_beside_what_may_be_spent(desk: FlaskClient, services: Services, site: Site) -> None:
    spend(services, site, 123_400, 1_086)

    seen = words(desk.get("/desk/deliveries"))

    assert (
        "Text messages Open Today 12.34 EUR of 25.00 EUR In 30 days 12.34 EUR Parts of texts in 30 days 1,086" in seen
    )
    assert "Emails Open Said stop 0" in seen


def test_a_channel_is_paused_and_resumed(desk: FlaskClient, services: Services, site: Site) -> None:
    reply = desk.post("/desk/lanes/email/pause", headers=SAME, data={"because": "we are moving"}, follow_redirects=True)
    assert "It is paused. What is due waits." in words(reply)
    assert "Emails Paused Since 23 Nov 2026, 12:00 UTC : we are moving." in words(reply)
    assert is_paused(services, site, "email")

    reply = desk.post("/desk/lanes/email/resume", headers=SAME, follow_redirects=True)
    assert "It is in use again." in words(reply)
    assert not is_paused(services, site, "email")


def test_with_todays_money_gone_it_stays_paused_and_says_what_to_do(
    desk: FlaskClient, services: Services, site: Site
) -> None:
    spend(services, site, 249_000, 1)
    halt.pause(services, site.id, "sms", "the money is gone", "alarm")

    reply = desk.post("/desk/lanes/sms/resume", headers=SAME, follow_redirects=True)

    assert "It stays paused: too little is left of today’s money." in words(reply)
    assert is_paused(services, site, "sms")


@pytest.mark.parametrize("path", ["/desk/lanes/widget/pause", "/desk/lanes/1/resume"])
def test_there_are_no_other_lanes(path: str, desk: FlaskClient) -> None:
    assert desk.post(path, headers=SAME).status_code == 404


@pytest.mark.parametrize("change", ["pause", "resume"])
def test_without_a_session_nothing_is_changed(change: str, client: FlaskClient, services: Services, site: Site) -> None:
    halt.pause(services, site.id, "sms", "too dear", "desk")

    assert client.post(f"/desk/lanes/sms/{change}", headers=SAME).status_code == 401
    assert client.post(f"/desk/lanes/email/{change}", headers=SAME).status_code == 401

    assert (is_paused(services, site, "sms"), is_paused(services, site, "email")) == (True, False)


def test_nobody_pauses_from_elsewhere(desk: FlaskClient, services: Services, site: Site) -> None:
    assert desk.post("/desk/lanes/sms/pause", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert not is_paused(services, site, "sms")


@pytest.mark.parametrize(
    ("typed", "document"),
    [
        ({"countries": "de, at", "spending.sms": "40,5", "numbers_alike": "12"},
         {"countries": ["DE", "AT"], "spending": {"sms": 40.5}, "numbers_alike": 12}),
        ({"countries.off": "on", "spending.sms.off": "on", "numbers_alike.off": "on"},
         {"countries": "none", "spending": {"sms": "none"}, "numbers_alike": "none"}),
        ({"countries": "", "spending.sms": "25", "numbers_alike": "30"}, {}),
    ],
)  # fmt: skip
def test_the_policy_says_where_texts_go_and_what_they_may_cost(
    typed: dict[str, str], document: dict[str, object], desk: FlaskClient, services: Services, site: Site
) -> None:
    desk.post("/desk/policy", headers=SAME, data=typed)
    with services.db.reading() as db:
        policy = db.get_one(Site, site.id).policy
    assert policy == document


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        ({"countries": "Germany"}, "Say countries by their two letters"),
        ({"countries": "XX"}, "Say countries by their two letters"),
        ({"spending.sms": "0"}, "Say an amount above 0"),
        ({"spending.sms": "lots"}, "Say an amount above 0"),
        ({"numbers_alike": "0"}, "Say a whole number above 0"),
        ({"numbers_alike": "1.5"}, "Say a whole number above 0"),
    ],
)
def test_what_makes_no_sense_is_said_beside_its_field(typed: dict[str, str], complaint: str, desk: FlaskClient) -> None:
    reply = desk.post("/desk/policy", headers=SAME, data=typed)
    assert reply.status_code == 422
    assert complaint in words(reply)
