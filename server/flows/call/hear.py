"""What she pressed or said is kept at once, and what is said to her next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from server.core.call import Heard, is_spoken, opened, replied
from server.core.consent import ALL
from server.core.consent import Said as Stated
from server.core.conversation import Move
from server.core.links import seal
from server.core.story import Step
from server.core.submissions import milliseconds
from server.core.surveys import SKIPPED
from server.core.texts import texts
from server.flows.answer import Closed, answer
from server.flows.ask_gate import forget
from server.flows.call.begin import Met, tell_gate, typed_pin
from server.flows.call.turn import (
    Said,
    Talk,
    asked_at,
    can_text,
    go_on,
    goodbye,
    repeat,
    said,
    say_end,
    talk_of,
    turn_of,
)
from server.flows.merge import forget_merged
from server.flows.plan import hand_on
from server.flows.settle import follower
from server.flows.state_consent import state
from server.services import Services
from server.store import calls, recordings, stories
from server.store.scope import SiteScope
from server.store.tables import CallRow, CallTurn, Invitation

FETCH_AFTER = timedelta(seconds=30)
"""When a recording is fetched of which its provider has not said that it is done."""


@dataclass(frozen=True)
class Recorded:
    """A recording as its provider names it, with its length; nothing is in one of no seconds."""

    ref: str
    seconds: int = 0


def hear(services: Services, token: str, ref: str, heard: Heard, recorded: Recorded | None = None) -> Said:
    """Take `heard` as the answer to the turn that `token` names, in the call `ref`; what is said next.

    Her answer is saved before the turn is: told again after a crash it is saved again, which changes nothing. A turn
    that has its answer takes no other, and says what was said then. Raises BadLink.
    """
    with services.db.reading() as db:
        scope, call, turn = turn_of(services, db, token, ref)
        talk = talk_of(scope, call) if call.invitation_id else None
        is_over = turn.heard_at is not None or turn.kind == "end"
        if is_over:
            return _now(services, scope, call)
    if talk is None:
        return _pin(services, call, turn, heard)
    try:
        move = _move(talk, turn, heard, recorded)
        if move and move.given:
            answer(services, seal(services.secret, "survey", talk.row.id), move.given, told_at(turn))
    except Closed:
        return _end(services, call, turn, heard, "call_goodbye")
    return _write(services, talk, turn, heard, recorded, move)


def told_at(turn: CallTurn) -> str:
    """The submission of what answers `turn` (`core.submissions`): as if she had said it the moment she was asked."""
    return f"{milliseconds(turn.at):013d}-c{turn.number}"


def _move(talk: Talk, turn: CallTurn, heard: Heard, recorded: Recorded | None) -> Move | None:
    """What the conversation makes of it; None for a wish that only a telephone has."""
    standing = asked_at(talk, turn)
    if heard.wants:
        return None
    question = standing.question
    if question and is_spoken(question) and heard.how == "recording" and recorded and recorded.seconds:
        return opened(replace(standing, answered={**standing.answered, question.id: SKIPPED}))
    return replied(standing, heard)


def _write(
    services: Services, talk: Talk, turn: CallTurn, heard: Heard, recorded: Recorded | None, move: Move | None
) -> Said:
    stops = heard.wants == "stop" or bool(move and move.wish == "stop")
    following: list[Invitation] = []
    with services.db.writing() as db:
        scope, now = SiteScope(db, talk.call.site_id), services.moment(db)
        if calls.hear(scope, turn, heard.how, _as_said(heard, recorded), now):
            talk = talk_of(scope, talk.call)
            if recorded:
                _keep(scope, talk, turn, recorded, now, wanted=move is not None and heard.how == "recording")
            if stops:
                _stop(scope, talk, turn, now)
            elif heard.wants == "link":
                following = _text_her(scope, talk, turn, now)
            elif move is None or move.kind == "wish":
                repeat(scope, talk, turn, "", now)
            else:
                go_on(scope, talk, turn, move, heard.how == "silence", now)
        spoken = _now(services, scope, talk.call)
    if stops:
        forget_merged(services, scope)
        forget(services, talk.row.site_id, talk.row.person_id)
    hand_on(services, following)
    return spoken


def _stop(scope: SiteScope, talk: Talk, turn: CallTurn, now: datetime) -> None:
    """No more, on any channel: whoever asks to be left alone means all of it."""
    no = Stated(ALL, False, "phone", evidence=f"call {talk.call.ref}"[:255])
    state(scope, talk.row.person_id, no, now)
    says = texts(talk.language)["call_stopped"].format(brand=talk.site.name)
    say_end(scope, talk.call, turn, (says,), now)


def _text_her(scope: SiteScope, talk: Talk, turn: CallTurn, now: datetime) -> list[Invitation]:
    """The link to the page on which the same response goes on, once."""
    t = texts(talk.language)
    if not can_text(scope, talk):
        repeat(scope, talk, turn, t["call_no_text"], now)
        return []
    row = follower(scope, stories.of(scope, talk.row.story), Step("link", "sms"), now, now)
    row.address = talk.call.number
    made = stories.add(scope, row)
    say_end(scope, talk.call, turn, (t["call_link"],), now)
    return [made] if made else []


def _keep(scope: SiteScope, talk: Talk, turn: CallTurn, recorded: Recorded, now: datetime, wanted: bool) -> None:
    """It is fetched when it is done. One in which nothing is, or that she ended by a wish, is only deleted there."""
    is_good = wanted and recorded.seconds > 0
    recordings.want(
        scope, talk.call.provider, recorded.ref, invitation_id=talk.row.story, question_id=turn.question_id,
        seconds=recorded.seconds, at=turn.at, state="wanted" if is_good else "refused", look_at=now + FETCH_AFTER,
    )  # fmt: skip


def _as_said(heard: Heard, recorded: Recorded | None) -> str:
    return f"{recorded.seconds} s" if recorded and heard.how == "recording" else heard.text[:1600].replace("\x00", "")


def _pin(services: Services, call: CallRow, turn: CallTurn, heard: Heard) -> Said:
    met: Met | None = None
    with services.db.writing() as db:
        scope, now = SiteScope(db, call.site_id), services.moment(db)
        row = calls.get(db, call.id)
        assert row is not None
        if calls.hear(scope, turn, heard.how, heard.text[:20], now):
            met = typed_pin(services, scope, row, turn, heard)
        spoken = _now(services, scope, row)
    tell_gate(services, scope, met)
    return spoken


def _end(services: Services, call: CallRow, turn: CallTurn, heard: Heard, words: str) -> Said:
    """Nothing is asked any more: the invitation was withdrawn while she was on the line."""
    with services.db.writing() as db:
        scope, now = SiteScope(db, call.site_id), services.moment(db)
        if calls.hear(scope, turn, heard.how, heard.text[:20], now):
            goodbye(scope, call, words, now)
        return _now(services, scope, call)


def _now(services: Services, scope: SiteScope, call: CallRow) -> Said:
    last = calls.last_turn(scope, call.id)
    assert last is not None
    return said(services, scope, call, last)
