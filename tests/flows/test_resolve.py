"""What may or may not have left: found out where somebody knows, and a mail sent once more, and a text never."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from channels.channel import Accepted, Caps, Outcome, Rejected, Retry, Unknown
from server.core.delivery import ATTEMPTS, LOOK_AFTER, RUNS
from server.flows import halt
from server.flows.answer import answer
from server.flows.cancel import cancel
from server.flows.compose import answer_link, unsubscribe_link
from server.flows.deliver import deliver
from server.flows.keep_time import tick
from server.flows.sending import resolve as resolving
from server.flows.unsubscribe import unsubscribe
from server.store.tables import Invitation
from tests.flows.conftest import Town

pytestmark = pytest.mark.both_databases

GRACE = timedelta(seconds=900)


def doubtful(town: Town, channel: str = "email", email: str = "ann@example.com") -> str:
    """The id of an invitation whose call ended with nobody knowing whether it left."""
    town.clock.time = town.clock.time.replace(hour=18)  # ten in the morning in California
    id = town.invite(email, channel)
    town.queue.ids.clear()
    town.post_of(channel).script.append(Unknown("cut"))
    deliver(town.services, id)
    assert town.row(id).state == "unconfirmed"
    return id


def after(town: Town, wait: timedelta, turns: int = 1) -> None:
    for _ in range(turns):
        town.clock.forward(seconds=wait.total_seconds())
        tick(town.services)
        town.queue.carry_out(town.services)


def test_a_mail_of_which_nobody_hears_is_sent_once_more_and_no_third_time(town: Town) -> None:
    id = doubtful(town)
    after(town, GRACE - timedelta(seconds=61))
    assert len(town.post.sent) == 1

    town.post.script.append(Unknown("cut again"))
    after(town, timedelta(seconds=61))
    assert (town.row(id).state, len(town.post.sent)) == ("unconfirmed", 2)
    after(town, timedelta(hours=1), turns=4)

    first, second = town.post.sent
    assert len(town.post.sent) == 2
    assert (first.id, first.text) == (second.id, second.text)
    assert first.attempt != second.attempt
    assert [t.ticket for t in town.touches()] == [id]


def test_the_second_mail_may_be_accepted_and_the_rest_counts_from_it(town: Town) -> None:
    id = doubtful(town)
    after(town, LOOK_AFTER)
    after(town, GRACE)

    assert (town.row(id).state, len(town.post.sent)) == ("accepted", 2)
    [touch] = town.touches()
    assert touch.at == town.clock()


def test_while_mail_is_paused_the_second_one_waits(town: Town) -> None:
    id = doubtful(town)
    halt.pause(town.services, town.site.id, "email", "a test", "desk")
    after(town, GRACE)
    after(town, timedelta(hours=1))
    assert (town.row(id).state, len(town.post.sent)) == ("unconfirmed", 1)

    halt.resume(town.services, town.site.id, "email")
    after(town, timedelta(hours=1))
    assert (town.row(id).state, len(town.post.sent)) == ("accepted", 2)


def test_a_text_is_never_sent_again(town: Town) -> None:
    id = doubtful(town, "sms")
    after(town, timedelta(hours=1), turns=5)

    assert (town.row(id).state, len(town.post_of("sms").sent)) == ("unconfirmed", 1)
    assert town.row(id).look_at is None
    assert [t.ticket for t in town.touches()] == [id]


FOUND: list[tuple[Outcome, str, bool]] = [
    (Accepted("SM1"), "accepted", True),
    (Rejected("21610", "optout"), "failed", False),
]


@pytest.mark.parametrize(("found", "state", "touched"), FOUND)
def test_who_knows_is_asked(found: Outcome, state: str, touched: bool, town: Town) -> None:
    post = town.post_of("sms")
    post.caps = Caps(finds=True)
    id = doubtful(town, "sms")
    post.found[id] = found

    after(town, LOOK_AFTER)

    row = town.row(id)
    assert (row.state, len(post.sent), bool(town.touches())) == (state, 1, touched)
    assert row.provider_ref == ("SM1" if state == "accepted" else None)


def test_who_may_know_later_is_asked_again_until_the_grace_is_over(town: Town) -> None:
    post = town.post_of("sms")
    post.caps = Caps(finds=True)
    id = doubtful(town, "sms")
    looks = []
    for _ in range(20):
        after(town, LOOK_AFTER)
        if (at := town.row(id).look_at) and at not in looks:
            looks.append(at)

    assert 3 <= len(looks) <= 6
    assert (town.row(id).look_at, town.row(id).state) == (None, "unconfirmed")


def test_who_has_answered_has_it(town: Town) -> None:
    id = doubtful(town)
    answer(town.services, answer_link(town.services, id).rsplit("/", 1)[1], {"score": 9})

    after(town, GRACE, turns=3)

    assert (town.row(id).state, len(town.post.sent)) == ("accepted", 1)


def no(town: Town, id: str) -> None:
    unsubscribe(town.services, unsubscribe_link(town.services, id).rsplit("/", 1)[1], "all", "link")


def call_off(town: Town, id: str) -> None:
    cancel(town.services, town.site.id, [id], "the team")


@pytest.mark.parametrize("deed", [no, call_off])
def test_it_is_not_sent_again_to_who_said_no_or_when_it_was_called_off(deed: Any, town: Town) -> None:
    id = doubtful(town)
    deed(town, id)

    after(town, GRACE, turns=3)

    assert (town.row(id).state, len(town.post.sent)) == ("unconfirmed", 1)


def test_no_other_provider_sends_it_again(town: Town) -> None:
    id = doubtful(town)
    town.post.account = "another"

    after(town, GRACE, turns=3)

    assert (town.row(id).state, len(town.post.sent)) == ("unconfirmed", 1)


@pytest.mark.parametrize(
    ("said", "sent", "state"),
    [
        (Retry("busy", timedelta(seconds=5)), 3, "accepted"),
        (Rejected("no such user", "address"), 2, "unconfirmed"),
    ],
)
def test_what_is_said_of_the_second_says_nothing_of_the_first(said: Outcome, sent: int, state: str, town: Town) -> None:
    id = doubtful(town)
    town.post.script.append(said)

    after(town, GRACE, turns=6)

    assert (town.row(id).state, len(town.post.sent)) == (state, sent)
    assert [t.ticket for t in town.touches()] == [id]


def test_while_the_account_is_busy_the_second_mail_uses_up_no_tries(town: Town) -> None:
    id = doubtful(town)
    town.post.script += [Retry("too many", timedelta(seconds=5), "account")] * (ATTEMPTS + 1)

    after(town, GRACE, turns=ATTEMPTS + 2)

    assert (town.row(id).state, town.row(id).attempts) == ("accepted", 2)


def test_second_mails_that_an_account_has_no_room_for_follow_as_it_has(town: Town) -> None:
    ids = [doubtful(town, email=f"{name}@example.com") for name in ("ann", "bo", "cy")]
    town.post.per_second = 1.0

    after(town, GRACE)
    after(town, timedelta(seconds=2), turns=4)

    assert [town.row(id).state for id in ids] == ["accepted"] * 3


def test_a_look_that_kills_its_worker_is_given_up(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    def deadly(*_: Any) -> None:
        raise Killed

    town.post.caps = Caps(finds=True)
    id = doubtful(town)
    monkeypatch.setattr(resolving, "compose", deadly)
    deaths = 0
    for _ in range(3 * RUNS):
        town.clock.forward(minutes=2)
        tick(town.services)
        try:
            town.queue.carry_out(town.services)
        except Killed:
            deaths += 1

    assert deaths == RUNS
    row: Invitation = town.row(id)
    assert (row.state, row.look_at) == ("unconfirmed", None)
