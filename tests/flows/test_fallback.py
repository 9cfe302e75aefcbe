"""When one way does not reach her, the next one is tried: once, never after an answer, and within what she can bear."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest

from channels.channel import Rejected, Retry, Unknown
from server.core.links import seal
from server.flows.deliver import deliver
from server.flows.settle import settled
from server.flows.show import show
from server.flows.unsubscribe import unsubscribe
from server.store.scope import SiteScope
from tests.flows.stories import CHAIN, Tales, tales

__all__ = ["tales"]

pytestmark = pytest.mark.both_databases

SMS = "fallback:sms"


def test_a_mail_that_is_refused_becomes_a_text_at_once(tales: Tales) -> None:
    tales.town.write(channels=CHAIN)
    tales.town.post.script.append(Rejected("no such user", "address"))

    id = tales.ask()

    assert tales.steps(id) == [("", "failed"), (SMS, "accepted")]
    assert [message.kind for message in tales.sent()] == ["email", "sms"]
    # Nothing had reached her yet: the text is the ask, and the rests count from it.
    assert tales.kinds() == [("ask", "sms")]


def test_a_mail_that_comes_back_becomes_a_text_that_continues_the_ask(tales: Tales) -> None:
    tales.town.write(channels=CHAIN)
    id = tales.ask()

    for _ in range(46):
        tales.tell(id, "delivered", "bounced", "bounced")

    assert tales.steps(id) == [("", "bounced"), (SMS, "accepted")]
    assert tales.kinds() == [("ask", "email"), ("continuation", "sms")]


def test_each_step_is_planned_once_by_however_many_are_told_at_once(tales: Tales) -> None:
    tales.town.write(channels=CHAIN)
    tales.town.post.script.append(Rejected("gone", "content"))
    id = tales.ask()

    for _ in range(46):
        with tales.town.services.db.writing() as db:
            scope = SiteScope(db, tales.town.site.id)
            assert settled(tales.town.services, scope, tales.town.row(id), tales.town.clock()) == []

    assert tales.steps(id) == [("", "failed"), (SMS, "accepted")]


def test_without_a_chain_nothing_follows(tales: Tales) -> None:
    tales.town.post.script.append(Rejected("no such user", "address"))

    assert tales.steps(tales.ask()) == [("", "failed")]


def test_what_may_have_reached_her_is_not_followed_at_once(tales: Tales) -> None:
    tales.town.write(channels=CHAIN)
    tales.town.post.script += [Unknown("cut line"), Retry("busy", timedelta(minutes=5))]

    assert tales.steps(tales.ask(name="ann")) == [("", "unconfirmed")]
    assert tales.steps(tales.ask(name="bo"))[0] == ("", "planned")


def test_an_address_that_takes_nothing_is_passed_over_from_the_start(tales: Tales) -> None:
    tales.town.write(channels=CHAIN)
    tales.decide(rest_days="none", load="none")
    tales.town.post.script.append(Rejected("no such user", "address"))
    tales.ask()

    assert tales.town.row(tales.ask()).channel == "sms"


def test_what_is_told_to_stop_on_its_channel_does_not_come_by_another(tales: Tales) -> None:
    tales.town.write(channels=CHAIN)
    tales.town.post.script.append(Rejected("said stop", "optout"))
    assert tales.steps(tales.ask(name="ann")) == [("", "failed")]

    id = tales.ask(name="bo")
    tales.tell(id, "complained")
    tales.tell(id, "bounced")
    assert tales.steps(id) == [("", "bounced")]


def test_one_who_does_not_answer_in_time_is_asked_by_the_next_channel(tales: Tales) -> None:
    tales.town.write(channels=CHAIN, fallback_after_hours=48)
    id = tales.ask()
    assert tales.steps(id) == [("", "accepted"), (SMS, "planned")]

    tales.later(hours=47.9)
    assert tales.steps(id)[1] == (SMS, "planned")
    tales.later(hours=0.2)

    assert tales.steps(id)[1] == (SMS, "accepted")
    assert tales.kinds() == [("ask", "email"), ("continuation", "sms")]


@pytest.mark.parametrize("order", list(permutations(("failed", "delivered", "bounced"))))
def test_what_waits_follows_from_all_that_is_known_in_whatever_order_it_came(
    order: tuple[str, ...], tales: Tales
) -> None:
    tales.town.write(channels=CHAIN, fallback_after_hours=48)
    id = tales.ask()
    tales.stop_work()
    for kind in order[:2]:
        tales.tell(id, kind)
    waits = next(row for row in tales.rows(id) if row.step)
    arrived = "bounced" not in order[:2]
    assert (waits.due_at or tales.town.clock()) - tales.town.clock() == timedelta(hours=48 if arrived else 0)

    tales.tell(id, order[2])
    assert tales.steps(id) == [("", "bounced"), (SMS, "queued")]


@pytest.mark.parametrize("how", ["by answering", "by saying no", "by saying no to mail alone"])
def test_whoever_is_done_with_it_hears_no_more(how: str, tales: Tales) -> None:
    tales.town.write(channels=CHAIN, fallback_after_hours=48)
    id = tales.ask()

    if how == "by answering":
        tales.answer(id, score=9)
    else:
        token = seal(tales.town.services.secret, "unsubscribe", id)
        unsubscribe(tales.town.services, token, "all" if how == "by saying no" else "channel", "page")
    tales.later(hours=49)
    tales.tell(id, "bounced")

    assert [state for _, state in tales.steps(id)][1:] in (["cancelled"], ["suppressed"])
    assert len(tales.sent()) == 1


def test_an_answer_stops_what_is_in_a_worker_s_hands_already(tales: Tales) -> None:
    tales.town.write(channels=CHAIN)
    id = tales.ask()
    tales.stop_work()
    tales.tell(id, "bounced")
    text = tales.rows(id)[1].id
    tales.answer(id, score=3)
    with tales.town.services.db.writing() as db:
        db.merge(tales.town.row(text)).state = "queued"  # as a worker saw it that was faster

    deliver(tales.town.services, text)

    assert (tales.town.row(text).state, tales.texts.sent) == ("cancelled", [])


def test_what_cannot_leave_in_time_goes_another_way(tales: Tales) -> None:
    tales.town.write(channels=["sms", "email"], expires_after_hours={"other": 2})
    tales.at("2026-11-24T05:30:00+00:00")  # half past nine in the evening in California: no texts until eight

    id = tales.ask("sms")

    assert tales.steps(id) == [("", "expired"), ("fallback:email", "accepted")]


def test_what_nobody_was_there_to_send_goes_no_other_way_either(tales: Tales) -> None:
    tales.town.write(channels=CHAIN, expires_after_hours=1)
    id = tales.plan()

    tales.later(hours=5)  # the mail was worth sending for an hour, and the text for one more

    assert tales.steps(id) == [("", "expired"), (SMS, "expired")]
    assert tales.sent() == []


def test_the_ask_that_comes_by_another_way_is_held_as_any_ask(tales: Tales) -> None:
    tales.town.write(channels=CHAIN)
    tales.stop_work()
    id = tales.plan()
    tales.town.post.script.append(Rejected("no such user", "address"))
    deliver(tales.town.services, id)
    show(tales.town.services, tales.town.offered().token)

    deliver(tales.town.services, tales.rows(id)[1].id)

    text = tales.rows(id)[1]
    assert (text.state, text.reason, tales.kinds()) == ("held", "rest", [("ask", "widget")])


def test_what_continues_an_ask_is_held_by_the_contact_load_alone(tales: Tales) -> None:
    tales.town.write(channels=CHAIN)
    for load, state in ((2, "accepted"), (1, "held")):
        name = {2: "ann", 1: "bo"}[load]
        tales.decide(
            rest_days=365, load={"touches": load, "days": 7}, surveys={"nps": {"pace": {"asks": 9, "per": "day"}}}
        )
        id = tales.ask(name=name)
        tales.tell(id, "bounced")
        assert tales.steps(id) == [("", "bounced"), (SMS, state)]
    assert tales.spent("pace/1", "2026-11-23T00:00:00+00:00") == 2


def test_a_text_that_continues_counts_in_the_budget_and_is_not_held_by_it(tales: Tales) -> None:
    tales.town.write(channels=CHAIN)
    tales.decide(budgets={"sms": {"sends": 1, "per": "day"}})
    for name in ("ann", "bo"):
        id = tales.ask(name=name)
        tales.tell(id, "bounced")
        assert tales.steps(id)[1] == (SMS, "accepted")

    assert tales.spent("budget/sms", "2026-11-23T00:00:00+00:00") == 2
    assert tales.town.row(tales.ask("sms", "cy")).state == "planned"


def test_she_goes_on_where_she_left_and_it_is_one_response(tales: Tales) -> None:
    tales.town.write(channels=CHAIN, fallback_after_hours=1)
    id = tales.ask()
    tales.later(hours=1.1)
    text = tales.rows(id)[1].id

    tales.answer(text, score=4)
    found = tales.answer(id, comment="Slow.")

    [response] = tales.town.responses()
    assert found.answered == {"score": 4, "comment": "Slow."}
    assert (response.invitation_id, response.channel, response.score) == (id, "sms", 4)
    assert [row.outcome for row in tales.rows(id)] == ["answered", "answered"]
    assert [touch.outcome for touch in tales.town.touches()] == ["answered", ""]
