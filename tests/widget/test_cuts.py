"""Ten cuts as often as anything changes. `make cuts` makes two hundred."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.cuts.judge import Told, judge
from tests.cuts.play import play
from tests.engines.chromium import ChromiumHand

pytestmark = [pytest.mark.browser, pytest.mark.chaos]


def test_what_was_shown_as_saved_is_there_once_and_as_she_said_it_last(browser: Browser, tmp_path: Path) -> None:
    outcome = play(lambda: ChromiumHand(browser.new_context()), tmp_path, cuts=10, seed=7)

    print(outcome.report())
    assert outcome.findings.all == []
    assert outcome.is_well, "nobody got to answer"


ANSWERS = """
create table response (id integer primary key, invitation_id text);
create table answer (response_id integer, question_id text, number integer, words text, told text);
insert into response values (1, 'ann'), (2, 'bea'), (3, 'bea'), (4, 'stranger');
insert into answer values (1, 'score', 9, null, '1-a'), (2, 'score', 3, null, '3-c'), (3, 'score', 3, null, '4-d');
"""


def test_a_judge_finds_what_is_lost_double_and_wrong(tmp_path: Path) -> None:
    path = tmp_path / "askonce.db"
    with closing(sqlite3.connect(path)) as db:
        db.executescript(ANSWERS)
    ann, bea, cat = Told("ann"), Told("bea"), Told("cat", waiting=1)
    for told, question, value, id in (
        (ann, "score", "9", "1-a"),
        (ann, "score", "3", "2-b"),
        (ann, "comment", "fast", "2-c"),
        (bea, "score", "3", "3-c"),
        (cat, "score", "1", "5-e"),
    ):
        told.word(question, value, id)
    ann.saved.add("comment")

    found = judge(path, [ann, bea, cat])

    assert [each.split(":")[0] for each in found.lost] == ["ann comment"]
    assert [each.split(":")[0] for each in found.wrong] == ["ann score"]
    assert [each.split(":")[0] for each in found.double] == ["bea", "stranger"]
    assert [each.split(":")[0] for each in found.undelivered] == ["cat score", "cat"]


def test_a_word_that_may_not_have_been_said_counts_either_way() -> None:
    told = Told("ann")
    for value, id in (("1", ""), ("2", "1-a"), ("3", ""), ("4", "")):
        told.word("score", value, id)
    assert told.may_be("score") == {"2", "3", "4"}
