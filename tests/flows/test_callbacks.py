"""Callbacks commute: told up to 46 times each, in any order, some before our own commit and some forged, they come to
what the set of them says."""

from __future__ import annotations

import os
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from channels.email.sendgrid_fake import SendGridFake
from tests.flows.callbacks import MAIL, NOES, TEXT, YESES, Message, Said, Telling
from tests.flows.conftest import Town

pytestmark = pytest.mark.both_databases

MESSAGES = int(os.environ.get("CALLBACKS", "0")) or 100
EXAMPLES = 20


@pytest.fixture(scope="module")
def fakes() -> Iterator[tuple[SendGridFake, SendGridFake]]:
    """The town's mail provider, and a stranger's."""
    with SendGridFake("SG.x") as ours, SendGridFake("SG.x") as another:
        yield ours, another


@st.composite
def messages(draw: st.DrawFn) -> Message:
    """A message, and what is told of it."""
    channel = draw(st.sampled_from(["email", "sms"]))
    late = draw(st.integers(0, 9)) == 0
    state = draw(st.sampled_from(["calling", "unconfirmed", "accepted", "accepted", "delivered"]))
    table = MAIL if channel == "email" else TEXT
    words = draw(st.lists(st.sampled_from(sorted(table)), max_size=5, unique_by=str.strip))
    said = [
        Said(word, draw(st.sampled_from([1, 1, 2, 3, 46])), draw(st.integers(0, 3)), draw(st.integers(0, 9)) == 0)
        for word in words
    ]
    return Message(channel, "calling" if late else state, said, late)


@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(told=st.lists(messages(), min_size=1, max_size=6), random=st.randoms(use_true_random=False))
def test_whatever_the_order_it_comes_to_the_same(
    town: Town, fakes: tuple[SendGridFake, SendGridFake], told: list[Message], random: Random
) -> None:
    wipe(town)
    telling = Telling(town, random, *fakes)

    telling.everything(told)
    telling.settle()

    telling.check(told)


def test_thousands_of_events(
    town: Town, fakes: tuple[SendGridFake, SendGridFake], capsys: pytest.CaptureFixture[str]
) -> None:
    random = Random(46)
    told = [any_message(random) for _ in range(MESSAGES)]
    telling = Telling(town, random, *fakes)

    telling.everything(told)
    telling.settle()

    telling.check(told)
    assert telling.forged > 0
    events, late = sum(len(m.said) for m in told), sum(m.late for m in told)
    with capsys.disabled():
        print(f"\n{town.services.db.engine.dialect.name}: {len(told)} messages ({late} committed while told of), "
              f"{events} events told {telling.tellings} times, {telling.forged} forged calls refused: "
              "every state, consent and address as the model has it")  # fmt: skip


def any_message(random: Random) -> Message:
    channel = random.choice(["email", "email", "sms"])
    table: dict[str, Any] = MAIL if channel == "email" else TEXT
    words = {word.strip(): word for word in random.sample(sorted(table), random.randint(1, 5))}.values()
    late = random.random() < 0.1
    said = [
        Said(word, random.randint(1, 46), random.randint(0, 3), random.random() < 0.1, random.random() < 0.1)
        for word in words
    ]
    return Message(channel, "calling" if late else random.choice(["accepted", "unconfirmed"]), said, late)


def wipe(town: Town) -> None:
    """As before the first example."""
    tables = ("receipt", "suppression", "consent", "invitation", "identifier", "person")
    with town.services.db.engine.execution_options(writes=True).begin() as db:
        for table in tables:
            db.execute(text(f"delete from {table}"))


def test_the_words_of_the_model_are_those_of_the_providers() -> None:
    assert {*NOES, *YESES} <= {*MAIL, *TEXT}
