"""What a text may cost and where it may go: within a day's money, in the site's countries, and never to a trap."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from channels.channel import Rejected, Retry, Unknown
from server.core.delivery import EXPIRES_AFTER
from server.core.people import claims_of
from server.flows import halt
from server.flows.deliver import deliver
from server.flows.invite import Wish
from server.flows.keep_time import tick
from server.services import Services
from server.store import counters, notices, pauses
from server.store.scope import SiteScope
from server.store.tables import Counter, Invitation, Site
from tests.flows.conftest import Town
from tests.flows.moments import NEVER_TIRED, Days, days
from tests.parts import Scripted

pytestmark = pytest.mark.both_databases

__all__ = ["days"]
TODAY = "2026-11-23T00:00+00:00"
BERLIN, VIENNA, PREMIUM, SHARED, SATELLITE = (
    "+4915112345678", "+436641234567", "+499001234567", "+491803123456", "+881612345678",
)  # fmt: skip
"""It is noon in London when the clock stands still, and day in all of these places."""


@pytest.fixture
def services(make_services: Any, post: Scripted) -> Services:
    """Texts cost money: they leave by a real account, were it not for the script."""
    made: Services = make_services(
        SMS_PROVIDER="twilio_sms", TWILIO_ACCOUNT_SID="AC" + "0" * 32, TWILIO_AUTH_TOKEN="token",
        TWILIO_FROM="MG" + "0" * 32, TEXT_RATES="DE=0.1,US=0.01,*=0.25",
        PHONE_PROVIDER="twilio_voice", TWILIO_CALL_FROM="+15005550006", CALL_RATES="DE=0.05,*=0.25",
    )  # fmt: skip
    texts, calls = Scripted("sms", account="texts"), Scripted("phone", account="calls")
    return replace(made, providers={"email": (post,), "sms": (texts,), "phone": (calls,)})


def numbers(prefix: str, count: int) -> list[str]:
    return [f"{prefix}{n:0{13 - len(prefix)}d}" for n in range(count)]


def send(days: Days, *phones: str) -> list[Invitation]:
    rows = [days.text(phone) for phone in phones]
    days.town.queue.carry_out(days.town.services)
    return [days.town.row(row.id) for row in rows]


def told(services: Services) -> dict[str, str]:
    with services.db.reading() as db:
        return {row.kind: row.text for row in notices.standing(db)}


def spent(days: Days) -> int:
    return days.spent(counters.spending("sms"), TODAY)


def test_the_first_text_goes_and_says_where_the_site_is_at_home(days: Days) -> None:
    first, second, third = send(days, BERLIN, "+4917098765432", VIENNA)

    assert [row.state for row in (first, second, third)] == ["accepted", "accepted", "planned"]
    assert third.waits_for == "countries"
    assert third.reason == "text messages go to Germany (DE), and not to Austria (AT)"
    assert "Austria (AT)" in told(days.town.services)["countries"]
    assert "under Policy" in told(days.town.services)["countries"]


def test_the_countries_of_the_sender_and_of_the_clock_are_the_sites_own(make_services: Any, days: Days) -> None:
    days.decide(zone="Europe/Vienna")
    home, austria = send(days, BERLIN, VIENNA)

    assert (home.state, austria.state) == ("accepted", "accepted")


def test_what_waits_for_a_country_leaves_when_that_is_chosen(days: Days) -> None:
    send(days, BERLIN)
    [row] = send(days, VIENNA)
    assert row.due_at == row.expires_at

    days.decide(countries=["DE", "AT"])
    assert "countries" not in told(days.town.services)
    left = days.run("2026-11-23T12:30+00:00")

    assert list(left) == [row.id]


def test_what_nobody_decides_about_is_too_late_and_says_why(days: Days) -> None:
    send(days, BERLIN)
    [row] = send(days, VIENNA)

    days.at(f"{row.created_at + EXPIRES_AFTER + timedelta(seconds=1)}")
    days.run(f"{days.town.clock() + timedelta(minutes=20)}")

    state, reason = days.look(row)
    assert state == "expired"
    assert reason.startswith("its time had passed: text messages go to Germany (DE)")


@pytest.mark.parametrize("countries", [["DE"], "none"])
@pytest.mark.parametrize("phone", [PREMIUM, SHARED, SATELLITE, "+447012345678", "+19005551234", "+97912345678"])
def test_no_text_ever_goes_to_a_number_that_is_nobodys(phone: str, countries: Any, days: Days) -> None:
    days.decide(countries=countries)
    [row] = send(days, phone)

    assert (row.state, row.reason) == ("held", "number")
    assert days.texts.sent == []
    assert not days.why(phone, "sms")["number"].passed


def test_a_rest_that_holds_anyway_is_said_before_and_nothing_is_spent(days: Days) -> None:
    send(days, BERLIN)
    before = spent(days)
    [row] = send(days, BERLIN)

    assert (row.state, row.reason) == ("held", "rest")
    assert spent(days) == before == 1_000


def test_each_text_says_what_it_cost_by_its_parts(days: Days) -> None:
    [row] = send(days, BERLIN)

    from channels.sms.render import segments

    parts = segments(days.texts.sent[0].text)
    assert (row.units, row.cost) == (parts, parts * 1_000)
    assert days.spent(counters.units("sms"), TODAY) == parts


def test_at_the_cap_the_channel_pauses_tells_once_and_loses_nothing(days: Days) -> None:
    days.decide(spending={"sms": 0.35}, zone="Europe/Berlin", **NEVER_TIRED)
    rows = send(days, *numbers("+49151000", 8))

    assert [row.state for row in rows] == ["accepted"] * 3 + ["planned"] * 5
    assert {row.waits_for for row in rows[3:]} == {"paused"}
    text = told(days.town.services)["paused"]
    assert "of 0.35 USD a day for text messages 0.05 USD is left, and this one costs 0.10 USD" in text
    assert "askonce lane resume sms --site 'Harbour'" in text
    with days.town.services.db.reading() as db:
        assert [row.times for row in notices.standing(db)] == [1]


def test_resumed_it_sends_what_waited_within_the_day(days: Days) -> None:
    days.decide(spending={"sms": 0.35}, zone="Europe/Berlin", **NEVER_TIRED)
    rows = send(days, *numbers("+49151000", 8))
    services, site = days.town.services, days.town.site

    with pytest.raises(halt.StillSpent, match="raise it under Policy first, or resume them after 23 November, 23:00"):
        halt.resume(services, site.id, "sms")
    days.at("2026-11-24T08:00+00:00")
    assert days.run("2026-11-24T09:00+00:00") == {}
    assert halt.resume(services, site.id, "sms")
    assert "paused" not in told(services)
    left = days.run("2026-11-24T09:30+00:00")

    assert len(left) == 3
    assert [days.look(row)[0] for row in rows].count("accepted") == 6
    assert "paused" in told(services)
    days.decide(spending={"sms": 100}, zone="Europe/Berlin", **NEVER_TIRED)
    assert halt.resume(services, site.id, "sms")
    days.run("2026-11-24T10:30+00:00")
    assert {days.look(row)[0] for row in rows} == {"accepted"}


def test_many_numbers_of_one_range_within_an_hour_are_an_alarm(days: Days) -> None:
    days.decide(numbers_alike=5, **NEVER_TIRED)
    elsewhere = send(days, "+4917612345678")
    rows = send(days, *numbers("+49151000", 9))

    assert [row.state for row in [*elsewhere, *rows]] == ["accepted"] * 6 + ["planned"] * 4
    assert (
        "5 numbers that begin with +4915100 were sent text messages within an hour"
        in told(days.town.services)["paused"]
    )
    [other] = send(days, "+4917612345679")
    assert (other.state, other.waits_for) == ("planned", "paused")

    assert halt.resume(days.town.services, days.town.site.id, "sms")
    days.run("2026-11-23T12:30+00:00")
    assert {days.look(row)[0] for row in [*rows, other]} == {"accepted"}


def test_the_next_hour_counts_anew_and_forgets_the_last(days: Days) -> None:
    days.decide(numbers_alike=5, **NEVER_TIRED)
    send(days, *numbers("+49151000", 5))
    days.town.clock.forward(hours=1)
    rows = send(days, *numbers("+49151001", 5))

    assert {row.state for row in rows} == {"accepted"}
    days.town.clock.forward(hours=3)
    tick(days.town.services)
    with days.town.services.db.reading() as db:
        assert not [row for row in db.query(Counter) if row.name.startswith("alike/")]


@pytest.mark.parametrize("said", [Rejected("21211", "address"), Retry("30001", timedelta(hours=1))])
def test_what_did_not_leave_is_not_paid_for(said: Any, days: Days) -> None:
    days.texts.script.append(said)
    [row] = send(days, BERLIN)

    assert (row.units, row.cost, row.paid_of) == (None, None, None)
    assert spent(days) == days.spent(counters.units("sms"), TODAY) == 0


def call(days: Days, phone: str) -> Invitation:
    row = days.wished(Wish(claims_of(phone=phone), "", "phone", timedelta(0), True, {}, None))
    days.town.queue.carry_out(days.town.services)
    return days.town.row(row.id)


def test_for_a_call_four_minutes_are_set_aside_and_its_day_has_money_of_its_own(days: Days) -> None:
    days.decide(spending={"phone": 0.3})

    first, second = call(days, BERLIN), call(days, "+4917098765432")

    assert (first.state, first.units, first.cost) == ("accepted", 4, 2_000)
    assert (second.state, second.waits_for) == ("planned", "paused")
    [text] = send(days, "+4916098765432")
    assert text.state == "accepted"


def test_no_call_goes_to_a_number_that_is_nobodys(days: Days) -> None:
    row = call(days, PREMIUM)

    assert row.state == "held"
    assert not days.town.post_of("phone").sent


def test_what_may_have_left_is_paid_for(days: Days) -> None:
    days.texts.script.append(Unknown("cut"))
    [row] = send(days, BERLIN)

    assert (row.state, row.cost) == ("unconfirmed", 1_000)
    assert spent(days) == 1_000


def test_of_any_number_of_workers_at_once_none_spends_more_than_there_is(days: Days) -> None:
    days.decide(spending={"sms": 0.7}, numbers_alike="none", **NEVER_TIRED)
    rows = [days.text(phone) for phone in numbers("+49151000", 16)]
    services = days.town.services

    with ThreadPoolExecutor(8) as workers:
        list(workers.map(lambda row: deliver(services, row.id), rows))

    assert len(days.texts.sent) == 7
    assert spent(days) == 7_000
    assert [days.look(row)[0] for row in rows].count("planned") == 9


def test_one_sites_alarm_does_not_hold_another(days: Days) -> None:
    with days.town.services.db.writing() as db:
        other = Site(key="pk_other", name="Other", policy={}, created_at=days.town.clock())
        db.add(other)
        db.flush()
        assert pauses.pause(SiteScope(db, other.id), "sms", "a test", "desk", days.town.clock())

    [row] = send(days, BERLIN)

    assert row.state == "accepted"


def test_mail_can_be_paused_by_hand_and_nothing_is_lost(days: Days) -> None:
    services, site = days.town.services, days.town.site
    assert halt.pause(services, site.id, "email", "we are moving house", "desk")
    assert not halt.pause(services, site.id, "email", "again", "desk")
    row = days.mail()
    days.town.queue.carry_out(services)

    assert days.look(row) == ("planned", "paused since 23 November 2026, 12:00 UTC: we are moving house")
    assert not days.why("ann@example.com")["paused"].passed
    days.run("2026-11-23T18:00+00:00", minutes=60)
    assert days.look(row)[0] == "planned"
    assert halt.resume(services, site.id, "email")
    assert list(days.run("2026-11-23T19:00+00:00")) == [row.id]
    assert not halt.resume(services, site.id, "email")


def test_a_verdict_names_the_guards_rules_and_each_has_its_words(days: Days) -> None:
    from server.gate.words import RULES

    send(days, BERLIN)
    found = days.why(BERLIN, "sms")

    assert list(found)[-5:] == ["number", "paused", "countries", "alike", "spending"]
    assert set(found) <= set(RULES)


def test_a_text_may_not_lie_at_the_provider_into_the_night(days: Days) -> None:
    days.at("2026-11-23T18:30+00:00")  # half past seven in the evening in Berlin
    send(days, BERLIN)

    assert days.texts.sent[0].valid_for == timedelta(minutes=90)


def test_nor_longer_than_it_is_worth_anything(days: Days, town: Town) -> None:
    town.write(expires_after_hours={"other": 1})
    send(days, BERLIN)

    assert days.texts.sent[0].valid_for == timedelta(hours=1)


def test_a_long_text_takes_as_many_places_as_it_has_parts(days: Days) -> None:
    days.texts.per_second = 3
    town, service = days.town, days.town.services
    town.services.providers["sms"][0].per_second = 3
    rows = [days.text(phone) for phone in numbers("+49151000", 4)]
    long = "Ž" * 120  # 67 letters a part, and there are a question and a link
    with service.db.writing() as db:
        db.get_one(Site, town.site.id).name = long

    town.queue.carry_out(service)

    assert [town.row(row.id).units for row in rows][:1] == [4]
    assert len(days.texts.sent) == 1
    town.clock.forward(seconds=1)
    for row in rows[1:]:
        deliver(service, row.id)
    assert len(days.texts.sent) == 2
