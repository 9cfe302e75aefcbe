"""A survey says how people are written to; what it says wrongly is named, and the schema says the same."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from server.core.surveys import BadSurvey, survey_from
from server.core.surveys.delivery import Delivery, FollowUp, Reminders
from tests.core.surveys.test_schema import SCHEMA, fits

NPS = {"id": "score", "kind": "nps", "text": "How likely?"}
WHY = {"id": "why", "kind": "free_response", "text": "Why?"}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

REFUSED: list[tuple[Any, str]] = [
    ("email", "delivery must be an object with channels"),
    ({"chanels": ["email"]}, "delivery has no “chanels”"),
    ({"channels": "email"}, "channels must be a list"),
    ({"channels": ["email", "fax"]}, "channels must be a list of email, sms, phone"),
    ({"channels": ["email", "email"]}, "each once"),
    ({"delay_minutes": "5"}, "delay_minutes must be a number from 0 up to 43200"),
    ({"delay_minutes": -1}, "delay_minutes must be a number"),
    ({"delay_minutes": True}, "delay_minutes must be a number"),
    ({"delay_minutes": float("nan")}, "delay_minutes must be a number"),
    ({"delay_minutes": {"A call": 5}}, "numbers by interaction"),
    ({"delay_minutes": {5: 5}}, "numbers by interaction"),
    ({"delay_minutes": {f"w{n}": n for n in range(21)}}, "at most 20"),
    ({"expires_after_hours": 0}, "expires_after_hours must be a number above 0 and up to 720"),
    ({"expires_after_hours": {"call": 721}}, "expires_after_hours: call must be a number"),
    ({"fallback_after_hours": {"call": 1}}, "fallback_after_hours must be a number"),
    ({"reminders": 2}, "reminders must be an object with times"),
    ({"reminders": {"times": 4}}, "times must be 0 to 3"),
    ({"reminders": {"times": 1.5}}, "times must be 0 to 3"),
    ({"reminders": {"times": 1, "every_days": 31}}, "reminders: every_days must be a number"),
    ({"reminders": {"times": 1, "often": True}}, "reminders has no “often”"),
    ({"reminders": {"times": 1, "text": "x" * 2001}}, "at most 2000"),
    ({"sms": "chat"}, "sms must be link or conversation"),
    ({"sms": ["link"]}, "sms must be link or conversation"),
    ({"follow_up": {"when": "no_comment"}}, "after_hours is missing"),
    ({"follow_up": {"after_hours": 0}}, "follow_up: after_hours must be a number"),
    ({"follow_up": {"when": "always", "after_hours": 4}}, "when must be no_comment"),
]
LAX = ("each once", "above 0", "after_hours must be", "fallback")
"""What no schema says, or what it says otherwise."""


@pytest.mark.parametrize(("said", "complaint"), REFUSED, ids=lambda each: str(each)[:50])
def test_what_makes_no_sense_is_named(said: Any, complaint: str) -> None:
    definition = {"questions": [NPS, WHY], "delivery": said}

    with pytest.raises(BadSurvey) as bad:
        survey_from(definition)

    assert any(complaint in each for each in bad.value.complaints), bad.value.complaints
    unjson = str(said) in ("{'delay_minutes': nan}", "{'delay_minutes': {5: 5}}")
    if not unjson and not any(part in complaint for part in LAX):
        assert not fits(definition, SCHEMA)


@pytest.mark.parametrize("questions", [[NPS], [WHY]])
def test_words_can_only_be_asked_for_where_there_is_a_score_and_room_for_words(questions: list[Any]) -> None:
    with pytest.raises(BadSurvey, match="follow_up needs a survey with a score"):
        survey_from({"questions": questions, "delivery": {"follow_up": {"after_hours": 4}}})


def test_everything_that_it_says_is_read_in_its_language() -> None:
    said = {
        "channels": ["sms", "email"],
        "delay_minutes": {"call": 10, "other": 0.5},
        "expires_after_hours": {"chat": 2},
        "fallback_after_hours": 48,
        "reminders": {"times": 2, "every_days": 4, "subject": {"en": "Again", "de": "Nochmals"}},
        "follow_up": {"when": "no_comment", "after_hours": 0.5, "text": {"en": "Why?", "de": "Warum?"}},
    }
    definition = {"language": "en", "questions": [NPS, WHY], "delivery": said}
    survey = survey_from(definition, "de")

    assert fits(definition, SCHEMA)
    assert survey.languages == {"en", "de"}
    assert survey.delivery == Delivery(
        channels=("sms", "email"),
        delays={"call": 10 * timedelta(minutes=1), "other": timedelta(seconds=30)},
        expiries={"chat": 2 * HOUR},
        fallback_after=2 * DAY,
        reminders=Reminders(2, 4 * DAY, "Nochmals", ""),
        follow_up=FollowUp(HOUR / 2, "", "Warum?"),
    )


@pytest.mark.parametrize("nothing", [None, {}, {"reminders": {"times": 0}}, {"reminders": {}, "follow_up": {}}])
def test_nothing_follows_where_nothing_is_said(nothing: Any) -> None:
    delivery = survey_from({"questions": [NPS, WHY], "delivery": nothing}).delivery

    assert (delivery, delivery.goes_on) == (Delivery(), False)


@pytest.mark.parametrize(
    ("interaction", "delay", "hours"),
    [("call", 0, 1), ("chat", 0, 24), ("email", 0, 24), ("visit", 0, 72), ("", 0, 72)],
)
def test_a_call_is_forgotten_soonest(interaction: str, delay: int, hours: int) -> None:
    assert Delivery().delay(interaction) == timedelta(minutes=delay)
    assert Delivery().expires_after(interaction) == timedelta(hours=hours)


def test_what_the_survey_says_of_all_interactions_is_said_of_each() -> None:
    delivery = Delivery(delays={"call": HOUR, "other": DAY}, expiries={"other": 2 * DAY})

    assert [delivery.delay(each) for each in ("call", "chat", "")] == [HOUR, DAY, DAY]
    assert [delivery.expires_after(each) for each in ("call", "chat", "")] == [2 * DAY] * 3


def test_a_text_leads_to_the_page_unless_the_survey_says_that_it_asks() -> None:
    assert [survey_from({"questions": [NPS], "delivery": said}).delivery.sms for said in (
        None, {}, {"sms": "link"}, {"sms": "conversation"})] == ["link", "link", "link", "conversation"]  # fmt: skip
