"""Who has not answered is reminded, so often and so far apart as the survey says, until anything says otherwise."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from channels.channel import Rejected
from server.core.links import seal
from server.core.people import claims_of
from server.core.policy_document import policy_from
from server.flows.answer import dismiss
from server.flows.decide import decide
from server.flows.explain import explain
from server.flows.invite import Wish, invite
from server.flows.make_survey import put
from server.flows.merge import merge, undo
from server.flows.rehearse import rehearse
from server.flows.unsubscribe import unsubscribe
from server.store.coverage import coverage
from server.store.scope import SiteScope
from server.store.tables import Merge
from tests.flows.stories import CHAIN, Tales, tales

__all__ = ["tales"]

pytestmark = pytest.mark.both_databases

TWICE = {"times": 2, "every_days": 3}
REMINDED = ["reminder:1:email", "reminder:2:email"]


def test_she_is_reminded_so_often_and_so_far_apart(tales: Tales) -> None:
    tales.town.write(reminders=TWICE)
    id = tales.ask()
    assert tales.steps(id) == [("", "accepted"), (REMINDED[0], "planned")]

    left = tales.run("2026-12-20T18:00:00+00:00", minutes=180)

    assert [(row.step, row.state) for row in tales.rows(id)[1:]] == [(step, "accepted") for step in REMINDED]
    days = [(left[row.id] - tales.rows(id)[0].created_at).days for row in tales.rows(id)[1:]]
    assert days == [3, 6]
    assert tales.kinds() == [("ask", "email"), ("continuation", "email"), ("continuation", "email")]


def test_a_reminder_says_what_it_is_and_leads_to_the_same_response(tales: Tales) -> None:
    tales.town.write(reminders={**TWICE, "subject": {"en": "{person.name}, once more", "de": "Noch einmal"}})
    id = tales.ask()
    tales.later(days=3.1)

    mail = tales.town.post.sent[1]
    link = next(word for word in mail.text.split() if "/s/" in word)
    assert mail.subject == "Ann, once more"
    assert "a few days ago we asked you a question" in mail.text
    assert f"/u/{seal(tales.town.services.secret, 'unsubscribe', mail.id)}" in mail.text
    assert link.endswith("/s/" + seal(tales.town.services.secret, "survey", mail.id))
    tales.answer(mail.id, score=7)
    assert [response.invitation_id for response in tales.town.responses()] == [id]


def test_once_they_are_taken_apart_the_story_goes_on_with_whom_it_reached(tales: Tales) -> None:
    tales.town.write(channels=["sms", "email"], reminders=TWICE)
    site, services, post = tales.town.site.id, tales.town.services, tales.town.post
    id = tales.plan("sms")
    wish = Wish(claims_of(email="cy@example.com"), "", "email", timedelta(0), False, {}, None)
    cy = invite(services, site, wish).person_id
    made = merge(services, site, tales.rows(id)[0].person_id, cy, "the desk")
    assert isinstance(made, Merge)
    tales.texts.script = [Rejected("gone", "address")]
    tales.work()
    undo(services, site, made.id)

    tales.later(days=3.1)
    tales.later(days=3.1)

    assert [mail.to for mail in post.sent] == ["cy@example.com"] * 3
    by_mail = {row.step: row.person_id for row in tales.rows(id) if row.channel == "email"}
    assert by_mail == {"fallback:email": cy, REMINDED[0]: cy, REMINDED[1]: cy}


def test_why_shows_what_is_on_its_way_and_what_would_hold_it(tales: Tales) -> None:
    tales.town.write(channels=CHAIN, fallback_after_hours=24, reminders=TWICE)
    id = tales.ask()
    services, site = tales.town.services, tales.town.site

    [text] = explain(services, site.id, "ann@example.com", None).as_json()["planned"]
    assert (text["step"], text["channel"], text["held_by"]) == ("fallback:sms", "sms", None)
    assert text["due_at"] == int(tales.town.clock().timestamp()) + 24 * 3600
    tales.decide(load={"touches": 1, "days": 30})
    told = explain(services, site.id, "ann@example.com", None).sentences[-1]
    assert told == "planned  fallback of nps by sms, due on 24 November 2026, 18:00 UTC; it would be held by load"

    tales.answer(id, score=9)
    assert explain(services, site.id, "ann@example.com", None).coming == ()


def answers(tales: Tales, id: str) -> None:
    tales.answer(id, score=7)


def closes(tales: Tales, id: str) -> None:
    dismiss(tales.town.services, seal(tales.town.services.secret, "survey", id))


def says_no(tales: Tales, id: str) -> None:
    unsubscribe(tales.town.services, seal(tales.town.services.secret, "unsubscribe", id), "all", "page")


def says_no_at_her_provider(tales: Tales, id: str) -> None:
    tales.tell(id, "complained")


def team_closes_the_survey(tales: Tales, id: str) -> None:
    put(tales.town.services, tales.town.site.id, tales.town.row(id).survey_id, "closed", "the team")


def mail_comes_back(tales: Tales, id: str) -> None:
    tales.tell(id, "bounced")


@pytest.mark.parametrize(
    "end", [answers, closes, says_no, says_no_at_her_provider, team_closes_the_survey, mail_comes_back]
)
def test_nobody_is_reminded_of_what_is_over(end: Any, tales: Tales) -> None:
    tales.town.write(reminders=TWICE)
    id = tales.ask()
    tales.later(days=3.1)
    assert len(tales.sent()) == 2

    end(tales, id)
    for _ in range(10):
        tales.later(days=1)

    assert len(tales.sent()) == 2
    assert tales.steps(id)[2][1] in ("cancelled", "suppressed", "held")


def test_an_answer_to_a_reminder_ends_it_all(tales: Tales) -> None:
    tales.town.write(reminders=TWICE)
    id = tales.ask()
    tales.later(days=3.1)

    tales.answer(tales.rows(id)[1].id, score=7)

    assert [(row.state, row.outcome) for row in tales.rows(id)] == [
        ("accepted", "answered"), ("accepted", "answered"), ("cancelled", None),
    ]  # fmt: skip
    assert [(touch.kind, touch.outcome) for touch in tales.town.touches()] == [
        ("ask", "answered"), ("continuation", ""),
    ]  # fmt: skip


def test_a_reminder_that_is_closed_after_the_answer_takes_nothing_back(tales: Tales) -> None:
    tales.town.write(reminders=TWICE)
    tales.decide(rest_days=30, rest_after_answer_days=90)
    id = tales.ask()
    tales.later(days=3.1)
    late = seal(tales.town.services.secret, "survey", tales.rows(id)[1].id)
    tales.answer(id, score=7)

    dismiss(tales.town.services, late)

    assert [touch.outcome for touch in tales.town.touches()] == ["answered", ""]
    tales.later(days=60)
    again = tales.town.row(tales.ask())
    assert (again.state, again.reason) == ("held", "rest_after_answer")


def test_a_reminder_that_the_contact_load_holds_is_not_made_up_for(tales: Tales) -> None:
    tales.town.write(reminders=TWICE)
    tales.decide(load={"touches": 2, "days": 5})
    id = tales.ask()
    tales.town.clock.forward(days=1)
    tales.town.invite("bo@example.com")  # somebody else's contact is none of hers
    tales.later(days=2.1)
    assert tales.steps(id)[1] == (REMINDED[0], "accepted")

    tales.decide(load={"touches": 2, "days": 30})
    tales.later(days=4)

    assert tales.steps(id)[2] == (REMINDED[1], "held")
    assert tales.town.row(tales.rows(id)[2].id).reason == "load"


def test_reminders_go_where_she_was_reached(tales: Tales) -> None:
    tales.town.write(channels=CHAIN, reminders=TWICE)
    id = tales.ask()
    tales.tell(id, "delivered")
    tales.later(days=3.1)
    tales.tell(id, "bounced")

    tales.later(days=3.1)

    assert tales.steps(id) == [
        ("", "bounced"), ("fallback:sms", "accepted"),
        (REMINDED[0], "accepted"), (REMINDED[1], "cancelled"), ("reminder:2:sms", "accepted"),
    ]  # fmt: skip


def test_rests_do_not_hold_a_reminder_and_it_begins_none(tales: Tales) -> None:
    tales.town.write(reminders={"times": 3, "every_days": 10})
    tales.decide(rest_days=30, load="none")
    tales.ask()

    for _ in range(29):
        tales.later(days=1)
    asked_again = tales.ask()
    assert (tales.town.row(asked_again).state, len(tales.sent())) == ("held", 3)
    tales.later(days=1)

    assert tales.town.row(tales.ask()).state == "accepted"


def test_a_score_is_read_beside_asks_and_not_beside_reminders(tales: Tales) -> None:
    tales.town.write(channels=CHAIN, reminders=TWICE)
    tales.decide(load={"touches": 2, "days": 30})
    tales.ask()
    tales.town.post.script.append(Rejected("no such user", "address"))
    tales.ask(name="bo")
    for _ in range(8):
        tales.later(days=1)

    with tales.town.services.db.reading() as db:
        now = tales.town.clock()
        covered = coverage(SiteScope(db, tales.town.site.id), now.replace(day=1, month=11), now)[1]
    assert (covered.all.asked, dict(covered.all.unasked), covered.on("sms").asked) == (2, {}, 1)


def test_a_dry_run_counts_reminders_with_the_ask_that_they_continue(tales: Tales) -> None:
    tales.town.write(reminders=TWICE)
    tales.decide(rest_days="none", load="none")
    tales.ask()
    for _ in range(7):
        tales.later(days=1)
    tales.ask()
    site, services = tales.town.site, tales.town.services

    def asked(**document: Any) -> int:
        decide(services, site.id, {}, "the team")
        return rehearse(services, site.id, policy_from(document), 30).would_be_asked["email"]

    assert asked(rest_days="none", load={"touches": 3, "days": 14}) == 1  # the ask and its two reminders
    assert asked(rest_days="none", load={"touches": 4, "days": 14}) == 2
    assert asked(rest_days="none", load="none") == 2
