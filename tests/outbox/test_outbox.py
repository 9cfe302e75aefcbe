"""The short profile of `make outbox`, and a judge that can say no."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from server.settings import CRASH_POINTS
from server.store.tables import Invitation, Site
from tests.outbox.crashes import crash
from tests.outbox.judge import judge
from tests.outbox.office import Mails, Office, Texts
from tests.outbox.plan import Plan, mail_to, number_of, phone_of
from tests.outbox.run import run


def test_nothing_is_lost_and_no_text_is_sent_twice(shared_memory: Path) -> None:
    plan = Plan(invitations=100, workers=2, killed_every=(0.5, 1.5), storm=12.0, drained=90.0)
    outcome = run(plan, f"sqlite:///{shared_memory / 'askonce.db'}", shared_memory)

    print(outcome.report(plan))
    assert outcome.killed >= 3
    assert outcome.findings.broken == []
    assert sum(outcome.findings.counts.values()) == plan.invitations


@pytest.mark.both_databases
def test_a_worker_that_dies_anywhere_leaves_nothing_wrong(database_url: str, site: Site, tmp_path: Path) -> None:
    crashes = crash(1, database_url, tmp_path)

    print(crashes.report())
    assert {each.point for each in crashes.came} == set(CRASH_POINTS)
    assert crashes.wrong == []


@pytest.mark.parametrize("number", [0, 7, 4_999])
def test_an_address_tells_whose_it_is(number: int) -> None:
    assert number_of(mail_to(number)) == number_of(phone_of(number)) == number


@pytest.mark.parametrize(
    ("channel", "state", "taken", "resends", "told", "broken"),
    [
        ("email", "accepted", [1.0], 0, None, ""),
        ("email", "delivered", [1.0, 9.0], 1, None, ""),
        ("sms", "unconfirmed", [], 0, None, ""),
        ("sms", "accepted", [1.0, 2.0], 0, None, "a second text"),
        ("email", "accepted", [1.0, 2.0], 0, None, "2 mails after 0 doubts"),
        ("email", "accepted", [1.0, 9.0], 1, 2.0, "a second mail, although"),
        ("email", "accepted", [], 0, None, "lost: it is said to have left"),
        ("email", "calling", [1.0], 0, None, "lost: it never came to rest"),
        ("sms", "failed", [], 0, None, "lost: it was given up"),
    ],
)
def test_the_judge_says_what_is_wrong(
    channel: str, state: str, taken: Sequence[float], resends: int, told: float | None, broken: str
) -> None:
    address = mail_to(1) if channel == "email" else phone_of(1)
    row = Invitation(id="i", channel=channel, state=state, address=address, resends=resends, reason="cut")
    with Mails() as mails, Texts() as texts:
        (mails if channel == "email" else texts).taken[address] = list(taken)
        if told:
            mails.told[address] = told
        found = judge([row], Office(mails, texts)).broken
    assert len(found) == bool(broken)
    assert not broken or broken in found[0]
