"""An invitation is handed to its channel at most once, whatever dies on the way."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest

from channels.channel import Accepted, Outcome, Rejected, Retry, Unknown
from server.core.delivery import ATTEMPTS, CALL_LEASE, EXPIRES_AFTER
from server.flows.answer import answer
from server.flows.compose import unsubscribe_link
from server.flows.deliver import deliver
from server.flows.keep_time import tick
from server.flows.offer import NotNow, Offered
from server.flows.show import show
from server.flows.unsubscribe import unsubscribe
from server.store import invitations, people
from server.store.scope import SiteScope
from server.store.tables import SurveyRow
from tests.flows.conftest import Town

pytestmark = pytest.mark.both_databases


class Killed(BaseException):
    """The worker is gone, with no time to tidy up."""


MINUTE = timedelta(minutes=1)
OUTCOMES: list[tuple[Outcome, str, str, bool]] = [
    (Accepted("r-1"), "accepted", "", True),
    (Unknown("cut line"), "unconfirmed", "cut line", True),
    (Rejected("no such user", "address"), "failed", "address: no such user", False),
    (Rejected("spam", "content"), "failed", "content: spam", False),
    (Rejected("said stop", "optout"), "failed", "optout: said stop", False),
    (Retry("busy", MINUTE), "planned", "busy", False),
    (Unknown("x" * 300), "unconfirmed", "x" * 255, True),
]


def test_what_the_provider_says_becomes_of_it(town: Town) -> None:
    for n, (outcome, state, reason, touched) in enumerate(OUTCOMES):
        email = f"cy{n}@example.com"
        id = town.invite(email)
        town.post.script.append(outcome)

        deliver(town.services, id)

        row = town.row(id)
        assert (row.state, row.reason or "", row.attempts) == (state, reason, 1)
        assert row.provider_ref == ("r-1" if state == "accepted" else None)
        assert (id in {t.ticket for t in town.touches()}) is touched
        assert isinstance(town.ask(email), NotNow if touched else Offered)


def test_the_message_carries_the_survey_and_the_way_out(town: Town) -> None:
    id = town.invite()
    deliver(town.services, id)

    [mail] = town.post.sent
    link = next(word for word in mail.text.split() if "/s/" in word)
    assert (mail.id, mail.to) == (id, "ann@example.com")
    assert unsubscribe_link(town.services, id) in mail.text + str(mail.headers)
    assert answer(town.services, link.rsplit("/", 1)[1].partition("?")[0], {"score": 9}).answered == {"score": 9}


def test_a_provider_that_says_no_for_good_is_believed_for_every_survey(town: Town) -> None:
    town.post.script.append(Rejected("said stop", "optout"))
    deliver(town.services, town.invite())
    again = town.invite()

    deliver(town.services, again)

    assert (town.row(again).state, len(town.post.sent)) == ("suppressed", 1)


def test_what_did_not_leave_is_tried_again_and_given_up_in_the_end(town: Town) -> None:
    id = town.invite()
    town.post.script += [Retry("busy", MINUTE)] * 20

    for _ in range(ATTEMPTS + 3):
        town.clock.forward(hours=1)
        tick(town.services)
        town.queue.carry_out(town.services)

    assert (town.row(id).state, len(town.post.sent)) == ("failed", ATTEMPTS)
    assert town.touches() == []


def test_a_retry_waits_as_long_as_the_provider_says(town: Town) -> None:
    id = town.invite()
    town.queue.ids.clear()
    town.post.script.append(Retry("busy", timedelta(hours=2)))
    deliver(town.services, id)

    assert town.row(id).due_at == town.clock() + timedelta(hours=2)
    deliver(town.services, id)
    tick(town.services)
    assert (len(town.post.sent), town.queue.ids) == (1, [])


@pytest.mark.parametrize("channel", ["email", "sms"])
def test_a_worker_that_dies_in_the_call_leaves_it_unconfirmed(channel: str, town: Town) -> None:
    town.clock.forward(hours=6)  # ten in the morning in California
    id = town.invite(channel=channel)
    town.queue.ids.clear()
    town.post_of(channel).script.append(Killed())
    with pytest.raises(Killed):
        deliver(town.services, id)
    assert town.row(id).state == "calling"

    town.clock.forward(seconds=CALL_LEASE.total_seconds() - 1)
    tick(town.services)
    assert town.row(id).state == "calling"
    town.clock.forward(seconds=1)
    tick(town.services)
    assert town.row(id).state == "unconfirmed"

    deliver(town.services, id)
    assert (town.row(id).state, len(town.post_of(channel).sent)) == ("unconfirmed", 1)
    assert [t.ticket for t in town.touches()] == [id]


def test_two_workers_with_the_same_id_call_once(town: Town) -> None:
    for n in range(5):
        id = town.invite(f"cy{n}@example.com")
        start = Barrier(4)

        def work(_: int, id: str = id, start: Barrier = start) -> None:
            start.wait()
            deliver(town.services, id)

        with ThreadPoolExecutor(4) as workers:
            list(workers.map(work, range(4)))
        assert town.row(id).state == "accepted"
    assert len(town.post.sent) == 5


def test_what_is_called_off_while_its_worker_waits_for_her_stays_at_home(town: Town) -> None:
    id = town.invite()
    person_id = town.row(id).person_id
    with ThreadPoolExecutor(1) as workers:
        with town.services.db.writing() as db:
            people.lock(SiteScope(db, town.site.id), person_id)
            worker = workers.submit(deliver, town.services, id)
            wait([worker], timeout=0.5)  # it comes as far as her
            assert invitations.move(db, id, "cancelled", town.clock())
        worker.result()

    assert (town.row(id).state, town.post.sent, town.touches()) == ("cancelled", [], [])


def test_nothing_is_sent_before_it_is_due(town: Town) -> None:
    id = town.invite(delay=60)

    deliver(town.services, id)
    assert town.row(id).state == "planned"

    town.clock.forward(seconds=60)
    deliver(town.services, id)
    assert town.row(id).state == "accepted"


def test_what_comes_too_late_expires_and_costs_nothing(town: Town) -> None:
    id = town.invite()
    town.clock.forward(seconds=EXPIRES_AFTER.total_seconds())

    deliver(town.services, id)

    assert (town.row(id).state, town.post.sent, town.touches()) == ("expired", [], [])
    assert isinstance(town.ask(), Offered)


def test_what_was_planned_before_she_said_no_is_not_sent(town: Town) -> None:
    deliver(town.services, first := town.invite())
    waiting = town.invite()
    token = unsubscribe_link(town.services, first).rsplit("/", 1)[1]

    unsubscribe(town.services, token, "all", "link")
    later = town.invite()
    town.queue.carry_out(town.services)

    assert [town.row(id).state for id in (waiting, later)] == ["suppressed", "suppressed"]
    assert len(town.post.sent) == 1


def test_a_person_who_was_asked_is_held_for_good_with_the_rule_and_its_end(town: Town) -> None:
    show(town.services, town.offered().token)
    id = town.invite()

    deliver(town.services, id)

    row = town.row(id)
    assert (row.state, row.reason) == ("held", "rest")
    assert row.held_until == town.clock() + timedelta(days=29, hours=12)


def test_a_place_that_is_only_taken_may_come_free(town: Town) -> None:
    id = town.invite()
    town.offered()
    deliver(town.services, id)
    assert town.row(id).state == "planned"

    town.clock.forward(minutes=3)
    tick(town.services)
    town.queue.carry_out(town.services)

    assert town.row(id).state == "accepted"


def test_what_the_ledger_holds_gives_its_place_back(town: Town) -> None:
    id = town.invite()
    set_state(town, "paused")

    deliver(town.services, id)

    assert (town.row(id).state, town.row(id).reason) == ("held", "running")
    set_state(town, "live")
    assert isinstance(town.ask(), Offered)


def set_state(town: Town, state: str) -> None:
    with town.services.db.writing() as db:
        db.get_one(SurveyRow, 1).state = state


@pytest.mark.parametrize("channel", ["email", "sms"])
def test_nobody_is_sent_to_without_an_address(channel: str, town: Town) -> None:
    id = town.invite(channel=channel)
    with town.services.db.writing() as db:
        row = db.merge(town.row(id))
        row.address = None

    deliver(town.services, id)

    assert (town.row(id).state, town.touches()) == ("failed", [])
    assert isinstance(town.ask(), Offered)


def test_a_send_needs_no_redis(town: Town, make_services: Any) -> None:
    alone = make_services(REDIS_URL="unix:///nowhere/redis.sock")
    ids = [town.invite(), town.invite()]

    for id in ids:
        deliver(alone, id)

    assert sorted(town.row(id).state for id in ids) == ["accepted", "held"]


def test_what_is_not_there_is_not_delivered(town: Town) -> None:
    deliver(town.services, "nobody")

    assert town.post.sent == []
