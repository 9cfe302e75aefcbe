"""Batches, lanes and accounts: what is sent together, what waits, and what nobody's fault may stop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from channels.channel import Accepted, Caps, Outcome, Problem, Rejected, Retry, Unknown
from server.core.delivery import BULK, EXPIRES_AFTER, HANDED_MOST, LANES, REMINDER, RUNS, TRANSACTIONAL
from server.flows.cancel import NoSuchSurvey, cancel, cancel_survey
from server.flows.compose import compose
from server.flows.deliver import deliver
from server.flows.keep_time import tick
from server.flows.plan_many import Round, plan_many
from server.flows.sending.keep import keep
from server.flows.sending.pause import resume
from server.flows.sending.queue_up import queue_up
from server.flows.unsubscribe import unsubscribe
from server.queue import JOBS_MOST, QueueFull
from server.store import accounts, notices, surveys
from server.store.scope import SiteScope
from server.store.tables import Invitation, Notice
from tests.flows.conftest import Town
from tests.parts import Scripted, Waiting, statements

pytestmark = pytest.mark.both_databases

MINUTE = timedelta(minutes=1)


class Killed(BaseException):
    """The worker is gone, with no time to tidy up."""


def batches_of(town: Town, size: int, **said: Any) -> Town:
    """The town's post takes so many messages in one call."""
    town.post.caps = Caps(batch_max=size, **said)
    return town


def some(town: Town, number: int, lane: int = TRANSACTIONAL) -> list[str]:
    """Ids of invitations to as many people, queued and in nobody's hands."""
    ids = [town.invite(f"n{lane}-{n}@example.com") for n in range(number)]
    town.queue.ids.clear()
    town.queue.jobs.clear()
    if lane:
        change(town, ids, lane=lane, state="planned")
    return ids


def change(town: Town, ids: list[str], **values: Any) -> None:
    with town.services.db.writing() as db:
        for id in ids:
            row = db.get_one(Invitation, id)
            for name, value in values.items():
                setattr(row, name, value)


def standing(town: Town) -> list[Notice]:
    with town.services.db.reading() as db:
        return notices.standing(db)


def test_as_many_as_a_call_takes_go_in_one(town: Town) -> None:
    ids = some(batches_of(town, 3), 7)

    deliver(town.services, *ids)

    assert town.post.calls == [3, 3, 1]
    assert town.states(ids) == ["accepted"] * 7
    assert len({m.attempt for m in town.post.sent}) == 7
    assert [town.row(m.id).lease for m in town.post.sent] == [m.attempt for m in town.post.sent]


def test_one_that_is_held_leaves_the_batch(town: Town) -> None:
    ids = some(batches_of(town, 9), 3)
    deliver(town.services, ids[0])
    again = town.invite("n0-0@example.com")

    deliver(town.services, again, *ids)

    assert town.post.calls == [1, 2]
    assert town.states([again, *ids]) == ["held", *["accepted"] * 3]


def test_each_of_a_batch_has_an_outcome_of_its_own(town: Town) -> None:
    said: list[Outcome] = [
        Accepted("r"), Rejected("no such user", "address"), Retry("busy", MINUTE), Unknown("cut"), Accepted("s"),
    ]  # fmt: skip
    ids = some(batches_of(town, 9), 5)
    town.post.script += said

    deliver(town.services, *ids)

    assert town.states(ids) == ["accepted", "failed", "planned", "unconfirmed", "accepted"]
    assert {t.ticket for t in town.touches()} == {ids[0], ids[3], ids[4]}


