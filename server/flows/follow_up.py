"""She answered, or closed it: nothing reminds her any more; who gave a score without words is asked for them, once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from server.core.story import Step
from server.core.surveys import SKIPPED, Survey
from server.core.throttle import SENT, Touch
from server.flows.settle import OVER, SAID_MORE, follower, leave
from server.store import stories, touches
from server.store.answers import Saved
from server.store.scope import SiteScope
from server.store.tables import Invitation


def came_to(scope: SiteScope, row: Invitation, outcome: Literal["answered", "dismissed"]) -> Touch | None:
    """What came of `row`, and so of its story: the ledger's touch of whichever message was the ask, to be noted.

    Call in the write that records it, with the person locked.
    """
    rows = _story(scope, row)
    for each in (rows[0], row):
        if outcome == "answered" or each.outcome is None:
            each.outcome = outcome
    return touches.came_to(scope, _asked(scope, rows) or row.id, outcome)


def _asked(scope: SiteScope, rows: Sequence[Invitation]) -> str:
    """The ticket of whichever message of a story was the ask, as far as there is more than one; empty for none."""
    if len(rows) == 1:
        return ""
    found = touches.standing_among(scope, [row.id for row in rows])
    return next((touch.ticket for touch in found if touch.kind == "ask"), "")


def went_on(scope: SiteScope, row: Invitation, survey: Survey, saved: Saved, now: datetime) -> None:
    """After answers of hers were saved, in the same write: what reminds her is called off; a follow-up is planned
    where words are missing, and called off once they are there."""
    rows, follow_up = _story(scope, row), survey.delivery.follow_up
    lacks = follow_up is not None and row.channel in SENT and _lacks_words(row, survey, saved)
    step = Step("follow_up", row.channel)
    known = [each for each in rows if (each.step or "").startswith("follow_up:")]
    leave(scope, [each for each in rows if each not in known], OVER, now)
    if not lacks:
        leave(scope, known, SAID_MORE, now)
    elif follow_up and not known:
        stories.add(scope, follower(scope, rows, step, now + follow_up.after, now))


def closed(scope: SiteScope, row: Invitation, now: datetime) -> None:
    """She closed it: nothing follows."""
    leave(scope, _story(scope, row), OVER, now)


def _story(scope: SiteScope, row: Invitation) -> list[Invitation]:
    """Of what she opened herself or saw on a page nothing ever follows."""
    return stories.of(scope, row.story) if row.channel in SENT else [row]


def _lacks_words(row: Invitation, survey: Survey, saved: Saved) -> bool:
    """Whether she gave her score, and left out the words for which everybody with her answers is asked."""
    scored, comment = survey.scored, survey.comment
    if scored is None or comment is None or saved.answered.get(scored.id, SKIPPED) == SKIPPED:
        return False
    is_asked = comment in survey.path(saved.answered, row.properties)
    return is_asked and saved.answered.get(comment.id, SKIPPED) == SKIPPED
