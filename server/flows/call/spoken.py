"""What was spoken after the tone: fetched at its provider, deleted there, and kept here beside the response."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta

from channels.channel import Keeper
from server.core.delivery import REMINDER, backoff
from server.core.links import seal
from server.core.surveys.answers import COMMENT_MAX, clean
from server.flows.answer import Closed, answer
from server.flows.call.hear import told_at
from server.flows.call.turn import talk_of, turn_of
from server.queue import QueueAway
from server.services import Services
from server.store import recordings

log = logging.getLogger("askonce.calls")

BYTES_MOST = 2 * 1024 * 1024
"""A minute of MP3 as Twilio makes it is half a megabyte."""
TRIES = 8
AT_ONCE = 3
"""That one worker fetches at a time; each may take as long as its provider does."""
TAKES = timedelta(minutes=1)
"""Whoever fetches one has so long for it; then it is another's."""


def is_done(services: Services, token: str, ref: str, recording: str) -> None:
    """Its provider has it ready. Raises BadLink."""
    with services.db.writing() as db:
        scope, call, _ = turn_of(services, db, token, ref)
        row, now = recordings.named(scope, call.provider, recording), services.moment(db)
        if row is None or row.look_at is None or row.tries:
            return
        row.look_at = now
        id = str(row.id)
    hand_on(services, [id])


def hand_on(services: Services, ids: Sequence[str]) -> None:
    """To a worker; the clock finds again what is lost on the way."""
    try:
        if ids:
            services.queue.later("fetch_recordings", ids, REMINDER)
    except QueueAway:
        return


def wrote_down(services: Services, token: str, ref: str, recording: str, words: str) -> None:
    """Its provider has heard these words in it: they are the answer, unless she has given another since. Raises
    BadLink."""
    said = clean(words)[:COMMENT_MAX]
    with services.db.writing() as db:
        scope, call, turn = turn_of(services, db, token, ref)
        row = recordings.named(scope, call.provider, recording)
        if row is None or row.state == "refused" or row.words or not said or call.invitation_id is None:
            return
        row.words = said
        talk = talk_of(scope, call)
    try:
        answer(services, seal(services.secret, "survey", talk.row.id), {turn.question_id: said}, told_at(turn))
    except Closed:
        log.info("words came in for an invitation that was withdrawn")


def fetch(services: Services, *ids: str) -> None:
    """Each of these recordings is kept here and deleted at its provider, as far as that can be done now."""
    for id in ids:
        _fetch(services, int(id))


def _fetch(services: Services, id: int) -> None:
    with services.db.writing() as db:
        now = services.moment(db)
        row = recordings.take(db, id, now, now + TAKES)
        if row is None:
            return
        state, ref, tries, provider = row.state, row.ref, row.tries, services.provider_named(row.provider)
    # No session is open while it is asked.
    keeper: Keeper | None = provider if isinstance(provider, Keeper) else None
    body: bytes | None = None
    if state == "wanted":
        state, body = _body(keeper, ref, tries)
    gone = bool(keeper and state != "wanted" and keeper.erase(ref))
    if tries >= TRIES and not gone:
        log.error("recording %s could not be deleted at its provider; delete it there", ref)
    with services.db.writing() as db:
        row = recordings.of_id(db, id)
        if row:
            row.state, row.body = state, body or row.body
            row.look_at = None if gone or tries >= TRIES else services.moment(db) + backoff(tries)


def _body(keeper: Keeper | None, ref: str, tries: int) -> tuple[str, bytes | None]:
    """What becomes of it: kept with its body, lost, or still wanted."""
    try:
        body = keeper.recording(ref, BYTES_MOST) if keeper else None
    except ValueError as why:
        log.warning("recording %s is not kept: %s", ref, why)
        return "lost", None
    except OSError as why:
        log.info("recording %s cannot be had now: %s", ref, why)
        return ("lost" if tries >= TRIES else "wanted"), None
    if keeper is None:
        return ("lost" if tries >= TRIES else "wanted"), None
    return ("lost", None) if body is None else ("kept", body)
