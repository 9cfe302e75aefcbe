"""What follows a message follows from what became of it: no step twice, none to whoever was reached, none for ever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.delivery import State
from server.core.story import MISSED, REACHED, Leg, Next, Step, step_from, what_follows
from server.core.surveys.delivery import Delivery, Reminders

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BOTH = ("email", "sms")
CHAIN = Delivery(channels=BOTH)
STATES: tuple[State, ...] = tuple(state for state in get_args(State) if state != "shown")


def leg(state: State, step: Step | None = None, channel: str = "email", ago: timedelta = HOUR, tries: int = 1) -> Leg:
    return Leg(step, step.channel if step else channel, state, NOW - ago, NOW - ago + DAY, tries)


@pytest.mark.parametrize("state", STATES)
def test_the_next_channel_is_tried_where_one_missed_her(state: State) -> None:
    found = what_follows(CHAIN, [leg(state)], BOTH, NOW)

    assert found == (Next(Step("fallback", "sms"), NOW) if state in MISSED else None)


@pytest.mark.parametrize(("open_to", "found"), [(("email",), None), ((), None), (("sms",), "sms")])
def test_only_a_channel_on_which_she_can_be_reached_is_tried(open_to: tuple[str, ...], found: str | None) -> None:
    said = what_follows(CHAIN, [leg("failed")], open_to, NOW)

    assert (said.step.channel if said else None) == found


@pytest.mark.parametrize("state", REACHED)
def test_who_was_reached_is_left_in_peace_for_as_long_as_the_survey_says(state: State) -> None:
    delivery = Delivery(channels=BOTH, fallback_after=DAY)

    assert what_follows(delivery, [leg(state)], BOTH, NOW) == Next(Step("fallback", "sms"), NOW + DAY - HOUR)
    assert what_follows(delivery, [leg(state, ago=3 * DAY)], BOTH, NOW) == Next(Step("fallback", "sms"), NOW)


def test_what_expired_long_ago_goes_on_from_when_it_did() -> None:
    found = what_follows(CHAIN, [leg("expired", ago=3 * DAY)], BOTH, NOW)

    assert found == Next(Step("fallback", "sms"), NOW - 2 * DAY)


def test_reminders_come_after_the_channels() -> None:
    delivery = Delivery(channels=BOTH, fallback_after=DAY, reminders=Reminders(2, DAY))
    text = leg("delivered", Step("fallback", "sms"), ago=2 * HOUR)
    first = leg("accepted", Step("reminder", "sms", 1), ago=HOUR)

    legs = [leg("delivered", ago=2 * DAY), text]
    assert what_follows(delivery, legs, BOTH, NOW) == Next(Step("reminder", "sms", 1), NOW + DAY - 2 * HOUR)
    assert what_follows(delivery, [*legs, first], BOTH, NOW) == Next(Step("reminder", "sms", 2), NOW + DAY - HOUR)
    assert what_follows(delivery, [*legs, first, leg("held", Step("reminder", "sms", 2))], BOTH, NOW) is None


def test_what_was_called_off_is_over() -> None:
    assert what_follows(CHAIN, [leg("cancelled")], BOTH, NOW) is None
    assert what_follows(CHAIN, [leg("failed"), leg("cancelled", Step("fallback", "sms"))], BOTH, NOW) is None


@pytest.mark.parametrize("step", [Step("fallback", "sms"), Step("reminder", "email", 3), Step("follow_up", "sms")])
def test_a_step_is_known_by_its_name(step: Step) -> None:
    assert step_from(step.name) == step
    assert len(step.name) <= 40


@pytest.mark.parametrize("name", [None, "", "fallback", "reminder:sms", "something:else"])
def test_what_is_no_step_began_its_story(name: str | None) -> None:
    assert step_from(name) is None


deliveries = st.builds(
    Delivery,
    channels=st.sampled_from([(), BOTH, ("sms", "email"), ("email",)]),
    fallback_after=st.sampled_from([None, HOUR, 2 * DAY]),
    reminders=st.sampled_from([None, Reminders(1, DAY), Reminders(3, 2 * DAY)]),
)
rests = st.sampled_from(sorted({*MISSED, *REACHED, "held"}))


@given(delivery=deliveries, first=st.sampled_from(BOTH), open_to=st.sampled_from([BOTH, ("sms",), ()]), ends=st.data())
def test_a_story_ends_and_no_step_of_it_comes_twice(
    delivery: Delivery, first: str, open_to: tuple[str, ...], ends: st.DataObject
) -> None:
    legs, now = [leg(ends.draw(rests), channel=first)], NOW
    while found := what_follows(delivery, legs, open_to, now):
        assert found.step.name not in {each.step.name for each in legs if each.step}
        assert found.step.kind == "reminder" or found.step.channel in set(open_to) & set(delivery.channels) - {first}
        assert found.step.kind == "fallback" or any(each.state in REACHED for each in legs)
        # A plan that nobody has begun yet changes nothing about what follows.
        planned = Leg(found.step, found.step.channel, "planned", found.due_at, found.due_at + DAY)
        assert what_follows(delivery, [*legs, planned], open_to, now) == found
        now = max(now, found.due_at)
        legs.append(Leg(found.step, found.step.channel, ends.draw(rests), found.due_at, found.due_at + DAY, 1))
    times = delivery.reminders.times if delivery.reminders else 0
    assert len(legs) <= 2 + times