def test_a_message_that_cannot_be_written_harms_no_other(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = some(batches_of(town, 9), 3)

    def broken(services: Any, site: Any, survey: Any, person: Any, row: Invitation) -> Any:
        if row.id == ids[1]:
            raise ValueError("no template")
        return compose(services, site, survey, person, row)

    monkeypatch.setattr("server.flows.sending.keep.compose", broken)
    deliver(town.services, *ids)
    assert town.states(ids) == ["accepted", "planned", "accepted"]

    for _ in range(RUNS + 2):
        town.clock.forward(hours=2)
        tick(town.services)
        town.queue.carry_out(town.services)

    row = town.row(ids[1])
    assert (row.state, row.attempts) == ("failed", 0)
    assert "set aside" in str(row.reason)
    [told] = standing(town)
    assert (told.kind, ids[1] in told.text) == ("poison", True)


def test_what_kills_its_worker_again_and_again_is_set_aside(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = some(batches_of(town, 9), 4)
    deaths = 0

    def deadly(services: Any, site: Any, survey: Any, person: Any, row: Invitation) -> Any:
        if row.id == ids[2]:
            raise Killed
        return compose(services, site, survey, person, row)

    monkeypatch.setattr("server.flows.sending.keep.compose", deadly)
    change(town, ids, state="planned")
    for _ in range(3 * RUNS):
        town.clock.forward(seconds=11)
        tick(town.services)
        while town.queue.ids:
            try:
                deliver(town.services, town.queue.ids.pop(0))
            except Killed:
                deaths += 1

    assert deaths == RUNS
    assert town.states(ids) == ["accepted" if n != 2 else "failed" for n in range(4)]


def test_what_died_with_its_worker_goes_in_smaller_and_smaller_company(town: Town) -> None:
    ids = some(batches_of(town, 1000), 19)
    for runs, hers in enumerate((ids[:2], ids[2:4], ids[4:16], ids[16:])):
        change(town, hers, runs=runs)

    deliver(town.services, *ids)

    assert town.post.calls == [2, 2, 10, 2, 1, 1, 1]
    assert set(town.states(ids)) == {"accepted"}


def test_what_died_with_its_worker_is_handed_to_several(town: Town) -> None:
    ids = some(batches_of(town, 1000), 16)
    change(town, ids, state="queued", lease="of one that is dead", runs=2)
    change(town, ids[-3:], runs=3)
    town.clock.forward(seconds=11)

    tick(town.services)

    assert sorted(len(job) for _, job, _ in town.queue.jobs) == [1, 1, 1, 3, 10]
    assert {id for _, job, _ in town.queue.jobs for id in job} == set(ids)


def test_a_provider_that_breaks_its_word_leaves_its_batch_in_doubt(town: Town) -> None:
    ids = some(batches_of(town, 9), 2)
    town.post.script.append(RuntimeError("a bug"))

    deliver(town.services, *ids)

    assert town.states(ids) == ["unconfirmed"] * 2


def test_who_gave_up_a_worker_does_not_believe_it_any_more(town: Town) -> None:
    [id] = some(town, 1)

    def slow(item: Any) -> Outcome:
        town.clock.forward(minutes=2)
        tick(town.services)
        return Accepted("late")

    town.post._say = slow  # type: ignore[method-assign]
    deliver(town.services, id)

    assert (town.row(id).state, town.row(id).provider_ref) == ("unconfirmed", None)


def test_a_person_who_says_no_while_it_waits_in_the_queue_is_left_alone(town: Town) -> None:
    deliver(town.services, first := town.invite())
    waiting = town.invite("bo@example.com")
    token = delivering_link(town, first)
    change(town, [waiting], person_id=town.row(first).person_id)

    unsubscribe(town.services, token, "all", "link")
    town.queue.carry_out(town.services)

    assert (town.row(waiting).state, len(town.post.sent)) == ("suppressed", 1)


def delivering_link(town: Town, id: str) -> str:
    from server.flows.compose import unsubscribe_link

    return unsubscribe_link(town.services, id).rsplit("/", 1)[1]


def test_urgent_ones_are_handed_over_first_and_in_a_lane_of_their_own(town: Town) -> None:
    bulk, urgent, reminders = some(town, 3, BULK), some(town, 2), some(town, 1, REMINDER)
    change(town, urgent, state="planned")

    tick(town.services)

    lanes = [lane for job, _, lane in town.queue.jobs if job == "deliver"]
    assert lanes == sorted(lanes)
    handed = {lane: [id for _, ids, which in town.queue.jobs if which == lane for id in ids] for lane in LANES}
    assert {lane: set(ids) for lane, ids in handed.items()} == {0: set(urgent), 1: set(reminders), 2: set(bulk)}


def test_no_more_is_handed_over_than_the_account_soon_takes(town: Town) -> None:
    town.post.per_second = 1
    some(town, 9, BULK)

    tick(town.services)
    tick(town.services)

    assert len(town.queue.ids) == 5
    assert HANDED_MOST >= 5


def test_an_account_sends_no_more_than_it_may(town: Town) -> None:
    ids = some(batches_of(town, 9), 6)
    town.post.per_second = 2

    deliver(town.services, *ids)
    assert town.post.calls == [2]
    town.clock.forward(seconds=1)
    tick(town.services)
    deliver(town.services, *ids)
    deliver(town.services, *ids)

    assert town.post.calls == [2, 2]
    assert sorted(town.states(ids)) == ["accepted"] * 4 + ["planned"] * 2


def test_an_account_that_is_refused_burns_nothing_and_is_told_once(town: Town) -> None:
    ids = some(town, 3)
    town.post.script += [Rejected("402 pay first", "account")] * 9
    town.post.problems.append(Problem("pay first"))
    for _ in range(3):
        deliver(town.services, *ids)
        tick(town.services)
        town.queue.carry_out(town.services)
        town.clock.forward(minutes=2)

    assert [(row.state, row.attempts) for row in map(town.row, ids)] == [("planned", 0)] * 3
    assert (len(town.post.sent), town.touches()) == (1, [])
    [told] = standing(town)
    assert (told.key, told.times) == ("account/scripted", 1)
    assert "402 pay first" in told.text


def test_a_paused_account_is_resumed_by_its_check_with_one_message_first(town: Town) -> None:
    ids = some(batches_of(town, 9), 4)
    town.post.script += [Rejected("401", "account")] * 4
    deliver(town.services, *ids)
    before = len(town.post.calls)

    for _ in range(2):
        town.clock.forward(minutes=1)
        tick(town.services)
        town.queue.carry_out(town.services)
    assert len(town.post.calls) == before + 1
    assert town.post.calls[-1] == 1
    for _ in range(3):
        town.clock.forward(seconds=10)
        tick(town.services)
        town.queue.carry_out(town.services)

    assert town.states(ids) == ["accepted"] * 4
    assert standing(town) == []


def test_a_paused_account_is_resumed_by_hand(town: Town) -> None:
    [id] = some(town, 1)
    town.post.script.append(Rejected("401", "account"))
    town.post.problems.append(Problem("still"))
    deliver(town.services, id)

    assert resume(town.services, town.post)
    assert not resume(town.services, town.post)
    deliver(town.services, id)

    assert (town.row(id).state, standing(town)) == ("accepted", [])


def test_what_waits_for_a_paused_account_expires_all_the_same(town: Town) -> None:
    [id] = some(town, 1)
    town.post.script.append(Rejected("401", "account"))
    town.post.problems.append(Problem("still"))
    deliver(town.services, id)

    town.clock.forward(seconds=EXPIRES_AFTER.total_seconds())
    tick(town.services)

    assert town.row(id).state == "expired"


@pytest.fixture
def pair(town: Town) -> tuple[Town, Scripted]:
    """The town with a second post for mail."""
    other = Scripted(name="other", account="other")
    both = replace(town.services, providers={**town.services.providers, "email": (town.post, other)})
    return replace(town, services=both), other


def test_two_posts_share_what_is_sent(pair: tuple[Town, Scripted]) -> None:
    town, other = pair
    for id in some(town, 40):
        deliver(town.services, id)

    assert len(town.post.sent) + len(other.sent) == 40
    assert town.post.sent
    assert other.sent


def test_while_one_post_is_paused_the_other_has_it_all(pair: tuple[Town, Scripted]) -> None:
    town, other = pair
    with town.services.db.writing() as db:
        accounts.pause(db, "scripted", "401", town.clock())

    ids = some(town, 8)
    deliver(town.services, *ids)

    assert (len(town.post.sent), len(other.sent)) == (0, 8)


def weights(town: Town) -> list[int | None]:
    with town.services.db.reading() as db:
        known = accounts.known(db, ["scripted", "other"])
    return [known[name].weight if name in known else None for name in ("scripted", "other")]


def test_a_post_that_fails_loses_ten_points_a_minute_and_gets_them_back(pair: tuple[Town, Scripted]) -> None:
    town, _ = pair
    fault(town, "scripted", 60)
    tick(town.services)
    tick(town.services)
    assert weights(town) == [40, 60]

    town.clock.forward(seconds=61)
    fault(town, "scripted", 60)
    tick(town.services)
    assert weights(town) == [30, 70]

    for _ in range(3):
        town.clock.forward(minutes=5)
        tick(town.services)
    assert weights(town) == [50, 50]


def test_when_both_fail_nothing_moves(pair: tuple[Town, Scripted]) -> None:
    town, _ = pair
    fault(town, "scripted", 60)
    fault(town, "other", 60)
    tick(town.services)

    assert weights(town) == [None, None]


def fault(town: Town, account: str, times: int) -> None:
    from server.core.weights import Minute

    with town.services.db.writing() as db:
        accounts.tally(db, account, Minute(times, 1, 0), town.clock())


def survey_of(town: Town) -> Any:
    with town.services.db.reading() as db:
        found = surveys.named(SiteScope(db, town.site.id), None)
    assert found
    return found


def test_what_is_cancelled_does_not_leave_from_the_queue_either(town: Town) -> None:
    ids = some(town, 3)

    assert cancel(town.services, town.site.id, ids[:2], "Ann of the team") == 2
    deliver(town.services, *ids)

    assert town.states(ids) == ["cancelled", "cancelled", "accepted"]
    assert cancel(town.services, town.site.id + 1, ids, "a stranger") == 0


def test_a_survey_is_cancelled_as_a_whole_and_what_comes_later_is_not(town: Town) -> None:
    ids = some(town, 2) + some(town, 2, BULK)

    assert cancel_survey(town.services, town.site.id, survey_of(town).id, "the team") == 4
    town.clock.forward(seconds=1)
    later = town.invite("later@example.com")
    deliver(town.services, *ids, later)

    assert town.states([*ids, later]) == [*["cancelled"] * 4, "accepted"]
    with pytest.raises(NoSuchSurvey):
        cancel_survey(town.services, town.site.id + 1, survey_of(town).id, "a stranger")


def test_what_a_worker_has_in_its_hands_is_cancelled_too(town: Town) -> None:
    [id] = some(town, 1)
    with town.services.db.writing() as db:
        from server.store import planned

        planned.call_off_survey(SiteScope(db, town.site.id), survey_of(town).id, town.clock())

    deliver(town.services, id)

    assert (town.row(id).state, town.post.sent) == ("cancelled", [])


def test_many_are_planned_once_however_often_it_is_begun(town: Town) -> None:
    first = [town.row(id).person_id for id in some(town, 3)]
    round = Round("autumn", "email", town.clock())
    before = len(town.ids())

    assert plan_many(town.services, town.site.id, survey_of(town), round, first[:2]).made == 2
    done = plan_many(town.services, town.site.id, survey_of(town), round, [*first, *first])
    texts = plan_many(town.services, town.site.id, survey_of(town), Round("autumn", "sms", town.clock()), first)

    assert (done.made, done.without_address) == (1, 0)
    assert (texts.made, texts.without_address) == (0, 3)
    made = [row for row in map(town.row, town.ids()) if row.lane == BULK]
    assert len(made) == len(town.ids()) - before == 3
    assert {row.state for row in made} == {"planned"}


@pytest.mark.sqlite_only
def test_whoever_is_to_be_asked_is_looked_up_while_others_may_write(town: Town) -> None:
    people = [town.row(id).person_id for id in some(town, 3)]

    with statements(town.services.db) as told:
        plan_many(town.services, town.site.id, survey_of(town), Round("autumn", "email", town.clock()), people)

    said = [statement for statement, _ in told]
    alone = said.index("BEGIN IMMEDIATE")
    assert any("FROM identifier" in each for each in said[:alone])
    assert not any("FROM identifier" in each or "FROM person" in each for each in said[alone:])


@dataclass
class Busy(Waiting):
    """A queue in which urgent ones wait, and that takes no more once it is full."""

    is_full: bool = False

    def waiting(self, lane: int) -> int:
        return int(lane == TRANSACTIONAL)

    def later(self, job: str, ids: Sequence[str], lane: int = TRANSACTIONAL) -> None:
        if self.is_full:
            raise QueueFull("nobody works")
        super().later(job, ids, lane)


@pytest.mark.parametrize("lane", [REMINDER, BULK])
def test_what_is_urgent_waits_for_one_call_of_a_long_job_and_no_longer(town: Town, lane: int) -> None:
    ids, busy = some(batches_of(town, 2), 5, lane), Busy()

    deliver(replace(town.services, queue=busy), *ids)

    assert town.post.calls == [2]
    assert busy.jobs == [("deliver", ids[2:], lane)]
    deliver(town.services, *ids[2:])
    assert town.states(ids) == ["accepted"] * 5


@pytest.mark.parametrize(("lane", "is_full"), [(TRANSACTIONAL, False), (BULK, True)])
def test_a_job_is_done_to_its_end_where_it_can_give_way_to_none(town: Town, lane: int, is_full: bool) -> None:
    ids = some(batches_of(town, 2), 5, lane)

    deliver(replace(town.services, queue=Busy(is_full=is_full)), *ids)

    assert town.post.calls == [2, 2, 1]


@dataclass
class Narrow(Waiting):
    """A queue in which there is room for some more jobs; `says` otherwise, for others fill it meanwhile."""

    room: int = 1
    says: int = JOBS_MOST

    def waiting(self, lane: int) -> int:
        return JOBS_MOST - self.says

    def later(self, job: str, ids: Sequence[str], lane: int = TRANSACTIONAL) -> None:
        if len(self.jobs) == self.room:
            raise QueueFull("nobody works")
        super().later(job, ids, lane)


@pytest.mark.parametrize("says", [JOBS_MOST, 2], ids=["until it is full", "as it has room"])
def test_what_the_queue_has_no_room_for_is_still_due(town: Town, says: int) -> None:
    ids, narrow = some(batches_of(town, 2), 5, BULK), Narrow(room=2, says=says)

    queue_up(replace(town.services, queue=narrow))

    assert [len(job) for _, job, _ in narrow.jobs] == [2, 2]
    assert sorted(town.states(ids)) == ["planned"] + ["queued"] * 4
    queue_up(town.services)
    assert town.states(ids) == ["queued"] * 5


def test_the_gate_and_the_rest_of_a_batch_that_took_too_long_are_not_lost(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = some(batches_of(town, 9), 4)

    def slow(*args: Any) -> Any:
        town.clock.forward(seconds=3)
        return keep(*args)

    monkeypatch.setattr("server.flows.deliver.keep", slow)
    deliver(town.services, *ids)

    assert town.post.calls == [1, 1, 1, 1]
    assert town.states(ids) == ["accepted"] * 4


def work(town: Town) -> None:
    """Everything that is due is done."""
    for _ in range(4):
        tick(town.services)
        town.queue.carry_out(town.services)


def test_an_account_that_wants_to_be_left_alone_is_and_then_goes_on(town: Town) -> None:
    ids = some(batches_of(town, 3), 7)
    town.post.script += [Retry("too many", MINUTE, "account")] * 3

    deliver(town.services, *ids)
    town.clock.forward(seconds=59)
    work(town)
    assert town.post.calls == [3]
    town.clock.forward(minutes=3)
    work(town)

    assert town.states(ids) == ["accepted"] * 7


def test_no_account_is_left_alone_for_longer_than_a_quarter_of_an_hour(town: Town) -> None:
    first, second = some(batches_of(town, 3), 2)
    town.post.script.append(Retry("come back tomorrow", timedelta(days=1), "account"))
    deliver(town.services, first)
    town.clock.forward(minutes=14)
    deliver(town.services, second)
    assert town.post.calls == [1]

    town.clock.forward(minutes=2)
    work(town)

    assert town.states([first, second]) == ["planned", "accepted"]
