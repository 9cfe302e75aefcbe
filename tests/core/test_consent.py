"""What people said, and which of it stands."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.consent import SCOPES, Said, Statement, is_news, lifted, standing
from tests.parts import NOON


def statement(number: int, said: str, record: int = 1, purpose: str = "survey") -> Statement:
    """`"sms no"`, told as the `number`-th."""
    scope, word = said.split()
    at = NOON + timedelta(hours=number)
    return Statement(number, record, scope, word == "yes", purpose, "", "api", "", "", at)


def story(*said: str) -> list[Statement]:
    return [statement(number, each) for number, each in enumerate(said)]


def word(statements: list[Statement], channel: str) -> str:
    stands = standing(statements, channel)
    return "silence" if stands is None else "yes" if stands.given else "no"


@pytest.mark.parametrize(
    ("said", "sms", "email"),
    [
        ((), "silence", "silence"),
        (("sms no",), "no", "silence"),
        (("all no",), "no", "no"),
        (("all yes",), "yes", "yes"),
        (("sms no", "sms yes"), "yes", "silence"),
        (("sms yes", "sms no"), "no", "silence"),
        (("all no", "sms yes"), "yes", "no"),
        (("all no", "sms yes", "all no"), "no", "no"),
        (("sms yes", "all no"), "no", "no"),
        (("sms no", "all yes"), "no", "yes"),
        (("sms no", "all yes", "sms yes"), "yes", "yes"),
        (("all no", "all yes"), "yes", "yes"),
        (("all yes", "sms no", "all yes"), "no", "yes"),
    ],
)
def test_the_latest_stands_and_a_no_to_one_channel_is_lifted_there_alone(
    said: tuple[str, ...], sms: str, email: str
) -> None:
    assert (word(story(*said), "sms"), word(story(*said), "email")) == (sms, email)


def test_of_two_records_of_one_person_the_stricter_wins() -> None:
    no, yes = statement(1, "sms no", record=1), statement(2, "sms yes", record=2)
    assert word([no, yes], "sms") == word([yes, no], "sms") == "no"
    assert word([statement(1, "all yes"), yes], "sms") == "yes"


def test_what_was_said_about_something_else_does_not_count() -> None:
    assert word([statement(1, "all no", purpose="newsletter")], "email") == "silence"
    assert word([statement(1, "email no"), statement(2, "email yes", purpose="newsletter")], "email") == "no"


def test_of_two_at_one_moment_the_one_told_later_stands() -> None:
    first, second = statement(1, "sms yes"), statement(2, "sms no")
    same_time = [Statement(**{**vars(s), "at": NOON}) for s in (second, first)]
    assert word(same_time, "sms") == "no"


@pytest.mark.parametrize(
    ("said", "again", "news"),
    [
        ((), "sms no", True),
        (("sms no",), "sms no", False),
        (("sms no",), "sms yes", True),
        (("sms no",), "all no", True),
        (("all no",), "sms no", True),
        (("all no", "sms yes"), "all no", True),
        (("all no", "sms yes", "all no"), "sms yes", True),
        (("sms yes", "all yes"), "sms yes", False),
        (("sms no", "all yes"), "sms no", False),
        (("all yes", "sms no"), "all yes", False),
    ],
)
def test_saying_again_what_stands_is_no_news(said: tuple[str, ...], again: str, news: bool) -> None:
    scope, yes = again.split()
    assert is_news(story(*said), 1, Said(scope, yes == "yes", "api")) is news


def test_saying_it_again_at_another_time_is_news_for_something_said_between_may_be_told_later() -> None:
    known = story("sms no")
    again = [Said("sms", False, "api", at=NOON + timedelta(hours=hours)) for hours in (0, 1)]
    assert [is_news(known, 1, said) for said in again] == [False, True]


def test_another_basis_is_news_and_other_evidence_is_not() -> None:
    known = [Statement(**{**vars(statement(1, "sms yes")), "basis": "contract"})]
    assert not is_news(known, 1, Said("sms", True, "api", basis="contract", evidence="another page"))
    assert is_news(known, 1, Said("sms", True, "api", basis="consent"))


def test_a_yes_lifts_the_no_of_every_record_that_it_speaks_of() -> None:
    known = [statement(1, "sms no", record=1), statement(2, "all no", record=2), statement(3, "email no", record=3)]
    assert lifted(known, Said("sms", True, "reply")) == [1, 2]
    assert lifted(known, Said("all", True, "reply")) == [2]
    assert lifted(known, Said("sms", False, "reply")) == []


WORDS = st.sampled_from([f"{scope} {yes}" for scope in SCOPES for yes in ("yes", "no")])


@given(st.lists(WORDS, max_size=12), WORDS)
def test_what_is_no_news_changes_nothing_and_what_is_said_holds(said: list[str], last: str) -> None:
    scope, yes = last.split()
    before, after = story(*said), story(*said, last)
    if not is_news(before, 1, Said(scope, yes == "yes", "api")):
        assert [word(before, channel) for channel in SCOPES] == [word(after, channel) for channel in SCOPES]
    assert word(after, scope) == yes
    if last == "all no":
        assert {word(after, channel) for channel in SCOPES} == {"no"}
