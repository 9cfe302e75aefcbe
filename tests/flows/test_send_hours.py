"""A message leaves when it is day where she is, once, and never in the night."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from server.core.delivery import EXPIRES_AFTER
from server.core.identity import identity_secret, sign
from server.core.people import claims_of
from server.flows.deliver import deliver
from server.flows.offer import Offered, Visitor, offer
from server.flows.sending.keep import LOOK_AGAIN
from server.flows.show import show
from server.store import identities, people
from server.store.scope import SiteScope
from tests.flows.conftest import Town
from tests.flows.moments import NEW_YORK, SYDNEY_OR_PERTH, TOLL_FREE, Days, days

pytestmark = pytest.mark.both_databases

__all__ = ["days"]


def local(at: datetime, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).strftime("%a %H:%M")


def test_a_text_planned_late_at_night_leaves_at_eight_where_she_is(days: Days) -> None:
    days.at("2026-11-23T23:00-05:00")
    row = days.text(NEW_YORK)

    left = days.run("2026-11-24T12:00-05:00")

    assert local(left[row.id], "America/New_York") == "Tue 08:00"
    assert len(days.texts.sent) == 1


def test_it_waits_for_its_opening_and_is_not_tried_before(days: Days) -> None:
    days.at("2026-11-23T23:00-05:00")
    row = days.text(NEW_YORK)
    deliver(days.town.services, row.id)

    waiting = days.town.row(row.id)

    assert (waiting.state, waiting.due_at) == ("planned", datetime.fromisoformat("2026-11-24T08:00-05:00"))
    days.town.queue.ids.clear()
    days.run("2026-11-24T07:59-05:00", minutes=60)
    assert (days.town.row(row.id).state_at, days.town.queue.ids) == (waiting.state_at, [])


@pytest.mark.parametrize(
    ("phone", "among"),
    [
        (SYDNEY_OR_PERTH, ("Australia/Perth", "Australia/Sydney", "Australia/Lord_Howe", "Indian/Cocos")),
        (TOLL_FREE, ("America/New_York", "America/Los_Angeles", "Pacific/Guam", "America/St_Johns")),
    ],
)  # fmt: skip
def test_who_may_be_in_many_places_is_sent_to_when_it_is_day_in_all_of_them(
    phone: str, among: tuple[str, ...], days: Days
) -> None:
    days.at("2026-11-23T12:00+00:00")
    row = days.text(phone)

    left = days.run("2026-11-24T12:00+00:00", minutes=30)

    clocks = [left[row.id].astimezone(ZoneInfo(zone)) for zone in among]
    assert all(8 <= clock.hour < 21 for clock in clocks), clocks
    said = days.town.row(row.id)
    assert said.state == "accepted"


def test_where_she_lives_is_believed_before_her_number(days: Days) -> None:
    days.at("2026-11-23T23:00-05:00")
    row = days.text(NEW_YORK, zone="Asia/Tokyo")  # 13:00 there

    left = days.run("2026-11-23T23:10-05:00")

    assert row.id in left


@pytest.mark.parametrize(
    ("night", "morning", "hours", "first"),
    [
        # Summer begins: at two it is three. Half past two does not exist; the window opens with three o'clock.
        ("2027-03-13T22:00-05:00", "2027-03-15T12:00-04:00", ("02:30", "03:30"), "2027-03-14T03:00-04:00"),
        # Summer ends: at two it is one again. Half past one comes twice; the first is taken, the second is not.
        ("2027-11-06T22:00-04:00", "2027-11-08T12:00-05:00", ("01:30", "02:00"), "2027-11-07T01:30-04:00"),
    ],
)
def test_when_clocks_are_set_it_leaves_once_and_never_outside(
    night: str, morning: str, hours: tuple[str, str], first: str, days: Days
) -> None:
    days.decide(send_hours={"sms": {"from": hours[0], "to": hours[1]}})
    days.at(night)
    row = days.text(NEW_YORK)

    left = days.run(morning, minutes=5)

    assert left == {row.id: datetime.fromisoformat(first)}
    assert len(days.texts.sent) == 1


def test_a_window_that_is_over_does_not_open_again_when_its_hour_comes_twice(days: Days) -> None:
    days.decide(send_hours={"sms": {"from": "01:10", "to": "01:40"}})
    days.at("2027-11-07T01:20-05:00")  # the second twenty past one
    row = days.text(NEW_YORK)

    left = days.run("2027-11-08T12:00-05:00", minutes=10)

    assert left[row.id] == datetime.fromisoformat("2027-11-08T01:10-05:00")


WEEKDAYS = {"from": "09:00", "to": "17:00", "weekdays": ["mon", "tue", "wed", "thu", "fri"]}


def test_what_is_planned_on_friday_evening_leaves_on_monday(days: Days) -> None:
    days.decide(zone="Europe/Berlin", send_hours={"email": WEEKDAYS})
    days.at("2026-11-27T18:30+01:00")
    row = days.mail()

    left = days.run("2026-11-30T18:00+01:00", minutes=30)

    assert local(left[row.id], "Europe/Berlin") == "Mon 09:00"


def test_mail_leaves_at_any_hour_until_a_team_says_otherwise(days: Days) -> None:
    days.at("2026-11-24T03:00+00:00")
    row = days.mail()
    assert row.id in days.run("2026-11-24T03:00+00:00")

    days.decide(send_hours={"email": WEEKDAYS})
    row = days.mail("bo@example.com")
    assert days.run("2026-11-24T10:00+00:00")[row.id] == datetime.fromisoformat("2026-11-24T09:00+00:00")


def test_mail_to_somebody_with_a_telephone_goes_by_its_clock(days: Days, town: Town) -> None:
    days.decide(send_hours={"email": WEEKDAYS})
    days.at("2026-11-24T10:00+00:00")
    with town.services.db.writing() as db:
        scope = SiteScope(db, town.site.id)
        identities.find_or_make(scope, claims_of(email="ann@example.com", phone=NEW_YORK), "", town.clock())
    row = days.wished(town.wish())

    assert local(days.run("2026-11-24T18:00+00:00")[row.id], "America/New_York") == "Tue 09:00"


def test_texts_leave_at_night_only_when_a_team_says_none(days: Days) -> None:
    days.decide(send_hours={"sms": "none"})
    days.at("2026-11-23T23:00-05:00")
    row = days.text(NEW_YORK)

    assert row.id in days.run("2026-11-23T23:00-05:00")
    assert "send_hours" not in days.why(NEW_YORK, "sms")


def test_what_could_not_leave_in_time_expires_and_names_the_rule(days: Days) -> None:
    days.decide(send_hours={"email": {"from": "09:00", "to": "17:00", "weekdays": ["wed"]}})
    days.at("2026-11-26T12:00+00:00")  # a Thursday
    row = days.mail()

    days.run("2026-11-26T12:00+00:00")

    state, reason = days.look(row)
    assert state == "expired"
    assert reason == "send_hours: emails go out from 09:00 to 17:00 on Wednesday where she is (UTC)"
    assert days.town.row(row.id).held_until == datetime.fromisoformat("2026-12-02T09:00+00:00")
    assert timedelta(days=4) > EXPIRES_AFTER >= timedelta(hours=60)


def test_what_can_never_leave_expires_at_once(days: Days) -> None:
    days.decide(send_hours={"sms": {"from": "09:00", "to": "09:30"}})
    row = days.text(SYDNEY_OR_PERTH)

    days.run("2026-11-23T12:00+00:00")

    state, reason = days.look(row)
    assert (state, reason[:12]) == ("expired", "send_hours: ")
    assert "never" in reason


def test_who_is_held_for_good_is_not_told_that_it_is_night(days: Days, town: Town) -> None:
    days.decide(send_hours={"email": WEEKDAYS})
    days.at("2026-11-24T03:00+00:00")
    show(town.services, town.offered().token)
    row = days.mail()

    days.run("2026-11-24T03:00+00:00")

    assert days.look(row) == ("held", "rest")
    verdict = [f.rule for f in days.why("ann@example.com").values() if not f.passed]
    assert verdict == ["rest", "send_hours"]


def test_what_waits_for_the_morning_takes_nobody_s_place(days: Days, town: Town) -> None:
    days.decide(send_hours={"email": WEEKDAYS})
    days.at("2026-11-24T03:00+00:00")
    row = days.mail()
    days.run("2026-11-24T03:00+00:00")
    assert days.look(row)[0] == "planned"

    made = town.ask()  # she is on the page, in the middle of the night

    assert isinstance(made, Offered)
    show(town.services, made.token)
    days.run("2026-11-24T12:00+00:00", minutes=60)
    assert days.look(row) == ("held", "rest")


def test_a_postponed_send_is_never_tried_more_often_than_the_clock_can_bear(days: Days, town: Town) -> None:
    days.decide(send_hours={"sms": {"from": "08:00", "to": "21:00"}})
    now = days.at("2026-11-24T07:59:59.900-05:00")
    row = days.text(NEW_YORK)

    deliver(town.services, row.id)

    assert (town.row(row.id).due_at or now) - now >= LOOK_AGAIN


def test_a_hook_tells_at_once_when_it_will_leave(days: Days, town: Town) -> None:
    days.at("2026-11-23T23:00-05:00")
    days.text(NEW_YORK)

    found = days.why(NEW_YORK, "sms")["send_hours"]

    assert (found.passed, found.until) == (False, datetime.fromisoformat("2026-11-24T08:00-05:00"))
    assert found.because == "text messages go out from 08:00 to 21:00 where she is (America/New_York)"


def test_the_zone_in_a_signed_identity_is_kept_with_the_person(days: Days, town: Town) -> None:
    secret = identity_secret(town.services.secret, town.site.key)
    token = sign(secret, now=town.clock(), sub="ann", email="ann@example.com", zoneinfo="Asia/Tokyo")
    made = offer(town.services, town.site, "widget", Visitor(token))
    assert isinstance(made, Offered)
    assert made.offer.zone == "Asia/Tokyo"

    show(town.services, made.token)

    with town.services.db.reading() as db:
        scope = SiteScope(db, town.site.id)
        ann = identities.find(scope, made.offer.claims)
        assert ann
        assert people.zone_of(scope, ann.id) == "Asia/Tokyo"
