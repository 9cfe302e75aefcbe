"""She texts back: kept once, taken for the answer to what she was asked last, and answered in the same breath.

The answer, what she said and what we say to it are one commit. What we say leaves as the answer to the provider's own
call (`channels.channel.Conversing`): told again, it gets the same words, so that nothing is ever lost or said twice.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from channels.channel import Event, Outgoing, Provider, RawRequest
from server.core import people as forms
from server.core.conversation import Move, heard
from server.core.links import seal
from server.core.replies import Wish, wish_in
from server.core.texts import texts
from server.flows.answer import Taken, Visit, take, tell, visit_of
from server.flows.compose import shown_link, text_link
from server.flows.consent import consent
from server.flows.guard import Till, charge
from server.flows.letter import language_of
from server.flows.plan import hand_on
from server.flows.receipt import TURN, row_of
from server.flows.reply_wish import Asker, askers, hold, told, wish_of
from server.flows.reply_words import fits_in, standing, words_of
from server.flows.rulebook import rulebook
from server.flows.sending.crash import reach
from server.flows.settle import settled
from server.services import Services
from server.settings import CRASH_IN_TALK
from server.store import invitations, receipts, turns
from server.store.db import Session
from server.store.scope import SiteScope
from server.store.tables import Invitation, Receipt, Turn

log = logging.getLogger("askonce.texts")

ANSWERS_WITHIN = timedelta(days=30)
"""A text that comes later than this after ours is no answer to it; the link in it still is good."""
SPAN, SAID_MOST = timedelta(hours=1), 20
"""So much is said to one person in so long, whatever she writes: two machines could talk for ever."""
LONGEST = 5000
"""Characters kept of one text; the longest that phones send has 1600."""


@dataclass
class Reply:
    """What came of a text: our words, and what others are told after the commit."""

    says: Turn | None = None
    answered: list[Taken] = field(default_factory=list)
    held: list[Asker] = field(default_factory=list)
    following: list[Invitation] = field(default_factory=list)


def reply(services: Services, provider: Provider, request: RawRequest) -> Outgoing | None:
    """What to say to whoever wrote; None for nothing. Raises BadSignature for a stranger's call."""
    provider.verify(request)
    says: Turn | None = None
    for event in provider.parse(request):
        if event.sender:
            says = take_text(services, provider, event) or says
    return _outgoing(services, provider, says) if says else None


def take_text(services: Services, provider: Provider, event: Event) -> Turn | None:
    """One text, as often as it is told: what we say to it."""
    with services.db.writing() as db:
        now = services.moment(db)
        new = receipts.keep(db, [row_of(provider, event, now)])
        if not new:
            return turns.answer_to(db, event.ref)
        told_now = db.get_one(Receipt, new[0])
        told_now.look_at = None
        came = _take(services, db, event, now, told_now)
    reach(services, CRASH_IN_TALK)
    for answered in came.answered:
        tell(services, answered)
    told(services, came.held)
    hand_on(services, came.following)
    return came.says


def _take(services: Services, db: Session, event: Event, now: datetime, told_now: Receipt) -> Reply:
    number, wish = _number(event.sender), wish_of(event)
    last = turns.last_said_to(db, "sms", number) if number else None
    asked = invitations.get(db, last.invitation_id) if last else None
    came = Reply()
    if number and wish in ("stop", "start"):
        came.held = hold(services, db, wish == "start", askers(db, number, asked), event)
    if last is None:
        log.info("a text came from a number that was sent none; %d sites heeded it", len(came.held))
        return came
    invitation, _ = invitations.locked(db, last.invitation_id)
    assert invitation is not None  # a foreign key holds it
    db.refresh(invitation)  # somebody else may have had her until now
    told_now.invitation_id = invitation.id
    scope = SiteScope(db, invitation.site_id)
    if wish == "start" and not came.held:  # nothing was taken back: YES may well be an answer
        wish = ""
    _answer(services, scope, invitation, _Text(event, wish, last.at < now - ANSWERS_WITHIN, now), came)
    if invitations.move(db, invitation.id, "delivered", now):  # she has read it
        db.refresh(invitation)
        came.following += settled(services, scope, invitation, now)
    return came


@dataclass(frozen=True)
class _Text:
    event: Event
    wish: Wish
    is_late: bool
    at: datetime

    @property
    def words(self) -> str:
        return self.event.text.replace("\x00", "").encode(errors="ignore").decode()[:LONGEST].strip()

    @property
    def may_answer(self) -> bool:
        """What she wishes by a word that only her provider knows is no answer."""
        return not self.is_late and self.wish in ("", wish_in(self.words))


@dataclass(frozen=True)
class _Back:
    """What her text came to, for which question; and what is said to it, and asked by that."""

    came_to: str
    question: str = ""
    kind: str = ""
    words: str = ""
    asks: str = ""


def _answer(services: Services, scope: SiteScope, row: Invitation, text: _Text, came: Reply) -> None:
    """What she said is kept, as an answer where it is one, and then what is said to it.

    Whoever has said no is told nothing, but that it was heard; and to whom we have said much lately, we keep silent.
    """
    said = turns.of_story(scope, row.story)
    if len(said) >= turns.MOST:
        return
    back = _back(services, scope, row, text, said, came)
    turns.hear(scope, row, back.came_to, back.question, text.words, text.at, text.event.ref)
    may = back.kind in ("stop", "start") or consent(scope, row.person_id, "sms").passed
    if back.words and may and turns.said_since(scope, row.story, text.at - SPAN) < SAID_MOST:
        came.says = turns.say(scope, row, back.kind, back.asks, back.words, text.at, text.event.ref)
        charge(Till(services, scope, rulebook(scope).policy, "sms", row.address or "", text.at), back.words)


def _back(
    services: Services, scope: SiteScope, row: Invitation, text: _Text, said: Sequence[Turn], came: Reply
) -> _Back:
    visit = visit_of(services, scope.db, row.id)
    survey = visit.survey.in_language(language_of(visit.survey.survey, visit.properties, visit.site))
    where = standing(survey, visit, said)
    question = where.question.id if where.question else ""
    move = heard(where, text.words, fits_in(survey, where.asked)) if text.may_answer else Move("silence")
    if move.given:
        came.answered.append(take(services, scope.db, row.id, move.given))
    if text.wish:
        is_heard = bool(came.held) or text.wish == "help"
        return _Back(text.wish, question, text.wish, _to_wish(text, visit, survey.language) if is_heard else "")
    came_to = "late" if text.is_late else "answer" if move.given else "words"
    words = words_of(move, survey, shown_link(services), said)
    return _Back(came_to, question, move.kind, words, move.question.id if move.question else "")


def _to_wish(text: _Text, visit: Visit, language: str) -> str:
    """Where the provider says it already, a second confirmation would be one text too many."""
    if text.event.is_answered:
        return ""
    key = {"stop": "reply_stopped", "start": "reply_started", "help": "reply_help"}[text.wish]
    return texts(language)[key].format(brand=visit.site.name)


def _number(sender: str) -> str:
    """Hers in its normal form; "" for what is no number that is ever written to, such as a short code."""
    try:
        return forms.phone(sender)
    except forms.BadClaim:
        return ""


def _outgoing(services: Services, provider: Provider, says: Turn) -> Outgoing:
    name = f"{TURN}{says.id}"
    callback = services.link(f"/receipts/{provider.name}/" + seal(services.secret, "receipt", name))
    words = says.words.replace(shown_link(services), text_link(services, says.invitation_id))
    return Outgoing(id=name, kind="sms", to=says.address, text=words, callback=callback)
