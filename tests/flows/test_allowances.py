"""Enough for today: pace, budget, quota, samples and dates, whichever channel asks."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest

from channels.channel import Rejected, Retry
from server.core.contact import Contact
from server.core.links import new_id
from server.core.people import claims_of
from server.flows.answer import answer
from server.flows.deliver import deliver
from server.flows.judge import keep
from server.flows.keep_time import COUNTED_KEPT, tick
from server.flows.offer import NotNow, Offered
from server.flows.show import NotShown, show, withdraw
from server.gate.words import RULES
from server.store import identities, surveys
from server.store.scope import SiteScope
from tests.flows.conftest import Town
from tests.flows.moments import NEVER_TIRED, Days, days

pytestmark = pytest.mark.both_databases

__all__ = ["days"]
TODAY = "2026-11-23T00:00+00:00"
FIVE = [f"cy{n}@example.com" for n in range(5)]


def by_day(left: dict[str, datetime]) -> list[int]:
    counted = Counter(at.date() for at in left.values())
    return [counted[day] for day in sorted(counted)]


def test_two_a_day_of_five_people_are_two_today_two_tomorrow_and_one_after(days: Days) -> None:
    days.decide(surveys={"nps": {"pace": {"asks": 2, "per": "day"}}})
    rows = [days.mail(email) for email in FIVE]

    left = days.run("2026-11-25T12:00+00:00", minutes=60)

    assert by_day(left) == [2, 2, 1]
    assert {days.look(row)[0] for row in rows} == {"accepted"}


def test_who_was_planned_first_is_asked_first(days: Days) -> None:
    days.decide(surveys={"nps": {"pace": {"asks": 2, "per": "day"}}})
    rows = []
    for email in FIVE:
        rows.append(days.mail(email).id)
        days.town.clock.forward(minutes=1)

    left = days.run("2026-11-25T12:00+00:00", minutes=60)

    assert sorted(left, key=lambda id: (left[id], rows.index(id))) == rows


def test_the_day_of_a_pace_is_the_site_s(days: Days) -> None:
    days.decide(zone="Australia/Sydney", surveys={"nps": {"pace": {"asks": 1, "per": "day"}}})
    days.at("2026-11-23T12:00+00:00")  # 23:00 in Sydney
    rows = [days.mail(email) for email in FIVE[:2]]

    left = days.run("2026-11-23T14:00+00:00")

    assert left[rows[1].id] == datetime.fromisoformat("2026-11-24T00:00+11:00")


def test_pages_and_mails_share_one_pace(days: Days, town: Town) -> None:
    days.decide(surveys={"nps": {"pace": {"asks": 2, "per": "hour"}}})
    days.mail(FIVE[0])
    days.run("2026-11-23T12:00+00:00")
    town.clock.time = datetime.fromisoformat("2026-11-23T12:15+00:00")
    show(town.services, town.offered(FIVE[1]).token)

    assert town.ask(FIVE[2]) == NotNow("pace", timedelta(minutes=45))
    town.clock.forward(minutes=45)
    assert isinstance(town.ask(FIVE[2]), Offered)


def test_of_two_pages_that_were_offered_the_last_place_one_is_shown(days: Days, town: Town) -> None:
    days.decide(surveys={"nps": {"pace": {"asks": 1, "per": "day"}}})
    tokens = [town.offered(email).token for email in FIVE[:2]]
    show(town.services, tokens[0])
    show(town.services, tokens[0])  # told twice

    with pytest.raises(NotShown, match="pace"):
        show(town.services, tokens[1])

    assert len(town.touches()) == 1
    town.clock.forward(hours=12)
    assert isinstance(town.ask(FIVE[1]), Offered)


def test_however_many_want_one_at_once_there_are_no_more(days: Days, town: Town) -> None:
    days.decide(**NEVER_TIRED, surveys={"nps": {"pace": {"asks": 3, "per": "day"}}})
    with town.services.db.writing() as db:
        scope = SiteScope(db, town.site.id)
        persons = [
            identities.find_or_make(scope, claims_of(user=f"u{n}"), "", town.clock()).id for n in range(8)
        ]  # fmt: skip
    start = Barrier(len(persons))

    def ask(person_id: int) -> str:
        start.wait()
        with town.services.db.writing() as db:
            scope = SiteScope(db, town.site.id)
            survey = surveys.named(scope, None)
            assert survey
            verdict, touch = keep(scope, person_id, survey, Contact("email", new_id()), town.clock())
            assert verdict.allowed is (touch is not None)
            return verdict.held_by

    with ThreadPoolExecutor(len(persons)) as threads:
        held = list(threads.map(ask, persons))

    assert sorted(held) == ["", "", "", *["pace"] * 5]
    assert days.spent("pace/1", TODAY) == 3


def test_what_was_kept_is_not_held_by_its_own_place(days: Days, town: Town) -> None:
    days.decide(surveys={"nps": {"pace": {"asks": 1, "per": "day"}}})
    with town.services.db.writing() as db:
        scope = SiteScope(db, town.site.id)
        ann = identities.find_or_make(scope, claims_of(user="ann"), "", town.clock())
        survey = surveys.named(scope, None)
        assert survey
        for _ in range(2):
            verdict, touch = keep(scope, ann.id, survey, Contact("email", "t"), town.clock())
            assert verdict.allowed
            assert touch

    assert days.spent("pace/1", TODAY) == 1


def test_a_budget_is_for_all_surveys_of_one_channel(days: Days, town: Town) -> None:
    days.decide(**NEVER_TIRED, send_hours={"sms": "none"}, budgets={"sms": {"sends": 2, "per": "day"}})
    texts = [days.text(f"+1212555267{n}") for n in range(3)]
    mail = days.mail()

    left = days.run("2026-11-24T01:00+00:00", minutes=30)

    assert mail.id in left
    assert by_day({text.id: left[text.id] for text in texts}) == [2, 1]
    found = days.why("+12125552670", "sms")["budget"]
    assert found.passed
    days.run("2026-11-24T02:00+00:00")
    days.text("+12125552675")
    days.run("2026-11-24T03:00+00:00")
    found = days.why("+12125552670", "sms")["budget"]
    assert (found.because, found.until) == (
        "2 of 2 text messages today", datetime.fromisoformat("2026-11-25T00:00+00:00")
    )  # fmt: skip


def test_a_budget_of_a_month_that_is_spent_expires_what_cannot_wait_so_long(days: Days) -> None:
    days.decide(budgets={"email": {"sends": 1, "per": "month"}})
    first, second = days.mail(), days.mail("bo@example.com")

    days.run("2026-11-23T12:00+00:00")

    assert days.look(first)[0] == "accepted"
    assert days.look(second) == ("expired", "budget: 1 of 1 emails this month")


def test_who_finds_the_budget_spent_leaves_the_pace_untouched(days: Days) -> None:
    limits = {"surveys": {"nps": {"pace": {"asks": 5, "per": "day"}}}}
    days.decide(**limits, budgets={"email": {"sends": 1, "per": "day"}})
    for email in FIVE[:3]:
        days.mail(email)

    days.run("2026-11-23T12:00+00:00")

    assert (days.spent("pace/1", TODAY), days.spent("budget/email", TODAY)) == (1, 1)


def test_what_did_not_leave_and_what_was_never_seen_is_given_back(days: Days, town: Town) -> None:
    days.decide(budgets={"email": {"sends": 9, "per": "day"}}, surveys={"nps": {"pace": {"asks": 9, "per": "day"}}})
    town.post.script += [Rejected("no such user", "address"), Retry("busy", timedelta(hours=1))]
    gone, later = days.mail(FIVE[0]), days.mail(FIVE[1])
    for row in (gone, later):
        deliver(town.services, row.id)
    assert [days.look(row)[0] for row in (gone, later)] == ["failed", "planned"]
    token = town.offered(FIVE[2]).token
    show(town.services, token)
    assert (days.spent("pace/1", TODAY), days.spent("budget/email", TODAY)) == (1, 0)

    for _ in range(2):
        withdraw(town.services, token)

    assert (days.spent("pace/1", TODAY), days.spent("budget/email", TODAY)) == (0, 0)
    days.run("2026-11-23T14:00+00:00")
    assert days.look(later)[0] == "accepted"
    assert (days.spent("pace/1", TODAY), days.spent("budget/email", TODAY)) == (1, 1)


def test_a_quota_counts_each_response_once_and_holds_further_asks_for_good(days: Days, town: Town) -> None:
    days.decide(surveys={"nps": {"quota": {"responses": 2}}})
    tokens = [town.offered(email).token for email in FIVE[:3]]
    for token in tokens:
        show(town.services, token)
    waiting = days.mail(FIVE[3])

    answer(town.services, tokens[0], {"score": 9})
    answer(town.services, tokens[0], {"score": 8})
    answer(town.services, tokens[0], {"comment": "fine"})
    assert days.why(FIVE[3])["quota"].passed
    answer(town.services, tokens[1], {"score": 9})

    assert town.ask(FIVE[4]) == NotNow("quota")
    days.run("2026-11-23T12:00+00:00")
    assert days.look(waiting) == ("held", "quota")
    found = days.why(FIVE[3])["quota"]
    assert (found.passed, found.until, found.because) == (False, None, "2 of 2 responses have come")
    answer(town.services, tokens[2], {"score": 3})  # who was asked may still answer
    assert len(town.responses()) == 3
    assert days.why(FIVE[3])["quota"].because == "3 of 2 responses have come"


def test_a_quota_that_is_set_later_knows_what_came_before(days: Days, town: Town) -> None:
    token = town.offered(FIVE[0]).token
    show(town.services, token)
    answer(town.services, token, {"score": 9})

    days.decide(surveys={"nps": {"quota": {"responses": 1}}})

    assert town.ask(FIVE[1]) == NotNow("quota")


def test_a_tenth_is_the_same_tenth_on_pages_and_by_mail(days: Days, town: Town) -> None:
    days.decide(surveys={"nps": {"sample_percent": 30}})
    crowd = [f"user{n}@example.com" for n in range(24)]
    # Nobody of them is known before: the page judges by what their identity says, the mail by what is stored.
    on_pages = {email for email in crowd if isinstance(town.ask(email), Offered)}

    rows = {email: days.mail(email) for email in crowd}
    town.clock.forward(minutes=3)  # what was offered and not shown is free again
    days.run("2026-11-23T12:10+00:00", minutes=5)

    by_mail = {email for email, row in rows.items() if days.look(row)[0] == "accepted"}
    assert on_pages == by_mail
    assert 0 < len(by_mail) < len(crowd)
    assert {days.look(rows[email]) for email in set(crowd) - by_mail} == {("held", "sample")}
    assert days.why(min(set(crowd) - by_mail))["sample"].because.startswith("not among the 30 %")


def test_a_survey_runs_from_its_first_day_to_its_last_where_the_site_is(days: Days, town: Town) -> None:
    days.decide(zone="Europe/Berlin", surveys={"nps": {"from": "2026-11-25", "until": "2026-11-26"}})
    held = {}
    for moment in ("2026-11-24T22:59", "2026-11-24T23:00", "2026-11-26T22:59", "2026-11-26T23:00"):
        days.at(f"{moment}+00:00")
        made = town.ask("dora@example.com")
        held[moment] = made.reason if isinstance(made, NotNow) else ""
        town.clock.forward(minutes=3)

    assert list(held.values()) == ["running", "", "", "running"]


def test_a_start_that_lies_ahead_is_named_and_an_end_that_has_passed_is_final(days: Days, town: Town) -> None:
    days.mail()
    days.decide(zone="Europe/Berlin", surveys={"nps": {"from": "2026-12-01", "until": "2026-12-31"}})

    found = days.why("ann@example.com")["running"]
    assert (found.because, found.until) == (
        "the survey begins on 1 December 2026", datetime.fromisoformat("2026-12-01T00:00+01:00")
    )  # fmt: skip
    days.at("2027-01-01T12:00+00:00")
    found = days.why("ann@example.com")["running"]
    assert (found.because, found.until) == ("the survey ended on 31 December 2026", None)


def test_why_shows_every_rule_that_there_is_and_each_has_its_words(days: Days, town: Town) -> None:
    days.decide(
        send_hours={"email": {"from": "08:00", "to": "21:00"}},
        budgets={"email": {"sends": 9, "per": "month"}},
        surveys={"nps": {"sample_percent": 100, "pace": {"asks": 9, "per": "hour"}, "quota": {"responses": 9},
                         "from": "2026-01-01", "repeat": "once"}},
    )  # fmt: skip
    days.mail()

    found = days.why("ann@example.com")

    assert list(found) == [
        "running", "sample", "consent", "suppressed", "quota",
        "rest", "rest_after_dismissal", "rest_after_answer", "repeat", "load", "after_external",
        "send_hours", "pace", "budget",
    ]  # fmt: skip
    assert all(f.passed for f in found.values())
    assert set(found) <= set(RULES)


def test_what_was_counted_long_ago_is_deleted_by_the_clock(days: Days, town: Town) -> None:
    days.decide(surveys={"nps": {"pace": {"asks": 9, "per": "day"}, "quota": {"responses": 9}}})
    token = town.offered().token
    show(town.services, token)
    answer(town.services, token, {"score": 9})

    town.clock.time = datetime.fromisoformat(TODAY) + COUNTED_KEPT
    tick(town.services)
    assert days.spent("pace/1", TODAY) == 1
    town.clock.forward(seconds=1)
    tick(town.services)

    assert days.spent("pace/1", TODAY) == 0
    assert days.why("ann@example.com")["quota"].passed
    assert days.spent("quota/1", "1970-01-01T00:00+00:00") == 1
