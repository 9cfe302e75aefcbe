"""What is said next in a call, and where its answer goes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from server.core.call import hints, is_spoken, opened, with_passed
from server.core.conversation import Move, Standing
from server.core.links import BadLink, seal, unseal
from server.core.surveys import Question
from server.core.surveys.wording import as_speech
from server.core.texts import texts
from server.flows.call.opening import opening
from server.flows.consent import can_reach
from server.flows.letter import language_of
from server.services import Services
from server.store import calls, invitations, people, recordings, responses, sites, surveys
from server.store.db import Session
from server.store.scope import SiteScope
from server.store.surveys import StoredSurvey
from server.store.tables import CallRow, CallTurn, Invitation, Site

WITHOUT_TONE = ("agi",)
"""Lines on which nothing can be recorded: what is to be spoken stays open for the page."""


@dataclass(frozen=True)
class Said:
    """One turn, as whoever speaks it needs it: what is said, what is waited for, and the name of the turn."""

    says: tuple[str, ...]
    takes: Literal["keys", "recording", "nothing"]
    token: str = ""
    language: str = "en"
    hints: tuple[str, ...] = ()
    voice: str = ""
    """As the survey names it for this language; empty for the usual one."""
    accent: str = ""
    returns: str = ""
    question: str = ""
    """The id of the question, where there is one."""
    survey: str = ""


@dataclass(frozen=True)
class Talk:
    """A call that is about an invitation: on whose behalf, and what is asked in which language."""

    site: Site
    call: CallRow
    row: Invitation
    survey: StoredSurvey
    standing: Standing

    @property
    def language(self) -> str:
        return self.standing.survey.language


def token_of(services: Services, call: CallRow, turn: CallTurn) -> str:
    return seal(services.secret, "call", f"{call.id}.{turn.number}")


def turn_of(services: Services, db: Session, token: str, ref: str) -> tuple[SiteScope, CallRow, CallTurn]:
    """The turn that `token` names, in the call that its provider calls `ref`. Raises BadLink."""
    call_id, _, number = unseal(services.secret, "call", token).partition(".")
    call = calls.get(db, int(call_id)) if call_id.isdigit() and number.isdigit() else None
    if call is None or call.ref != ref:
        raise BadLink("call")
    scope = SiteScope(db, call.site_id)
    turn = calls.turn(scope, call.id, int(number))
    if turn is None:
        raise BadLink("call")
    return scope, call, turn


def talk_of(scope: SiteScope, call: CallRow) -> Talk:
    """As it stands in the database now. Only of a call whose invitation is known."""
    row, answered = responses.at(scope.db, call.invitation_id or "")
    site = sites.by_id(scope.db, scope.site_id)
    assert row is not None
    assert site is not None
    survey = surveys.version(scope, row.version_id)
    assert survey is not None
    asked = survey.in_language(language_of(survey.survey, row.properties, site))
    spoken = set(recordings.of_stories(scope, [row.story]).get(row.story, {}))
    if call.provider in WITHOUT_TONE:
        spoken |= {question.id for question in asked.questions if is_spoken(question)}
    name = (people.root(scope, row.person_id).name or "") if survey.calls_by_name else ""
    standing = Standing(asked, with_passed(asked, answered, spoken), row.properties, name)
    return Talk(site, call, row, survey, standing)


def asked_at(talk: Talk, turn: CallTurn) -> Standing:
    """The standing at which `turn` waits for an answer."""
    return replace(talk.standing, asked=turn.question_id, again=turn.again)


def begin_talk(scope: SiteScope, call: CallRow, now: datetime) -> CallTurn:
    """The first turn of a survey: the opening and the first open question; or thanks, when all is said already."""
    talk = talk_of(scope, call)
    move = opened(talk.standing)
    if move.kind != "ask" or move.question is None:
        return say_end(scope, call, calls.last_turn(scope, call.id), _thanks(talk, move), now)
    before = opening(talk.site, talk.survey, talk.language, can_text(scope, talk))
    return _ask(scope, talk, calls.last_turn(scope, call.id), move.question, before, 0, now)


def go_on(scope: SiteScope, talk: Talk, after: CallTurn, move: Move, was_silent: bool, now: datetime) -> CallTurn:
    """The turn after `after`, by what the conversation says: the next question, the same again, or the end."""
    t = texts(talk.language)
    if move.kind == "again" and move.question:
        why = t["call_silence"] if was_silent else move.complaint.say(talk.language) if move.complaint else ""
        return _ask(scope, talk, after, move.question, (why,), after.again + 1, now)
    if move.kind == "ask" and move.question:
        return _ask(scope, talk, after, move.question, (), 0, now)
    return say_end(scope, talk.call, after, _thanks(talk, move), now)


def repeat(scope: SiteScope, talk: Talk, after: CallTurn, before: str, now: datetime) -> CallTurn:
    """The same question, after a word about something else; it is not held against her."""
    question = asked_at(talk, after).question
    if question is None:
        return say_end(scope, talk.call, after, (texts(talk.language)["call_goodbye"],), now)
    return _ask(scope, talk, after, question, (before,), after.again, now)


def say_end(
    scope: SiteScope, call: CallRow, after: CallTurn | None, says: tuple[str, ...], now: datetime
) -> CallTurn:  # fmt: skip
    """The last words."""
    return calls.add_turn(scope, call, after, kind="end", question_id="", again=0, said=list(says), at=now)


def can_text(scope: SiteScope, talk: Talk) -> bool:
    """Whether she may be sent a link by text to the number that she is called at."""
    person = people.root(scope, talk.row.person_id)
    return can_reach(scope, person.id, "sms", talk.call.number, needed=False)


def said(services: Services, scope: SiteScope, call: CallRow, turn: CallTurn) -> Said:
    """`turn` as it is spoken, and spoken again when its provider asks for it again."""
    token, says = token_of(services, call, turn), tuple(str(each) for each in turn.said)
    if call.invitation_id is None:
        site = sites.by_id(scope.db, scope.site_id)
        takes, returns = ("keys", "") if turn.kind == "pin" else ("nothing", call.returns)
        return Said(says, takes, token, site.language if site else "en", returns=returns)  # type: ignore[arg-type]
    talk = talk_of(scope, call)
    asked, phone = talk.standing.survey, talk.standing.survey.delivery.phone
    common = Said(
        says, "nothing", token, talk.language, voice=phone.voice, accent=phone.accent, survey=talk.survey.slug
    )
    question = asked.question(turn.question_id)
    if turn.kind == "end" or question is None:
        return replace(common, returns=call.returns)
    common = replace(common, question=question.id)
    if is_spoken(question):
        return replace(common, takes="recording")
    return replace(common, takes="keys", hints=hints(question, talk.language))


def _ask(
    scope: SiteScope, talk: Talk, after: CallTurn | None, question: Question, before: tuple[str, ...], again: int,
    now: datetime,
) -> CallTurn:  # fmt: skip
    t = texts(talk.language)
    recorded = (t["call_recorded"],) if is_spoken(question) and not again else ()
    says = [text for text in (*before, *recorded, as_speech(question, talk.language)) if text]
    return calls.add_turn(
        scope, talk.call, after, kind="ask", question_id=question.id, again=again, said=says, at=now
    )  # fmt: skip


def _thanks(talk: Talk, move: Move) -> tuple[str, ...]:
    t = texts(talk.language)
    text = move.thanks.text if move.thanks else talk.standing.survey.thanks_to(talk.standing.answered).text
    return (text or t["thanks"], t["call_goodbye"])


def goodbye(scope: SiteScope, call: CallRow, words: str, now: datetime) -> CallTurn:
    """The end of a call in which nobody is asked."""
    site = sites.by_id(scope.db, scope.site_id)
    row = invitations.get(scope.db, call.invitation_id) if call.invitation_id else None
    language = talk_of(scope, call).language if row else site.language if site else "en"
    return say_end(scope, call, calls.last_turn(scope, call.id), (texts(language)[words],), now)
