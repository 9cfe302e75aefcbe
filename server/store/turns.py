"""What was said in conversations: kept in order, and found by the number that it came from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from server.core.delivery import State, before
from server.store.scope import SiteScope
from server.store.steps import changed
from server.store.tables import Invitation, Site, Turn

LOOKED_AT = 20
"""Of the latest texts to one number: so many may not have left."""
MOST = 500
"""Turns of one story that are ever read."""
LEFT: tuple[State, ...] = ("calling", "accepted", "delivered", "bounced", "unconfirmed", "failed")
"""States of an invitation whose text she may have before her."""

OURS, HERS = "us", "her"


def opened(
    scope: SiteScope, invitation: Invitation, question_id: str, words: str, now: datetime, channel: str = ""
) -> None:
    """The text of `invitation` is about to leave; one that did not leave the first time is the same text."""
    mine = Turn.invitation_id == invitation.id, Turn.kind == "opening"
    known = scope.find(Turn, *mine)
    row = known or scope.add(_turn(invitation, OURS, "opening", question_id, words, now, channel=channel))
    row.at, row.words = now, words


def say(
    scope: SiteScope, invitation: Invitation, kind: str, question_id: str, words: str, now: datetime, ref: str
) -> Turn:
    """What we say to her text `ref`."""
    return scope.add(_turn(invitation, OURS, kind, question_id, words, now, ref, "handed"))


def hear(
    scope: SiteScope, invitation: Invitation, kind: str, question_id: str, words: str, now: datetime, ref: str
) -> Turn:
    """What she said: her text `ref`."""
    return scope.add(_turn(invitation, HERS, kind, question_id, words, now, ref))


def _turn(
    invitation: Invitation, side: str, kind: str, question_id: str, words: str, now: datetime,
    ref: str | None = None, state: str = "", channel: str = "",
) -> Turn:  # fmt: skip
    return Turn(
        invitation_id=invitation.id,
        story=invitation.story,
        channel=channel or invitation.channel,
        address=invitation.address or "",
        side=side,
        kind=kind,
        question_id=question_id,
        words=words,
        at=now,
        ref=ref,
        state=state,
    )


def last_said_to(db: Session, channel: str, address: str) -> Turn | None:
    """The last that we said to this address, over all sites, of what left."""
    said = (
        select(Turn, Invitation.state, Invitation.provider_ref)
        .join(Invitation, Invitation.id == Turn.invitation_id)
        .where(Turn.address == address, Turn.channel == channel, Turn.side == OURS)
    )
    for turn, state, ref in db.execute(said.order_by(Turn.id.desc()).limit(LOOKED_AT)):
        if state in LEFT and (state != "failed" or ref):
            return turn
    return None


def answer_to(db: Session, ref: str) -> Turn | None:
    """What we said to her text `ref`."""
    return db.scalars(select(Turn).where(Turn.ref == ref, Turn.side == OURS).limit(1)).first()


def sites_that_wrote(db: Session, address: str) -> list[Site]:
    """Every site that ever said anything to this address."""
    wrote = select(Turn.site_id).where(Turn.address == address).distinct()
    return list(db.scalars(select(Site).where(Site.id.in_(wrote)).order_by(Site.id)))


def of_story(scope: SiteScope, story: str) -> list[Turn]:
    """Everything that was said in it, in order."""
    return of_stories(scope, [story]).get(story, [])


def of_stories(scope: SiteScope, stories: Sequence[str]) -> dict[str, list[Turn]]:
    """For each of these stories everything that was said in it, in order."""
    found: dict[str, list[Turn]] = {}
    said = scope.select(Turn).where(Turn.story.in_(stories)).order_by(Turn.id).limit(MOST * max(1, len(stories)))
    for turn in scope.db.scalars(said):
        found.setdefault(turn.story, []).append(turn)
    return found


def said_since(scope: SiteScope, story: str, then: datetime) -> int:
    """How much we have said in this story since `then`."""
    said = select(func.count()).where(Turn.story == story, Turn.side == OURS, Turn.at >= then)
    return scope.db.scalar(said) or 0


def get(db: Session, id: int) -> Turn | None:
    return db.get(Turn, id)


def move(db: Session, id: int, then: State, reason: str | None) -> bool:
    """The turn `id` becomes `then`, if it may from where it is; what was handed over may become anything."""
    may = Turn.state.in_(("handed", *before(then)))
    return changed(db, update(Turn).where(Turn.id == id, may).values(state=then, reason=reason)) == 1
