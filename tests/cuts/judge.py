"""What the database must hold of what a person said."""

from __future__ import annotations

import base64
import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Told:
    """What one person said, in order, and what her page told her. A word is sure when the page took it up, under the id
    of a submission; else it may have been said or not (a form without its script, a click while an answer was on its
    way)."""

    ticket: str
    words: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    saved: set[str] = field(default_factory=set)
    waiting: int = 0
    """Submissions that were still in her browser when all was calm again."""

    def word(self, question: str, value: str, taken_up: str) -> None:
        self.words.setdefault(question, []).append((value, taken_up))

    def may_be(self, question: str) -> set[str]:
        """The last sure word, and what may have been said after it."""
        found: set[str] = set()
        for value, taken_up in self.words[question]:
            found = {value} if taken_up else found | {value}
        return found


@dataclass
class Findings:
    """0 everywhere, or the promise is broken."""

    lost: list[str] = field(default_factory=list)
    """Shown as saved, and not in the database."""
    undelivered: list[str] = field(default_factory=list)
    """Kept, and not in the database although all was well in the end."""
    double: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    """In the database with another value than her last word."""

    @property
    def all(self) -> list[str]:
        return [*self.lost, *self.undelivered, *self.double, *self.wrong]


def ticket_of(address: str) -> str:
    """The invitation that a survey's address is made for."""
    body = address.rsplit("/s/", 1)[1].split(".")[0]
    return str(json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))["t"])


def judge(database: Path, everybody: list[Told]) -> Findings:
    found = Findings()
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
        rows = db.execute(
            "select r.invitation_id, a.question_id, coalesce(cast(a.number as text), a.words), a.told"
            " from response r join answer a on a.response_id = r.id"
        ).fetchall()
        responses = [ticket for (ticket,) in db.execute("select invitation_id from response")]
    for told in everybody:
        mine = [row for ticket, *row in rows if ticket == told.ticket]
        _judge_one(told, mine, responses.count(told.ticket), found)
    strange = set(responses) - {told.ticket for told in everybody}
    found.double += [f"{ticket}: a response that nobody gave" for ticket in sorted(strange)]
    return found


def _judge_one(told: Told, mine: list[list[str]], responses: int, found: Findings) -> None:
    """`mine`: question, value, and the submission that it came with, for each answer of hers."""
    stored = {question: value for question, value, _ in mine}
    if responses > 1 or len(stored) < len(mine):
        found.double.append(f"{told.ticket}: {responses} responses, answers {mine}")
    for question, words in told.words.items():
        about = f"{told.ticket} {question}: {words}, stored {[row for row in mine if row[0] == question]}"
        if question in stored:
            if stored[question] not in told.may_be(question):
                found.wrong.append(about)
        elif question in told.saved:
            found.lost.append(about)
        elif any(taken_up for _, taken_up in words):
            found.undelivered.append(about)
    if told.waiting:
        found.undelivered.append(f"{told.ticket}: {told.waiting} still wait in the browser")
