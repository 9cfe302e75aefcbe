"""Stories that the machine once told of promises that were not kept.

All are about merges that are undone: what happened to either while they were one must count for both.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from channels.channel import Retry, Unknown
from tests.model.cast import DAY, HOUR, MINUTE, NAMES
from tests.model.machine import Promise, machine_for
from tests.model.world import World

pytestmark = pytest.mark.both_databases

ANN, BO, _ = NAMES


def a_contact_reported_late(m: Promise) -> None:
    """Another system's contact with Bo, made before the merge, told after it."""
    m.join(ANN, BO, None)
    m.time_passes(MINUTE)
    m.another_system_reports(BO, "external", 3600, None)
    undo(m)
    ask(m)


def a_merge_on_a_fast_clock(m: Promise) -> None:
    """The merge is five minutes ahead of the ask that came after it."""
    m.a_clock_is_wrong(5)
    m.join(ANN, BO, None)
    m.a_clock_is_wrong(0)
    ask(m)
    undo(m)
    ask(m)


def an_answer_after_the_undo(m: Promise) -> None:
    """Bo's copy of the touch does not hear of it."""
    m.join(ANN, BO, None)
    ask(m)
    undo(m)
    m.she_answers(0, None)
    m.time_passes(8 * DAY)
    ask(m)


def a_no_after_the_undo(m: Promise) -> None:
    """Said in a mail to Bo that was sent while the two were one."""
    m.join(ANN, BO, None)
    m.a_program_invites_and_it_goes(BO, "email", None, None)
    undo(m)
    m.she_says_no(0, True, None)
    m.time_passes(100 * DAY)
    m.a_program_invites_and_it_goes(BO, "email", None, None)


def a_mail_planned_before_the_undo(m: Promise) -> None:
    """It goes to Bo's address, and is weighed as Ann's."""
    m.join(ANN, BO, None)
    m.a_program_invites(BO, "email", True, None)
    undo(m)
    ask(m)
    m.time_passes(2 * HOUR)
    m.the_clock_turns(None)
    while m.line.ids:
        m.work(m.line.ids.pop(0), None, None)


def a_mail_tried_again_when_one(m: Promise) -> None:
    """The provider was busy, the two were merged, it went: its touch stands again, with Bo's record alone."""
    m.a_program_invites_and_it_goes(BO, "email", Retry("busy", timedelta(seconds=1)), None)
    m.join(ANN, BO, None)
    m.time_passes(MINUTE)
    m.the_clock_turns(None)
    while m.line.ids:
        m.work(m.line.ids.pop(0), None, None)
    undo(m)
    m.a_hook_tells(ANN, "link", "nps", None, False)


def an_ask_that_is_counted_twice(m: Promise) -> None:
    """Merged, asked, taken apart and merged again: the touch and its copy are both hers."""
    m.new_rules({**{f"rest{after}_days": "none" for after in ("", "_after_dismissal", "_after_answer")}})
    m.join(ANN, BO, None)
    ask(m)
    undo(m)
    m.join(ANN, BO, None)
    ask(m)


def a_mail_sent_once_more_after_the_undo(m: Promise) -> None:
    """Nobody heard whether the first left. When it did, whoever opened it may have been Bo: she rests for that one."""
    m.join(ANN, BO, None)
    m.a_program_invites_and_it_goes(ANN, "email", Unknown("cut"), None)
    undo(m)
    m.time_passes(HOUR)
    m.the_faults_stop_and_she_is_asked_once_more(BO, "widget")


def undo(m: Promise) -> None:
    m.time_passes(MINUTE)
    m.somebody_takes_it_back(0, None)
    m.time_passes(MINUTE)


def ask(m: Promise) -> None:
    m.a_hook_tells(BO, "link", "nps", None, False)


STORIES = [
    a_contact_reported_late, a_merge_on_a_fast_clock, an_answer_after_the_undo, a_no_after_the_undo,
    a_mail_planned_before_the_undo, a_mail_tried_again_when_one, an_ask_that_is_counted_twice,
    a_mail_sent_once_more_after_the_undo,
]  # fmt: skip


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_what_happened_while_they_were_one_counts_for_both(story: Callable[[Promise], None], world: World) -> None:
    machine = machine_for(world)()
    machine.new_rules({"rest_days": 7, "rest_after_dismissal_days": 7, "rest_after_answer_days": 30, "load": "none"})
    for name in (ANN, BO):
        machine.another_system_reports(name, "external", int(timedelta(days=3).total_seconds()), None)
    machine.time_passes(DAY)

    story(machine)
